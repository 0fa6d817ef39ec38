/*
 * prompt_line: any line typed at the console's prompt.
 *
 * In:   the fuzzer's bytes.
 * Out:  an abort when the words of a taken line break their bounds.
 * Not:  no command is run.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/console/complete.h"
#include "appliance/console/prompt_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(const char *word, void *userdata)
{
        *(size_t *)userdata += strlen(word) > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct prompt_line line;
        size_t total = 0, n = 0;

        if (prompt_line_split((const char *)data, size, &line) < 0)
                return 0;
        for (size_t i = 0; i < line.n_words; i++)
                total += strlen(line.words[i]);
        if (total > size || line.n_words > PROMPT_WORDS_MAX || (line.is_open && !line.n_words))
                abort();
        if (line.is_open && complete_word(line.n_words - 1, line.words, line.words[line.n_words - 1], count, &n) != n)
                abort();
        return 0;
}
