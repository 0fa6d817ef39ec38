/*
 * xml_element: is this value one well-formed XML element?
 *
 * In:   a value an admin typed or imported.
 * Out:  yes or no.
 * Not:  no tree, no meaning; the document's writer asks libxml2 once more (xml_fragment).
 *
 * Asked when a value is set, in stations that have no XML library and need none for this.
 */
#include "provisioning/model/xml_element.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/cursor.h"

#define DEPTH_MAX 16
#define NODES_MAX 4096
#define ATTRIBUTES_MAX 32
#define NAME_MAX_BYTES 64
#define REFERENCE_MAX_BYTES 8           /* "#1114111", "#x10FFFF" */
#define BLANKS " \t\n"

struct name {
        const uint8_t *at;
        size_t size;
};

struct element {
        struct cursor c;
        struct name open[DEPTH_MAX];    /* from the root to where we are */
        size_t depth, nodes;
};

/* 0 at the end: NUL is in no text. */
static uint8_t peek(const struct cursor *c)
{
        return cursor_left(c) ? *c->at : 0;
}

static bool take(struct cursor *c, char byte)
{
        if (peek(c) != (uint8_t)byte)
                return false;
        cursor_skip(c, 1);
        return true;
}

static bool take_blanks(struct cursor *c)
{
        const uint8_t *begin = c->at;

        while (peek(c) && strchr(BLANKS, peek(c)))
                cursor_skip(c, 1);
        return c->at > begin;
}

static bool take_name(struct cursor *c, struct name *ret)
{
        *ret = (struct name){c->at, 0};
        if (!isalpha(peek(c)) && peek(c) != '_')
                return false;
        while (isalnum(peek(c)) || (peek(c) && strchr("_.-", peek(c))))
                cursor_skip(c, 1);
        ret->size = (size_t)(c->at - ret->at);
        return ret->size <= NAME_MAX_BYTES;
}

static bool is_same(const struct name *name, const struct name *other)
{
        return name->size == other->size && !memcmp(name->at, other->at, name->size);
}

static bool is_word(const struct name *name, const char *word)
{
        return name->size == strlen(word) && !memcmp(name->at, word, name->size);
}

/* --- characters ----------------------------------------------------------- */

static bool is_character(unsigned long code)
{
        return code == 9 || code == 10 || code == 13 || (code >= 0x20 && code < 0xd800) || (code >= 0xe000 && code < 0xfffe) ||
               (code >= 0x10000 && code < 0x110000);
}

static bool is_number(const char *digits, int base)
{
        const char *legal = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";

        return *digits && strspn(digits, legal) == strlen(digits) && is_character(strtoul(digits, NULL, base));
}

/* What follows an &. */
static bool take_reference(struct cursor *c)
{
        static const char *const entities[] = {"amp", "lt", "gt", "quot", "apos"};
        struct cursor word = cursor_until(c, ';', REFERENCE_MAX_BYTES);
        char text[REFERENCE_MAX_BYTES + 1];

        if (c->error || cursor_to_text(&word, text, sizeof text))
                return false;
        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
                if (!strcmp(entities[i], text))
                        return true;
        return text[0] == '#' && (text[1] == 'x' ? is_number(text + 2, 16) : is_number(text + 1, 10));
}

/* Everything up to `stop`, which stays. */
static bool take_characters(struct cursor *c, char stop)
{
        while (peek(c) && peek(c) != (uint8_t)stop) {
                uint8_t byte = cursor_u8(c);

                if (byte == '<' || (byte < 0x20 && !strchr(BLANKS, byte)) || (byte == '&' && !take_reference(c)))
                        return false;
        }
        return peek(c) == (uint8_t)stop;
}

/* --- tags ------------------------------------------------------------------ */

static bool take_attribute(struct cursor *c, struct name *ret_name)
{
        char quote;

        if (!take_name(c, ret_name) || (ret_name->size >= 5 && !memcmp(ret_name->at, "xmlns", 5)))
                return false;
        (void)take_blanks(c);
        if (!take(c, '='))
                return false;
        (void)take_blanks(c);
        quote = (char)peek(c);
        if (quote != '"' && quote != '\'')
                return false;
        cursor_skip(c, 1);
        return take_characters(c, quote) && take(c, quote);
}

/* Up to > or /, each attribute once. */
static bool take_attributes(struct cursor *c)
{
        struct name names[ATTRIBUTES_MAX];

        for (size_t n = 0; ; n++) {
                bool is_apart = take_blanks(c);

                if (peek(c) == '>' || peek(c) == '/')
                        return true;
                if (!is_apart || n == ATTRIBUTES_MAX || !take_attribute(c, &names[n]))
                        return false;
                for (size_t i = 0; i < n; i++)
                        if (is_same(&names[i], &names[n]))
                                return false;
        }
}

static bool take_start(struct element *e)
{
        struct name *name = &e->open[e->depth];

        if (e->depth == DEPTH_MAX || !take_name(&e->c, name) || !take_attributes(&e->c))
                return false;
        if (!take(&e->c, '/'))
                e->depth++;
        return take(&e->c, '>');
}

static bool take_end(struct element *e)
{
        struct name name;

        if (e->depth == 0 || !take_name(&e->c, &name) || !is_same(&name, &e->open[e->depth - 1]))
                return false;
        (void)take_blanks(&e->c);
        e->depth--;
        return take(&e->c, '>');
}

/* A tag, or the text before the next one. */
static bool take_node(struct element *e)
{
        const uint8_t *begin = e->c.at;

        if (++e->nodes > NODES_MAX)
                return false;
        if (take(&e->c, '<'))
                return take(&e->c, '/') ? take_end(e) : take_start(e);
        return take_characters(&e->c, '<') && !memmem(begin, (size_t)(e->c.at - begin), "]]>", 3);
}

bool xml_element_is(const char *text, const char *root, const char *other)
{
        struct element e = {.c = cursor_of_text(text)};

        if (*text != '<')
                return false;
        do
                if (!take_node(&e))
                        return false;
        while (e.depth > 0);
        return cursor_at_end(&e.c) && (is_word(&e.open[0], root) || is_word(&e.open[0], other));
}
