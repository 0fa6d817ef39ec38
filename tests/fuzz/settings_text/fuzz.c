/*
 * settings_text: any bytes as a settings file of the classic text form.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a setting breaks its bounds or a refusal says nothing.
 * Not:  no store.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/import/import_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct import_result result;
        const char *reason;

        import_result_init(&result);
        if (import_read("settings", "f", data, size, &result, &reason) == 0) {
                for (size_t i = 0; i < result.settings.n; i++)
                        if (!*result.settings.list[i].name || strlen(result.settings.list[i].name) > 64 || !result.settings.list[i].value)
                                abort();
                for (size_t i = 0; i < result.n_problems; i++)
                        if (strlen(result.problems[i].reason) < 10)
                                abort();
                if (result.has_error && result.settings.n)
                        abort();
        }
        import_result_done(&result);
        return 0;
}
