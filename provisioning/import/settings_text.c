/*
 * settings_text: the settings file of firmware before XML.
 *
 * In:   UTF-8 text.
 * Out:  name, permission and value of each line.
 * Not:  no allocation; what a name means is decided elsewhere (settings_name).
 */
#include "provisioning/import/settings_text.h"

#include <string.h>
#include <strings.h>

struct span {
        const char *at, *end;
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static struct span trimmed(struct span s)
{
        while (s.at < s.end && is_blank(*s.at))
                s.at++;
        while (s.end > s.at && is_blank(s.end[-1]))
                s.end--;
        return s;
}

/* --- HTML around it ---------------------------------------------------------- */

/* The size of the tag at `at` when it is one of those that wrap such files, else 0. */
static size_t wrapper_size(struct span s)
{
        static const char *const names[] = {"html", "head", "title", "body", "pre", "br", "meta", "p"};
        const char *at = s.at, *close = at < s.end && *at == '<' ? memchr(at, '>', (size_t)(s.end - at)) : NULL;

        if (!close)
                return 0;
        at += 1 + (at[1] == '/');
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                size_t size = strlen(names[i]);

                if ((size_t)(close - at) >= size && strncasecmp(at, names[i], size) == 0 && (at[size] == '>' || at[size] == ' ' || at[size] == '/'))
                        return (size_t)(close - s.at) + 1;
        }
        return 0;
}

static struct span unwrapped(struct span s, bool *ret_is_html)
{
        size_t size;

        while ((size = wrapper_size(s = trimmed(s)))) {
                bool is_title = strncasecmp(s.at, "<title", 6) == 0;
                const char *stop = is_title ? memchr(s.at + size, '<', (size_t)(s.end - s.at) - size) : NULL;

                s.at = is_title && stop ? stop : s.at + size;
                *ret_is_html = true;
        }
        for (bool again = true; again;) {
                again = false;
                s = trimmed(s);
                for (const char *p = s.end; !again && p > s.at && s.end - p < 16; p--)
                        if (p[-1] == '<') {
                                again = wrapper_size((struct span){p - 1, s.end}) == (size_t)(s.end - p) + 1;
                                s.end = again ? p - 1 : s.end;
                                break;
                        }
        }
        return s;
}

/* --- one line ---------------------------------------------------------------- */

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static const char *permission_of(char flag)
{
        return flag == '!' ? "!" : flag == '$' ? "RW" : "R";
}

static size_t entity(struct span s, char *ret)
{
        static const struct {
                const char *text;
                char c;
        } entities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};

        for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
                if ((size_t)(s.end - s.at) >= strlen(entities[i].text) && memcmp(s.at, entities[i].text, strlen(entities[i].text)) == 0) {
                        *ret = entities[i].c;
                        return strlen(entities[i].text);
                }
        *ret = *s.at;
        return 1;
}

static int take_value(struct span s, bool is_html, struct settings_text_line *ret)
{
        size_t n = 0;

        while (s.at < s.end) {
                if (n == SETTINGS_TEXT_VALUE_MAX)
                        return PV_ETOOLARGE;
                if (is_html)
                        s.at += entity(s, &ret->value[n++]);
                else
                        ret->value[n++] = *s.at++;
        }
        ret->value[n] = 0;
        return 0;
}

static int take_line(struct span s, bool is_html, struct settings_text_line *ret, const char **ret_reason)
{
        const char *at = s.at;
        size_t size;
        char flag = 0;

        while (at < s.end && is_letter(*at))
                at++;
        size = (size_t)(at - s.at);
        if (at < s.end && strchr("&!$", *at))
                flag = *at++;
        while (at < s.end && is_blank(*at))
                at++;
        if (!size || at == s.end || *at != ':') {
                *ret_reason = "this is no setting; a line reads name&: value (or name!: or name$:)";
                return PV_EMALFORMED;
        }
        if (size > SETTINGS_TEXT_NAME_MAX) {
                *ret_reason = "the name is longer than any setting's; it was left out";
                return PV_EMALFORMED;
        }
        memcpy(ret->name, s.at, size);
        ret->name[size] = 0;
        ret->permission = permission_of(flag);
        if (take_value(trimmed((struct span){at + 1, s.end}), is_html, ret)) {
                *ret_reason = "the value is longer than 4096 characters; it was left out";
                return PV_EMALFORMED;
        }
        return 1;
}

struct settings_text settings_text_of(const char *text, size_t size)
{
        return (struct settings_text){.at = text, .end = text + size};
}

int settings_text_next(struct settings_text *text, struct settings_text_line *ret, const char **ret_reason)
{
        while (text->at < text->end) {
                const char *stop = memchr(text->at, '\n', (size_t)(text->end - text->at));
                struct span s = unwrapped((struct span){text->at, stop ? stop : text->end}, &text->is_html);

                text->at = stop ? stop + 1 : text->end;
                text->line++;
                if (s.at == s.end || *s.at == '#')
                        continue;
                ret->line = text->line;
                return take_line(s, text->is_html, ret, ret_reason);
        }
        return 0;
}

bool settings_text_is(const char *text, size_t size)
{
        struct settings_text copy = settings_text_of(text, size);
        static struct settings_text_line line;
        const char *reason;

        return settings_text_next(&copy, &line, &reason) == 1;
}
