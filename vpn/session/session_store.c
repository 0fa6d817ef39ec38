/*
 * session_store: what the store answered, as plain structs.
 *
 * In:   JSON of io.provost.Store.
 * Out:  phones, rules of reach, the site.
 * Not:  no calls (see session_station).
 */
#include "vpn/session/session_store.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/store/store_client.h"

static const char *text_at(sd_json_variant *object, const char *key)
{
        const char *text = service_field_text(object, key);

        return text ? text : "";
}

static bool is_true(sd_json_variant *object, const char *key)
{
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        return value && sd_json_variant_is_boolean(value) && sd_json_variant_boolean(value);
}

static int64_t number_at(sd_json_variant *object, const char *key)
{
        sd_json_variant *value = sd_json_variant_by_key(object, key);

        return value && sd_json_variant_is_integer(value) ? sd_json_variant_integer(value) : 0;
}

static bool read_rule(sd_json_variant *object, struct session_reach_rule *ret_rule)
{
        int64_t number = number_at(object, "number");

        return number > 0 && number <= UINT32_MAX &&
               session_reach_rule_read((uint32_t)number, text_at(object, "to"), text_at(object, "protocol"), text_at(object, "ports"),
                                       text_at(object, "sentence"), ret_rule) == 0;
}

int session_store_read_reach(sd_json_variant *answer, struct session_reach_rules *ret_rules)
{
        sd_json_variant *list = service_field_list(answer, "reach");

        if (!list)
                return PV_EMALFORMED;
        ret_rules->n_items = 0;
        for (size_t i = 0, n = sd_json_variant_elements(list); i < n && ret_rules->n_items < SESSION_REACH_RULES_MAX; i++)
                ret_rules->n_items += read_rule(sd_json_variant_by_index(list, i), &ret_rules->items[ret_rules->n_items]);
        return 0;
}

static void read_numbers(sd_json_variant *list, const struct session_reach_rules *rules, struct session_reach_set *ret_set)
{
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; i < n; i++) {
                int64_t number = sd_json_variant_integer(sd_json_variant_by_index(list, i));
                size_t place;

                if (number > 0 && number <= UINT32_MAX && session_reach_find(rules, (uint32_t)number, &place))
                        session_reach_set_add(ret_set, place);
        }
}

static void take_text(sd_json_variant *object, const char *key, char *ret, size_t size)
{
        if (text_copy(ret, size, text_at(object, key)) < 0)
                *ret = 0;
}

static uint32_t address_at(sd_json_variant *object, const char *key)
{
        uint32_t address;

        return text_to_ipv4(text_at(object, key), &address) == 0 ? address : 0;
}

/* An unfit address or digest leaves its field empty: such a phone cannot connect, but can still be closed. */
static bool read_phone(sd_json_variant *object, const struct site *site, const struct session_reach_rules *rules,
                       struct session_phone *ret_phone)
{
        struct session_phone phone = {.address = address_at(object, "address"), .lan_address = address_at(object, "lan_address"),
                .class = session_class_of(text_at(object, "vpn_class")), .allowed = is_true(object, "allowed"),
                .is_stolen = is_true(object, "stolen"), .is_up = is_true(object, "up")};
        struct mac mac;

        if (mac_parse_text(text_at(object, "mac"), &mac) < 0)
                return false;
        mac_format(&mac, phone.mac);
        take_text(object, "certificate_sha256", phone.sha256, sizeof phone.sha256);
        take_text(object, "next_sha256", phone.next_sha256, sizeof phone.next_sha256);
        phone.may_insecure = phone.class == SESSION_CLASS_LEGACY && site_models_hold(site->legacy_tls10_models, text_at(object, "model"));
        read_numbers(service_field_list(object, "reach"), rules, &phone.reach);
        *ret_phone = phone;
        return true;
}

int session_store_read_phones(sd_json_variant *answer, const struct site *site, const struct session_reach_rules *rules,
                              struct session_phone **ret_items, size_t *ret_n_items)
{
        sd_json_variant *list = service_field_list(answer, "tunnels");
        struct session_phone *items;
        size_t n_items = 0, n;

        if (!list)
                return PV_EMALFORMED;
        n = sd_json_variant_elements(list);
        items = calloc(n + 1, sizeof *items);
        if (!items)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++)
                n_items += read_phone(sd_json_variant_by_index(list, i), site, rules, &items[n_items]);
        *ret_items = items;
        *ret_n_items = n_items;
        return 0;
}

int session_store_read_site(sd_json_variant *answer, struct site *ret_site)
{
        struct site_problem problem;
        int result = store_client_site(answer, ret_site, &problem);

        if (result < 0)
                log_reason(LOG_LEVEL_ERROR, "site-unusable", "%s", problem.reason);
        else
                ret_site->phone_ca = "";
        return result;
}
