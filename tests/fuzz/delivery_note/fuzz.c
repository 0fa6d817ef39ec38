/*
 * delivery_note: any bytes as a delivery note.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a phone has no sound address, two have the same, or a text is none that may be shown.
 * Not:  no store.
 */
#include <stdint.h>
#include <stdlib.h>

#include "appliance/base/text.h"
#include "provisioning/import/import_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct import_result *result, size_t i)
{
        const struct import_phone *phone = &result->phones[i];
        struct mac again;
        char text[MAC_TEXT_SIZE];

        if (mac_parse_text(mac_format(&phone->mac, text), &again) < 0 || (phone->name && !text_is_printable(phone->name)) ||
            (phone->model && !text_is_printable(phone->model)))
                abort();
        for (size_t k = 0; k < i && i < 64; k++)
                if (mac_equal(&phone->mac, &result->phones[k].mac) && phone->sip_user == NULL && !result->has_error)
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct import_result result;
        const char *reason;

        import_result_init(&result);
        if (import_read("delivery", "f", data, size, &result, &reason) == 0)
                for (size_t i = 0; i < result.n_phones; i++)
                        look_at(&result, i);
        import_result_done(&result);
        return 0;
}
