/*
 * setting_word: any text as one setting of provostctl.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when a taken setting breaks its bounds.
 * Not:  no station.
 */
#include <stdlib.h>
#include <string.h>

#include "appliance/console/ctl_setting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *word = strndup((const char *)data, size);
        struct ctl_setting s;

        if (!word)
                return 0;
        if (ctl_setting_parse(word, false, &s) == 0) {
                if (!*s.name || strpbrk(s.name, "[]{}:=") || s.index > 65535 || !s.value || s.value[-1] != '=' ||
                    s.n_attributes > CTL_SETTING_ATTRIBUTES_MAX)
                        abort();
                for (size_t i = 0; i < s.n_attributes; i++)
                        if (!*s.attributes[i].name || strlen(s.attributes[i].value) > size)
                                abort();
        }
        if (ctl_setting_parse(word, true, &s) == 0 && (!*s.name || s.value))
                abort();
        free(word);
        return 0;
}
