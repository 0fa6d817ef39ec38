/*
 * settings_answers: answers of store.
 *
 * In:   JSON that libsystemd has parsed, from a station of ours.
 * Out:  plain data that borrows its texts.
 * Not:  no calls.
 */
#include "provisioning/settings/settings_answers.h"

#include <limits.h>
#include <stdlib.h>

#include "appliance/service/service_field.h"
#include "provisioning/store/store_client.h"

#define SETTINGS_MAX 4096

static int setting_of(sd_json_variant *one, struct settings_document_setting *ret_setting)
{
        sd_json_variant *index = sd_json_variant_by_key(one, "index");
        struct settings_document_setting setting = {.name = service_field_text(one, "name"), .index = SETTINGS_DOCUMENT_NO_INDEX,
                                                    .value = service_field_text(one, "value"), .permission = service_field_text(one, "permission")};

        if (index && sd_json_variant_is_integer(index)) {
                if (sd_json_variant_integer(index) < 0 || sd_json_variant_integer(index) > INT_MAX)
                        return PV_EMALFORMED;
                setting.index = (int)sd_json_variant_integer(index);
        }
        if (!setting.name || !setting.value || !setting.permission)
                return PV_EMALFORMED;
        *ret_setting = setting;
        return 0;
}

int settings_answers_document(sd_json_variant *answer, struct settings_answers_phone *ret_phone,
                              struct settings_document_setting **ret_settings, size_t *ret_n)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone"), *list = sd_json_variant_by_key(answer, "settings");
        sd_json_variant *revision = sd_json_variant_by_key(answer, "revision");
        struct settings_answers_phone read = {.mac = service_field_text(phone, "mac"), .state = service_field_text(phone, "state"),
                                              .model = service_field_text(phone, "model"), .extension = service_field_text(phone, "sip_user")};
        struct settings_document_setting *settings;
        size_t n = sd_json_variant_elements(list);

        if (!read.mac || !read.state || !list || !sd_json_variant_is_array(list) || n > SETTINGS_MAX || !revision ||
            !sd_json_variant_is_integer(revision))
                return PV_EMALFORMED;
        read.revision = sd_json_variant_integer(revision);
        settings = calloc(n + 1, sizeof *settings);
        if (!settings)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++)
                if (setting_of(sd_json_variant_by_index(list, i), &settings[i])) {
                        free(settings);
                        return PV_EMALFORMED;
                }
        *ret_phone = read;
        *ret_settings = settings;
        *ret_n = n;
        return 0;
}

int settings_answers_gateway(sd_json_variant *answer, uint32_t *ret_address)
{
        struct site_problem problem;
        struct site site;
        int r = store_client_site(answer, &site, &problem);

        if (r)
                return r;
        if (!site.complete)
                return PV_EUNSET;
        *ret_address = site.tunnel_address;
        return 0;
}
