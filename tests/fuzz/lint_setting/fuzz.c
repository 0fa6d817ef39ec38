/*
 * lint_setting: any text as the value of a setting of a profile.
 *
 * In:   the fuzzer's bytes: index, name, permission, value, apart by NULs.
 * Out:  an abort when lint takes what no document can carry.
 * Not:  no store.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/document/settings_document.h"
#include "provisioning/model/lint.h"
#include "provisioning/model/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *next(const char **at, const char *end)
{
        const char *text = *at < end ? *at : "";

        *at += strlen(text) + 1;
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *copy = size ? malloc(size) : NULL, *bytes = NULL;
        struct settings_document_problem problem;
        struct settings_document_setting written;
        struct merge_setting setting = {0};
        struct lint_finding finding;
        const char *at;
        size_t n;

        if (!copy)
                return 0;
        memcpy(copy, data + 1, size - 1);
        copy[size - 1] = 0;
        at = copy;
        setting.index = (int)data[0] - 1;
        setting.name = next(&at, copy + size - 1);
        setting.permission = next(&at, copy + size - 1);
        setting.value = next(&at, copy + size - 1);
        written = (struct settings_document_setting){.name = setting.name, .index = setting.index, .value = setting.value, .permission = setting.permission};
        if (!lint_check_settings(&setting, 1, &(struct lint_phone){"000413aabbcc", "snomD785", "100"}, &finding)) {
                if (settings_document_write(&(struct settings_document){.settings = &written, .n_settings = 1}, &bytes, &n, &problem))
                        abort();
                settings_document_free(bytes, n);
        } else if (strlen(finding.sentence) < 10) {
                abort();
        }
        free(copy);
        return 0;
}
