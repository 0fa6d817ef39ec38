/*
 * ops_overview: what one look has to tell.
 *
 * In:   counts and lists of the store; what session, box and responder say now.
 * Out:  one object; what a station that does not answer would have said is null.
 * Not:  nothing is counted here that a station counts.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "provisioning/admin/traffic.h"

#define ALARMS_MAX 20
#define ENDS_MAX 20
#define ENDS_LOOKED_AT 200

static const struct field get_traffic_fields[] = {
        FIELD(QUERY, INTEGER, "hours", .min = 1, .max = 24),
        FIELDS_END,
};

/* --- the store's part: without it there is no overview ------------------------------------- */

static int count_of(sd_json_variant *counts, const char *list, const char *name)
{
        sd_json_variant *v;
        int64_t n = 0;

        for (size_t i = 0; (v = reply_item(counts, list, i)); i++)
                if (!name || text_equal(reply_text(v, "name"), name))
                        n += reply_number(v, "count");
        return (int)n;
}

static int add_counts(struct call *call, sd_json_variant **answer)
{
        sd_json_variant *counts = NULL, *score = NULL;
        int r = call_station(call, STATION_STORE, "CountPhones", NULL, 0, &counts);

        if (r < 0)
                return r;
        if (sd_json_buildo(&score, SD_JSON_BUILD_PAIR_INTEGER("met", reply_number(counts, "score_met")),
                           SD_JSON_BUILD_PAIR_INTEGER("total", reply_number(counts, "score_total")),
                           SD_JSON_BUILD_PAIR_INTEGER("scored", reply_number(counts, "scored"))) < 0 ||
            sd_json_variant_set_field_integer(answer, "at", clock_wall_s()) < 0 ||
            sd_json_variant_set_field_integer(answer, "phones", count_of(counts, "states", NULL)) < 0 ||
            sd_json_variant_set_field_integer(answer, "waiting", count_of(counts, "states", "waiting") + count_of(counts, "states", "seen")) < 0 ||
            sd_json_variant_set_field(answer, "states", sd_json_variant_by_key(counts, "states")) < 0 ||
            sd_json_variant_set_field(answer, "models", sd_json_variant_by_key(counts, "models")) < 0 ||
            sd_json_variant_set_field(answer, "profiles", sd_json_variant_by_key(counts, "profiles")) < 0 ||
            sd_json_variant_set_field(answer, "score", score) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(score);
        sd_json_variant_unref(counts);
        return r;
}

static int add_site(struct call *call, sd_json_variant **answer)
{
        sd_json_variant *site = NULL, *status = NULL, *v;
        const char *name = "Site";
        int r = call_station(call, STATION_STORE, "GetSite", NULL, 0, &site);

        if (r < 0)
                return r;
        for (size_t i = 0; (v = reply_item(site, "values", i)); i++)
                if (text_equal(reply_text(v, "name"), "name") && *reply_text(v, "value"))
                        name = reply_text(v, "value");
        if (sd_json_buildo(&status, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_BOOLEAN("complete", reply_flag(site, "complete")),
                           SD_JSON_BUILD_PAIR_VARIANT("missing", sd_json_variant_by_key(site, "missing"))) < 0 ||
            sd_json_variant_set_field(answer, "site", status) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(status);
        sd_json_variant_unref(site);
        return r;
}

/* The first `max` of a list, or those of them that are wanted. */
static int add_first(struct call *call, sd_json_variant **answer, const char *name, sd_json_variant *reply, size_t max, bool (*is_wanted)(sd_json_variant *))
{
        sd_json_variant *list = NULL, *v;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; r >= 0 && sd_json_variant_elements(list) < max && (v = reply_item(reply, name, i)); i++)
                if (!is_wanted || is_wanted(v))
                        r = sd_json_variant_append_array(&list, v);
        if (r >= 0)
                r = sd_json_variant_set_field(answer, name, list);
        sd_json_variant_unref(list);
        return r < 0 ? ops_no_memory(call) : 0;
}

static int add_alarms(struct call *call, sd_json_variant **answer)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_BOOLEAN("open", true)) < 0)
                return ops_no_memory(call);
        r = call_station(call, STATION_STORE, "ListAlarms", parameters, 0, &reply);
        if (r < 0)
                return r;
        r = add_first(call, answer, "alarms", reply, ALARMS_MAX, NULL);
        if (r >= 0 && sd_json_variant_set_field_unsigned(answer, "alarms_open", reply_items(reply, "alarms")) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(reply);
        return r;
}

static bool needs_somebody(sd_json_variant *end)
{
        const char *state = reply_text(end, "state");

        return !text_equal(state, "good") && !text_equal(state, "renewing");
}

