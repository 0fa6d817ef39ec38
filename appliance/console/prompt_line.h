#ifndef PROVOST_CONSOLE_PROMPT_LINE_H
#define PROVOST_CONSOLE_PROMPT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

#define PROMPT_LINE_MAX 4096
#define PROMPT_WORDS_MAX 80

/*
 * A typed line as words, as a shell would split it and without anything else of a shell: blanks part, "…" and '…' hold together,
 * \ takes the next character as it is (not inside '…').
 */
struct prompt_line {
        char text[PROMPT_LINE_MAX];     /* the words, each ended by NUL */
        const char *words[PROMPT_WORDS_MAX];
        size_t n_words;
        bool is_open;                   /* the line ends inside its last word, also inside quotes: that one may be completed */
        bool is_in_quotes;
};

/* PV_ETOOLARGE: longer than PROMPT_LINE_MAX - 1 bytes, or more words than fit. Unclosed quotes are no failure here. */
int prompt_line_split(const char *text, size_t size, struct prompt_line *ret_line) PV_MUST_CHECK;

#endif
