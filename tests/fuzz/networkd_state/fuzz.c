/*
 * networkd_state: any text as networkd's state file.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a line of resolv.conf is anything but an address.
 * Not:  no files.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/box/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char text[256], *state = strndup((const char *)data, size);
        struct writer w = writer_of(text, sizeof text);
        uint32_t address;

        if (!state)
                return 0;
        names_text(&w, state);
        free(state);
        if (writer_finish_text(&w) != 0)
                abort();
        for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                if (!text_starts(line, "nameserver ") || text_to_ipv4(line + 11, &address) != 0)
                        abort();
        return 0;
}
