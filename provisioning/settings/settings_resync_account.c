/*
 * settings_resync_account: what a phone is asked with.
 *
 * In:   the store's answer to GetDocument.
 * Out:  user, login and password of its first identity, its SIP port.
 * Not:  no call, nothing is kept.
 */
#include "provisioning/settings/settings_resync_account.h"

#include <stdbool.h>

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/sip/sip_text.h"

static const char *value_of(sd_json_variant *settings, const char *name, int64_t index)
{
        for (size_t i = 0; i < sd_json_variant_elements(settings); i++) {
                sd_json_variant *s = sd_json_variant_by_index(settings, i);
                const char *value = service_field_text(s, "value");

                if (value && text_equal(service_field_text(s, "name"), name) && service_field_integer(s, "index", -1) == index)
                        return value;
        }
        return "";
}

/* The lowest index at which a user_name that is not empty stands. */
static bool find_identity(sd_json_variant *settings, int64_t *ret_index)
{
        bool found = false;

        for (size_t i = 0; i < sd_json_variant_elements(settings); i++) {
                sd_json_variant *s = sd_json_variant_by_index(settings, i);
                const char *value = service_field_text(s, "value");
                int64_t index = service_field_integer(s, "index", -1);

                if (!text_equal(service_field_text(s, "name"), "user_name") || !value || !*value || (found && index >= *ret_index))
                        continue;
                *ret_index = index;
                found = true;
        }
        return found;
}

struct settings_resync_account settings_resync_account(sd_json_variant *answer)
{
        struct settings_resync_account account = {.user = "", .login = "", .password = "", .port = SIP_TEXT_PORT};
        sd_json_variant *settings = service_field_list(answer, "settings");
        int64_t index;
        uint32_t port;

        if (text_to_u32(value_of(settings, "network_id_port", -1), UINT16_MAX, &port) == 0 && port > 0)
                account.port = (uint16_t)port;
        else
                account.hint = "network_id_port is not set for it, so it may listen on another port than 5060";
        if (text_equal(value_of(settings, "filter_registrar", -1), "on"))
                account.hint = "filter_registrar is on for it, so it may hear its registrar only";
        if (!find_identity(settings, &index))
                return account;
        account.user = value_of(settings, "user_name", index);
        account.login = value_of(settings, "user_pname", index);
        account.password = value_of(settings, "user_pass", index);
        if (!*account.login)
                account.login = account.user;
        return account;
}
