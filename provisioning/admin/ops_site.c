/*
 * ops_site: the site's values, and the network cards with what they could be.
 *
 * In:   names and values; what box sees of its cards.
 * Out:  each value with its default and what it is for; suggestions for the first steps.
 * Not:  no value is checked here: that is the store's.
 */
#include "provisioning/admin/operations.h"
#include "provisioning/admin/ops.h"

#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/admin/site_words.h"
#include "provisioning/admin/suggest.h"
#include "provisioning/model/site.h"

static const struct field change_site_fields[] = {
        FIELD(BODY, OBJECT, "values", .required = true),
        FIELDS_END,
};

static const char *value_of(sd_json_variant *site, const char *name)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = reply_item(site, "values", i)); i++)
                if (text_equal(reply_text(v, "name"), name))
                        return reply_text(v, "value");
        return "";
}

/* The phones' CA is for those who may change it: long, and nobody else's business. */
static bool is_shown(struct call *call, const char *name)
{
        return call_role(call) >= ROLE_ADMIN || !text_equal(name, "phone_ca");
}

static int add_values(struct call *call, sd_json_variant *site, sd_json_variant **list)
{
        const char *name, *otherwise;
        bool needed;
        int r = sd_json_variant_new_array(list, NULL, 0);

        for (size_t i = 0; r >= 0 && (name = site_value_name(i, &needed, &otherwise)); i++)
                if (is_shown(call, name))
                        r = sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("name", name),
                                                           SD_JSON_BUILD_PAIR_STRING("value", value_of(site, name)),
                                                           SD_JSON_BUILD_PAIR_STRING("default", otherwise),
                                                           SD_JSON_BUILD_PAIR_BOOLEAN("needed", needed),
                                                           SD_JSON_BUILD_PAIR_STRING("purpose", site_words_purpose(name)));
        return r;
}

static int load_site(struct call *call, sd_json_variant **ret_object, int64_t *ret_version)
{
        sd_json_variant *site = NULL, *list = NULL;
        int r = call_station(call, STATION_STORE, "GetSite", NULL, 0, &site);

        if (r < 0)
                return r;
        *ret_version = reply_number(site, "revision");
        if (add_values(call, site, &list) < 0 ||
            sd_json_buildo(ret_object, SD_JSON_BUILD_PAIR_VARIANT("values", list),
                           SD_JSON_BUILD_PAIR_BOOLEAN("complete", reply_flag(site, "complete")),
                           SD_JSON_BUILD_PAIR_VARIANT("missing", sd_json_variant_by_key(site, "missing")),
                           SD_JSON_BUILD_PAIR_INTEGER("revision", *ret_version), SD_JSON_BUILD_PAIR_INTEGER("version", *ret_version)) < 0)
                r = ops_no_memory(call);
        sd_json_variant_unref(list);
        sd_json_variant_unref(site);
        return r;
}

static void get_site(struct call *call)
{
        sd_json_variant *site = NULL;
        int64_t version = 0;

        if (load_site(call, &site, &version) < 0)
                return;
        call_reply_version(call, 200, site, version);
        sd_json_variant_unref(site);
}

/* {"name": "value"} as the list that the store takes. */
static int values_of(struct call *call, sd_json_variant **ret_list)
{
        sd_json_variant *values = call_json(call, "values"), *list = NULL;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; r >= 0 && i + 1 < sd_json_variant_elements(values); i += 2) {
                sd_json_variant *name = sd_json_variant_by_index(values, i), *value = sd_json_variant_by_index(values, i + 1);

                if (!sd_json_variant_is_string(value)) {
                        call_refuse(call, 400, "malformed", "values", "Every value of the site is a text; \"\" goes back to the default.");
                        sd_json_variant_unref(list);
                        return PV_EMALFORMED;
                }
                r = sd_json_variant_append_arraybo(&list, SD_JSON_BUILD_PAIR_STRING("name", sd_json_variant_string(name)),
                                                   SD_JSON_BUILD_PAIR_STRING("value", sd_json_variant_string(value)));
        }
        if (r < 0) {
                sd_json_variant_unref(list);
                return ops_no_memory(call);
        }
        *ret_list = list;
        return 0;
}

static void change_site(struct call *call)
{
        sd_json_variant *list = NULL, *parameters = NULL, *reply = NULL;

        if (values_of(call, &list) < 0)
                return;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("values", list)) < 0)
                (void)ops_no_memory(call);
        else if (ops_change(call, "SetSite", parameters, load_site, &reply) >= 0)
                get_site(call);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(list);
}

/* --- cards ----------------------------------------------------------------------------- */

/* The first address that is not of the card itself alone (169.254). */
static void take_address(sd_json_variant *card, struct suggest_card *ret)
{
        sd_json_variant *v;

        for (size_t i = 0; !ret->address && (v = reply_item(card, "addresses", i)); i++) {
                uint32_t address;
                unsigned prefix;

                if (text_to_ipv4_prefix(sd_json_variant_string(v), &address, &prefix) < 0 || address >> 16 == 0xa9fe)
                        continue;
                ret->address = address;
                ret->prefix = prefix;
        }
}

/* Only while no card is used for anything: addresses of a site that is there say nothing of who gave them. */
static int add_suggestions(sd_json_variant *cards, sd_json_variant **list)
{
        struct suggest_card seen[SUGGEST_CARDS_MAX] = {0};
        struct suggest_value values[SUGGEST_VALUES_MAX];
        sd_json_variant *v;
        size_t n = 0, n_values;
        bool is_settled = false;
        int r = sd_json_variant_new_array(list, NULL, 0);

        for (; n < SUGGEST_CARDS_MAX && (v = reply_item(cards, "cards", n)); n++) {
                seen[n].name = reply_text(v, "name");
                seen[n].has_carrier = reply_flag(v, "carrier");
                take_address(v, &seen[n]);
                is_settled |= *reply_text(v, "role") != 0;
        }
        n_values = suggest_site(seen, is_settled ? 0 : n, values);
        for (size_t i = 0; r >= 0 && i < n_values; i++)
                r = sd_json_variant_append_arraybo(list, SD_JSON_BUILD_PAIR_STRING("name", values[i].name),
                                                   SD_JSON_BUILD_PAIR_STRING("value", values[i].value),
                                                   SD_JSON_BUILD_PAIR_STRING("because", values[i].because));
        return r;
}

static void list_cards(struct call *call)
{
        sd_json_variant *cards = NULL, *list = NULL, *answer = NULL;

        if (call_station(call, STATION_BOX, "ListCards", NULL, 0, &cards) < 0)
                return;
        if (add_suggestions(cards, &list) < 0 ||
            sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_VARIANT("cards", sd_json_variant_by_key(cards, "cards")),
                           SD_JSON_BUILD_PAIR_VARIANT("suggestions", list)) < 0)
                (void)ops_no_memory(call);
        else
                call_reply(call, 200, answer);
        sd_json_variant_unref(answer);
        sd_json_variant_unref(list);
        sd_json_variant_unref(cards);
}

const struct operation ops_site_operations[] = {
        {"GET", "/site", "getSite", ROLE_READER, 0, NULL, get_site},
        {"PATCH", "/site", "changeSite", ROLE_ADMIN, OPERATION_MATCH, change_site_fields, change_site},
        {"GET", "/cards", "listCards", ROLE_READER, 0, NULL, list_cards},
        OPERATIONS_END,
};
