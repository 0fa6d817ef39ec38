/*
 * import_server: io.provost.Import.
 *
 * In:   Read, from the administrator's side.
 * Out:  what is in the file; one log line without any of it.
 * Not:  no other station is called, nothing is kept.
 */
#include "provisioning/import/import_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "appliance/service/service_field.h"
#include "provisioning/import/import_answer.h"
#include "provisioning/import/import_read.h"

static void note(const struct import_result *result, size_t size)
{
        char bytes[24], phones[24], settings[24], problems[24];

        (void)snprintf(bytes, sizeof bytes, "%zu", size);
        (void)snprintf(phones, sizeof phones, "%zu", result->n_phones);
        (void)snprintf(settings, sizeof settings, "%zu", result->n_settings);
        (void)snprintf(problems, sizeof problems, "%zu", result->n_problems);
        log_event(LOG_LEVEL_INFO, "read", "found", result->found, "bytes", bytes, "phones", phones, "settings", settings, "problems", problems, NULL);
}

static int answer(sd_varlink *link, const char *kind, const char *name, const void *bytes, size_t size)
{
        struct import_result result;
        sd_json_variant *reply = NULL;
        const char *reason;
        int r;

        import_result_init(&result);
        r = import_read(kind, name, bytes, size, &result, &reason);
        if (!r)
                r = import_answer_new(&result, &reply);
        if (!r) {
                note(&result, size);
                r = sd_varlink_reply(link, reply);
        } else if (r == PV_ETOOLARGE) {
                r = service_refuse(link, "io.provost.Import.TooLarge", "%s", reason);
        } else if (r == PV_EREFUSED) {
                r = service_refuse(link, "io.provost.Import.Unreadable", "%s", reason);
        } else {
                log_reason(LOG_LEVEL_ERROR, "read-failed", "%s", pv_error_text(r));
                r = service_refuse(link, "io.provost.Import.TooLarge", "memory ran out while the file was read; import it in parts");
        }
        sd_json_variant_unref(reply);
        import_result_done(&result);
        return r;
}

static int on_read(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        sd_json_variant *content = sd_json_variant_by_key(parameters, "content");
        const char *text = service_field_text(parameters, "content");
        void *bytes = NULL;
        size_t size = 0;
        int r;

        (void)flags;
        (void)userdata;
        if (text && strlen(text) > IMPORT_READ_MAX / 3 * 4 + 16)
                return service_refuse(link, "io.provost.Import.TooLarge", "the file is larger than 8 MiB; import it in parts");
        if (!text || sd_json_variant_unbase64(content, &bytes, &size) < 0)
                return service_refuse(link, "io.provost.Import.Unreadable", "content is not base64");
        r = answer(link, service_field_text(parameters, "kind"), service_field_text(parameters, "name"), bytes, size);
        if (bytes)
                explicit_bzero(bytes, size);
        free(bytes);
        return r;
}

const struct service_method import_methods[] = {
        {"io.provost.Import.Read", SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN, on_read},
        {0},
};
