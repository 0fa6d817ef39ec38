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

#include "provisioning/model/site.h"

#define SETTINGS_MAX 4096
#define VALUES_MAX 64

static const char *text_of(sd_json_variant *object, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(object, name);

        return value && sd_json_variant_is_string(value) ? sd_json_variant_string(value) : NULL;
}

static int setting_of(sd_json_variant *one, struct settings_document_setting *ret_setting)
{
        sd_json_variant *index = sd_json_variant_by_key(one, "index");
        struct settings_document_setting setting = {text_of(one, "name"), SETTINGS_DOCUMENT_NO_INDEX, text_of(one, "value"),
                                                    text_of(one, "permission")};

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
        struct settings_answers_phone read = {text_of(phone, "mac"), text_of(phone, "state"), 0};
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
        sd_json_variant *list = sd_json_variant_by_key(answer, "values");
        struct site_value values[VALUES_MAX];
        struct site_problem problem;
        size_t n = sd_json_variant_elements(list);
        struct site site;

        if (!list || !sd_json_variant_is_array(list) || n > VALUES_MAX)
                return PV_EMALFORMED;
        for (size_t i = 0; i < n; i++) {
                sd_json_variant *one = sd_json_variant_by_index(list, i);

                values[i] = (struct site_value){text_of(one, "name"), text_of(one, "value")};
                if (!values[i].name || !values[i].value)
                        return PV_EMALFORMED;
        }
        if (site_from_values(values, n, &site, &problem))
                return PV_EMALFORMED;
        if (!site.complete)
                return PV_EUNSET;
        *ret_address = site.tunnel_address;
        return 0;
}
