/*
 * prompt_line: a line typed at the console, as words.
 *
 * In:   bytes of a terminal.
 * Out:  words.
 * Not:  no variables, no patterns, no pipes: there is no shell.
 */
#include "appliance/console/prompt_line.h"

#include <string.h>

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct split {
        struct prompt_line *line;
        size_t used;
        char quote;             /* 0, ' or " */
        bool in_word, is_escaped;
};

static int begin_word(struct split *s)
{
        if (s->in_word)
                return 0;
        if (s->line->n_words == PROMPT_WORDS_MAX)
                return PV_ETOOLARGE;
        s->line->words[s->line->n_words++] = s->line->text + s->used;
        s->in_word = true;
        return 0;
}

static void add(struct split *s, char c)
{
        s->line->text[s->used++] = c;
}

static void end_word(struct split *s)
{
        if (s->in_word)
                add(s, 0);
        s->in_word = false;
}

/* One character that is neither escaped nor inside quotes. */
static int outside(struct split *s, char c)
{
        int r;

        if (is_blank(c)) {
                end_word(s);
                return 0;
        }
        r = begin_word(s);
        if (r < 0)
                return r;
        if (c == '\\')
                s->is_escaped = true;
        else if (c == '"' || c == '\'')
                s->quote = c;
        else
                add(s, c);
        return 0;
}

int prompt_line_split(const char *text, size_t size, struct prompt_line *ret_line)
{
        struct split s = {.line = ret_line};
        int r = 0;

        if (size >= PROMPT_LINE_MAX || memchr(text, 0, size))
                return PV_ETOOLARGE;
        memset(ret_line, 0, sizeof *ret_line);
        for (size_t i = 0; i < size && r == 0; i++) {
                if (s.is_escaped) {
                        add(&s, text[i]);
                        s.is_escaped = false;
                } else if (!s.quote) {
                        r = outside(&s, text[i]);
                } else if (text[i] == s.quote) {
                        s.quote = 0;
                } else if (text[i] == '\\' && s.quote == '"') {
                        s.is_escaped = true;
                } else {
                        add(&s, text[i]);
                }
        }
        ret_line->is_open = s.in_word;
        ret_line->is_in_quotes = s.quote != 0;
        end_word(&s);
        return r;
}
