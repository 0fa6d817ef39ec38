/*
 * ctl_words: events in plain words.
 *
 * In:   the fixed word of an event.
 * Out:  what it means.
 * Not:  no detail of the event.
 */
#include "appliance/console/ctl_words.h"

#include <stddef.h>

#include "appliance/base/text.h"

static const struct { const char *word, *plain; } words[] = {
        {"dhcp-ack", "got an address"},
};

const char *ctl_words_of(const char *word)
{
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (text_equal(words[i].word, word))
                        return words[i].plain;
        return word;
}
