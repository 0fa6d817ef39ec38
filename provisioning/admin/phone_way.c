/*
 * phone_way: the first missing step, as JSON.
 *
 * In:   a phone with its evidence, its timeline, the site: the store's answers.
 * Out:  what provisioning/model/way says of them.
 * Not:  nothing is decided here.
 */
#include "provisioning/admin/phone_way.h"

#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/people/reply.h"
#include "provisioning/model/way.h"

static const char *value_or(sd_json_variant *site, const char *name, const char *otherwise)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = reply_item(site, "values", i)); i++)
                if (text_equal(reply_text(v, "name"), name) && *reply_text(v, "value"))
                        return reply_text(v, "value");
        return otherwise;
}

static const char *first_text(sd_json_variant *object, const char *list)
{
        sd_json_variant *v = reply_item(object, list, 0);

        return v && sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "";
}

static struct way_facts facts_of(sd_json_variant *evidence, sd_json_variant *site)
{
        sd_json_variant *phone = sd_json_variant_by_key(evidence, "phone");

        return (struct way_facts){
                .now_s = clock_wall_s(), .is_site_complete = reply_flag(site, "complete"),
                .is_dhcp_server = text_equal(value_or(site, "dhcp_mode", "server"), "server"),
                .is_pnp_on = text_equal(value_or(site, "pnp_mode", "on"), "on"), .is_legacy_on = text_equal(value_or(site, "legacy", "off"), "on"),
                .state = reply_text(phone, "state"), .waiting_for = reply_text(phone, "waiting_for"), .missing = first_text(evidence, "missing"),
                .is_legacy = text_equal(reply_text(phone, "vpn_class"), "legacy"), .approved_at = reply_number(phone, "approved_at"),
                .enrolled_at = reply_number(phone, "enrolled_at"), .connected_at = reply_number(phone, "connected_at"),
                .served_at = reply_number(phone, "served_at"), .window_until = reply_number(phone, "window_until"),
                .certificate_not_after = reply_number(phone, "certificate_not_after"),
        };
}

int phone_way_missing(sd_json_variant *evidence, sd_json_variant *timeline, sd_json_variant *site, sd_json_variant **ret_missing)
{
        struct way_facts facts = facts_of(evidence, site);
        size_t n = reply_items(timeline, "events");
        struct way_event *events = calloc(n + 1, sizeof *events);
        struct way_missing missing;
        int r = 0;

        if (!events)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *v = reply_item(timeline, "events", i);

                events[i] = (struct way_event){.word = reply_text(v, "word"), .detail = reply_text(v, "detail"), .at_s = reply_number(v, "at_ms") / 1000};
        }
        facts.events = events;
        facts.n_events = n;
        if (way_first_missing(&facts, &missing))
                r = sd_json_buildo(ret_missing, SD_JSON_BUILD_PAIR_STRING("step", missing.step), SD_JSON_BUILD_PAIR_STRING("sentence", missing.sentence),
                                   SD_JSON_BUILD_PAIR_STRING("do", missing.todo));
        free(events);
        return r < 0 ? PV_ENOMEM : 0;
}
