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

#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "provisioning/model/tunnel_url.h"
#include "provisioning/store/store_client.h"

#define SETTINGS_MAX 4096

/* An object's keys and values stand in turn. */
static int attributes_of(sd_json_variant *list, struct settings_document_attribute *ret_attributes, size_t *ret_n)
{
        size_t n = sd_json_variant_elements(list) / 2;

        for (size_t i = 0; i < n; i++) {
                ret_attributes[i].name = sd_json_variant_string(sd_json_variant_by_index(list, 2 * i));
                ret_attributes[i].value = sd_json_variant_string(sd_json_variant_by_index(list, 2 * i + 1));
                if (!ret_attributes[i].name || !ret_attributes[i].value)
                        return PV_EMALFORMED;
        }
        *ret_n = n;
        return 0;
}

static sd_json_variant *attributes_in(sd_json_variant *setting)
{
        sd_json_variant *list = sd_json_variant_by_key(setting, "attributes");

        return list && sd_json_variant_is_object(list) ? list : NULL;
}

static int setting_of(sd_json_variant *one, struct settings_document_attribute *attributes, struct settings_document_setting *ret_setting)
{
        sd_json_variant *index = sd_json_variant_by_key(one, "index"), *list = attributes_in(one);
        struct settings_document_setting setting = {.name = service_field_text(one, "name"), .index = SETTINGS_DOCUMENT_NO_INDEX,
                                                    .value = service_field_text(one, "value"), .permission = service_field_text(one, "permission")};

        if (index && sd_json_variant_is_integer(index)) {
                if (sd_json_variant_integer(index) < 0 || sd_json_variant_integer(index) > INT_MAX)
                        return PV_EMALFORMED;
                setting.index = (int)sd_json_variant_integer(index);
        }
        if (!setting.name || !setting.value || !setting.permission)
                return PV_EMALFORMED;
        if (list) {
                setting.attributes = attributes;
                if (attributes_of(list, attributes, &setting.n_attributes))
                        return PV_EMALFORMED;
        }
        *ret_setting = setting;
        return 0;
}

static size_t count_attributes(sd_json_variant *settings, size_t n)
{
        size_t total = 0;

        for (size_t i = 0; i < n; i++) {
                sd_json_variant *list = attributes_in(sd_json_variant_by_index(settings, i));

                total += list ? sd_json_variant_elements(list) / 2 : 0;
        }
        return total;
}

static int settings_of(sd_json_variant *list, struct settings_answers_document *document)
{
        size_t n = sd_json_variant_elements(list), used = 0;

        document->settings = calloc(n + 1, sizeof *document->settings);
        document->attributes = calloc(count_attributes(list, n) + 1, sizeof *document->attributes);
        if (!document->settings || !document->attributes)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++) {
                if (setting_of(sd_json_variant_by_index(list, i), document->attributes + used, &document->settings[i]))
                        return PV_EMALFORMED;
                used += document->settings[i].n_attributes;
        }
        document->n_settings = n;
        return 0;
}

int settings_answers_document(sd_json_variant *answer, struct settings_answers_document *ret_document)
{
        sd_json_variant *phone = sd_json_variant_by_key(answer, "phone"), *list = sd_json_variant_by_key(answer, "settings");
        sd_json_variant *revision = sd_json_variant_by_key(answer, "revision"), *held = sd_json_variant_by_key(answer, "held");
        struct settings_answers_document read = {.mac = service_field_text(phone, "mac"), .state = service_field_text(phone, "state"),
                                                 .model = service_field_text(phone, "model"), .extension = service_field_text(phone, "sip_user")};
        int r;

        read.bundle_serial = tunnel_url_serial(service_field_text(phone, "next_serial"), service_field_text(phone, "certificate_serial"),
                                               service_field_text(phone, "delivered"));
        read.authorities = service_field_text(answer, "authorities");
        if (!read.mac || !read.state || !list || !sd_json_variant_is_array(list) || sd_json_variant_elements(list) > SETTINGS_MAX ||
            !revision || !sd_json_variant_is_integer(revision))
                return PV_EMALFORMED;
        read.revision = sd_json_variant_integer(revision);
        if (held && !sd_json_variant_is_null(held) && !(read.held = service_field_text(held, "reason")))
                return PV_EMALFORMED;
        r = settings_of(list, &read);
        if (r) {
                settings_answers_document_done(&read);
                return r;
        }
        *ret_document = read;
        return 0;
}

void settings_answers_document_done(struct settings_answers_document *document)
{
        free(document->settings);
        free(document->attributes);
        *document = (struct settings_answers_document){0};
}

int settings_answers_gateway(sd_json_variant *answer, const char *asking_address, uint32_t *ret_address)
{
        struct site_problem problem;
        struct site site;
        uint32_t asking;
        int r = store_client_site(answer, &site, &problem);

        if (r)
                return r;
        if (!site.complete)
                return PV_EUNSET;
        if (text_to_ipv4(asking_address, &asking) < 0)
                return PV_EMALFORMED;
        *ret_address = tunnel_url_gateway_at(&site, asking);
        return 0;
}