static int add_ends(struct call *call, sd_json_variant **answer)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ops_add_integer(call, &parameters, "limit", ENDS_LOOKED_AT);

        if (r >= 0)
                r = call_station(call, STATION_STORE, "ListEnds", parameters, 0, &reply);
        if (r >= 0)
                r = add_first(call, answer, "ends", reply, ENDS_MAX, needs_somebody);
        sd_json_variant_unref(reply);
        return r;
}

static int add_member(struct call *call, sd_json_variant **answer, const char *method, const char *member)
{
        sd_json_variant *reply = NULL;
        int r = call_station(call, STATION_STORE, method, NULL, 0, &reply);

        if (r >= 0 && sd_json_variant_set_field(answer, member, sd_json_variant_by_key(reply, member)) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(reply);
        return r;
}

/* --- what other stations say, if they do ------------------------------------------------------ */

/* Null when it does not answer. */
static int add_live(struct call *call, sd_json_variant **answer, enum station station, const char *method, const char *member)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;
        int r = call_station_try(call, station, method, NULL, 0, &reply, &error);

        r = sd_json_variant_set_field(answer, member, r < 0 ? NULL : reply);
        sd_json_variant_unref(reply);
        free(error);
        return r < 0 ? ops_no_memory(call) : 0;
}

static int add_tunnels(struct call *call, sd_json_variant **answer)
{
        sd_json_variant *reply = NULL, *tunnels = NULL;
        char *error = NULL;
        int r = call_station_try(call, STATION_SESSION, "CountTunnels", NULL, 0, &reply, &error);

        if (r >= 0)
                r = sd_json_buildo(&tunnels, SD_JSON_BUILD_PAIR_INTEGER("up", reply_number(reply, "tunnels")),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("server_up", reply_flag(reply, "server_up")),
                                   SD_JSON_BUILD_PAIR_BOOLEAN("legacy_up", reply_flag(reply, "legacy_up")));
        else
                r = 0;
        if (r >= 0)
                r = sd_json_variant_set_field(answer, "tunnels", tunnels);
        sd_json_variant_unref(tunnels);
        sd_json_variant_unref(reply);
        free(error);
        return r < 0 ? ops_no_memory(call) : 0;
}

static int add_all(struct call *call, sd_json_variant **answer)
{
        int r = add_counts(call, answer);

        if (r >= 0)
                r = add_site(call, answer);
        if (r >= 0)
                r = add_alarms(call, answer);
        if (r >= 0)
                r = add_ends(call, answer);
        if (r >= 0)
                r = add_member(call, answer, "GetRollout", "rollout");
        if (r >= 0)
                r = add_member(call, answer, "ListReach", "reach");
        if (r >= 0)
                r = add_tunnels(call, answer);
        if (r >= 0)
                r = add_live(call, answer, STATION_BOX, "Status", "box");
        return r < 0 ? r : add_live(call, answer, STATION_RESPONDER, "Status", "responder");
}

static void get_overview(struct call *call)
{
        sd_json_variant *answer = NULL;

        if (add_all(call, &answer) >= 0)
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
}

/* --- tunnels over time ------------------------------------------------------------------------- */

static void get_traffic(struct call *call)
{
        struct traffic_sample *samples = calloc(TRAFFIC_SAMPLES_MAX, sizeof *samples);
        unsigned hours = (unsigned)call_integer(call, "hours", 1);
        sd_json_variant *list = NULL, *answer = NULL;
        size_t n = samples ? traffic_read(traffic(), hours, samples) : 0;
        int r = samples ? sd_json_variant_new_array(&list, NULL, 0) : -1;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = sd_json_variant_append_arraybo(&list, SD_JSON_BUILD_PAIR_INTEGER("at", samples[i].at_s),
                                                   SD_JSON_BUILD_PAIR_UNSIGNED("tunnels", samples[i].tunnels),
                                                   SD_JSON_BUILD_PAIR_UNSIGNED("bytes_in_s", samples[i].bytes_in_s),
                                                   SD_JSON_BUILD_PAIR_UNSIGNED("bytes_out_s", samples[i].bytes_out_s));
        if (r >= 0)
                r = sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_UNSIGNED("step_s", traffic_step_s(hours)), SD_JSON_BUILD_PAIR_VARIANT("samples", list));
        if (r < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(list);
        free(samples);
}

const struct operation ops_overview_operations[] = {
        {"GET", "/overview", "getOverview", ROLE_READER, 0, NULL, get_overview},
        {"GET", "/traffic", "getTraffic", ROLE_READER, 0, get_traffic_fields, get_traffic},
        OPERATIONS_END,
};
