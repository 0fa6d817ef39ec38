/*
 * session_store: what the store answered, as plain structs.
 *
 * In:   JSON of io.provost.Store.
 * Out:  phones, the site.
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

/* An unfit address or digest leaves its field empty: such a phone cannot connect, but can still be closed. */
static bool read_phone(sd_json_variant *object, struct session_phone *ret_phone)
{
        struct session_phone phone = {0};
        struct mac mac;

        if (mac_parse_text(text_at(object, "mac"), &mac) < 0)
                return false;
        mac_format(&mac, phone.mac);
        if (text_to_ipv4(text_at(object, "address"), &phone.address) < 0)
                phone.address = 0;
        if (text_copy(phone.sha256, sizeof phone.sha256, text_at(object, "certificate_sha256")) < 0)
                *phone.sha256 = 0;
        phone.allowed = is_true(object, "allowed");
        phone.is_up = is_true(object, "up");
        *ret_phone = phone;
        return true;
}

int session_store_read_phones(sd_json_variant *answer, struct session_phone **ret_items, size_t *ret_n_items)
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
                n_items += read_phone(sd_json_variant_by_index(list, i), &items[n_items]);
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
