/*
 * phones_csv: any bytes as a table of phones.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a phone has no sound address, or two have the same without an error.
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
        if (import_read("phones", "f", data, size, &result, &reason) == 0)
                for (size_t i = 0; i < result.n_phones; i++) {
                        struct mac again;
                        char text[MAC_TEXT_SIZE];

                        if (mac_parse_text(mac_format(&result.phones[i].mac, text), &again) || result.phones[i].n_profiles > IMPORT_PROFILES_MAX)
                                abort();
                        for (size_t k = 0; k < i && i < 64; k++)
                                if (mac_equal(&result.phones[i].mac, &result.phones[k].mac) && !result.has_error)
                                        abort();
                }
        import_result_done(&result);
        return 0;
}
