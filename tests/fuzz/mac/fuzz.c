/*
 * fuzz: MAC addresses in any spelling; what is taken comes back the same from its one form.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/mac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char text[MAC_TEXT_SIZE];
        struct mac mac, again;

        if (mac_parse((const char *)data, size, &mac) < 0)
                return 0;
        mac_format(&mac, text);
        assert(mac_parse_text(text, &again) == 0 && mac_equal(&mac, &again));
        mac_format_upper(&mac, text);
        assert(mac_parse_text(text, &again) == 0 && mac_equal(&mac, &again));
        return 0;
}
