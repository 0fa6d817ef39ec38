/*
 * merge: any texts as settings of a scope, as an import may bring them.
 *
 * In:   the fuzzer's bytes: for each setting an index, then name, permission, value, name and value of an attribute, apart by NULs.
 * Out:  an abort when a locked setting changed, or when lint passes what the writer cannot write.
 * Not:  no store.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/document/settings_document.h"
#include "provisioning/model/lint.h"
#include "provisioning/model/merge.h"

#define SETTINGS_MAX 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct merge_setting settings[SETTINGS_MAX];
static struct merge_attribute attributes[SETTINGS_MAX];
static struct settings_document_setting written[SETTINGS_MAX + 128];
static const struct site site = {.name = "Lab", .tunnel_address = 0x0a400001, .tunnel_prefix = 16, .sip_host = "pbx.example",
                                 .sip_transport = "tls", .language = "English", .domain = "lab", .country = "DE", .poll_minutes = 60};

static const char *next(const char **at, const char *end)
{
        const char *text = *at < end ? *at : "";

        *at += strlen(text) + 1;
        return text;
}

static size_t read_settings(const char *at, const char *end)
{
        size_t n = 0;

        for (; n < SETTINGS_MAX && at < end; n++) {
                int index = (unsigned char)*at++ - 1;

                settings[n] = (struct merge_setting){.index = index, .name = next(&at, end)};
                settings[n].permission = next(&at, end);
                settings[n].value = next(&at, end);
                attributes[n].name = next(&at, end);
                attributes[n].value = next(&at, end);
                settings[n].attributes = &attributes[n];
                settings[n].n_attributes = *attributes[n].name ? 1 : 0;
        }
        return n;
}

static void write_it(const struct merge_result *result)
{
        struct settings_document_problem problem = {""};
        char *bytes;
        size_t size;

        for (size_t i = 0; i < result->n_settings; i++) {
                const struct merge_setting *s = &result->settings[i];

                if (merge_is_locked(s->name) && s->scope != MERGE_BUILT_IN)
                        abort();
                written[i] = (struct settings_document_setting){.name = s->name, .index = s->index, .value = s->value, .permission = s->permission,
                                                                .attributes = (const struct settings_document_attribute *)(const void *)s->attributes,
                                                                .n_attributes = s->n_attributes};
        }
        if (settings_document_write(&(struct settings_document){.settings = written, .n_settings = result->n_settings}, &bytes, &size, &problem) == 0)
                settings_document_free(bytes, size);
        else if (!strstr(problem.reason, "replacement"))        /* whether that is sound XML is for the writer to say */
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct merge *merge;
        char *copy = malloc(size + 1);
        struct merge_layer layer = {MERGE_PROFILE, "imported", settings, 0};
        struct merge_input input = {.phone = {.name = "{{mac}", .model = "snomD785", .firmware = "", .sip_user = "100"}, .site = &site,
                                    .layers = &layer, .n_layers = 1};
        struct lint_finding finding;
        struct merge_result result;

        if (!copy || (!merge && merge_new(&merge)))
                abort();
        memcpy(copy, data, size);
        copy[size] = 0;
        layer.n_settings = read_settings(copy, copy + size);
        if (merge_settings(merge, &input, &result) == 0 && lint_check_merged(&input, &result, &finding) == 0)
                write_it(&result);
        free(copy);
        return 0;
}
