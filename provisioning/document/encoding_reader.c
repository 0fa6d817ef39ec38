/*
 * encoding_reader: foreign text files as UTF-8.
 *
 * In:   the bytes of a file, any bytes at all.
 * Out:  clean UTF-8, or a sentence that says what is wrong where.
 * Not:  no iconv (it would open files by names that stand in the input), no XML parser.
 */
#include "provisioning/document/encoding_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DECLARATION_MAX 256

enum encoding { UTF_8, UTF_16_LE, UTF_16_BE, LATIN };

/* What stands at 0x80 to 0x9f in Windows-1252; 0: nothing. */
static const uint16_t windows_1252[32] = {
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
        0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

struct source {
        const uint8_t *at, *end;
        enum encoding encoding;
        bool is_strict;         /* UTF-8 was claimed: anything else is an error */
};

/* --- which encoding ---------------------------------------------------------- */

static bool begins(const struct source *s, const char *bytes, size_t size)
{
        return (size_t)(s->end - s->at) >= size && memcmp(s->at, bytes, size) == 0;
}

static int refuse(struct encoding_reader_problem *problem, unsigned line, const char *reason)
{
        problem->line = line;
        (void)snprintf(problem->reason, sizeof problem->reason, "%s", reason);
        return PV_EREFUSED;
}

/* By byte order mark, or by how "<?xm" and "<set" look without one. */
static int take_mark(struct source *s, struct encoding_reader_problem *problem)
{
        static const char other[] = "this is UTF-16 without byte order mark, UTF-32 or EBCDIC; save the file as UTF-8";

        if (begins(s, "\xff\xfe\0\0", 4) || begins(s, "\0\0\xfe\xff", 4))
                return refuse(problem, 0, other);
        if (begins(s, "\xef\xbb\xbf", 3)) {
                s->at += 3;
                s->is_strict = true;
        } else if (begins(s, "\xff\xfe", 2) || begins(s, "\xfe\xff", 2)) {
                s->encoding = s->at[0] == 0xff ? UTF_16_LE : UTF_16_BE;
                s->at += 2;
        } else if (begins(s, "<\0", 2) || begins(s, "\0", 1) || begins(s, "\x4c\x6f\xa7\x94", 4)) {
                return refuse(problem, 0, other);
        }
        return 0;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* `name = "value"` of a declaration: 1 taken, 0 another name or the end, -1 broken. */
static int declared(const char **at, const char *end, const char *name, char *ret, size_t size)
{
        const char *p = *at, *start;
        char quote;

        while (p < end && is_blank(*p))
                p++;
        if ((size_t)(end - p) < strlen(name) || memcmp(p, name, strlen(name)) != 0)
                return 0;
        if (p == *at)
                return -1;
        p += strlen(name);
        while (p < end && is_blank(*p))
                p++;
        if (p == end || *p++ != '=')
                return -1;
        while (p < end && is_blank(*p))
                p++;
        if (p == end || (*p != '"' && *p != '\''))
                return -1;
        quote = *p++;
        start = p;
        while (p < end && *p != quote)
                p++;
        if (p == end || (size_t)(p - start) >= size || p == start)
                return -1;
        memcpy(ret, start, (size_t)(p - start));
        ret[p - start] = 0;
        *at = p + 1;
        return 1;
}

struct declaration {
        size_t size;                    /* of the declaration; 0: none */
        char encoding[32];              /* "" not said */
};

/* `<?xml version="1.0" encoding="..." standalone="yes"?>` (XML 1.0, 2.8), at the very start or not at all. */
static int read_declaration(const char *text, size_t size, struct declaration *ret, struct encoding_reader_problem *problem)
{
        char version[16] = "", standalone[8] = "yes";
        const char *at = text + 5, *end;

        *ret = (struct declaration){0};
        if (size < 6 || memcmp(text, "<?xml", 5) != 0 || !is_blank(text[5]))
                return 0;
        end = memmem(text, size < DECLARATION_MAX ? size : DECLARATION_MAX, "?>", 2);
        if (end) {
                int a = declared(&at, end, "version", version, sizeof version);
                int b = declared(&at, end, "encoding", ret->encoding, sizeof ret->encoding);
                int c = declared(&at, end, "standalone", standalone, sizeof standalone);

                while (at < end && is_blank(*at))
                        at++;
                ret->size = (size_t)(end - text) + 2;
                if (at == end && a > 0 && b >= 0 && c >= 0 && memcmp(version, "1.", 2) == 0 && version[2] &&
                    strspn(version + 2, "0123456789") == strlen(version + 2) &&
                    (strcmp(standalone, "yes") == 0 || strcmp(standalone, "no") == 0))
                        return 0;
        }
        (void)refuse(problem, 1, "the XML declaration is broken; it should read <?xml version=\"1.0\" encoding=\"utf-8\"?>");
        return PV_EMALFORMED;
}

static int take_declared(struct source *s, const char *name, struct encoding_reader_problem *problem)
{
        static const char *const latin[] = {"iso-8859-1", "latin1", "windows-1252", "cp1252"};

        if (!*name)
                return 0;
        if (strcasecmp(name, "utf-16") == 0 && s->encoding != UTF_8)
                return 0;
        if ((strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "us-ascii") == 0) && s->encoding == UTF_8)
                return 0;
        for (size_t i = 0; i < sizeof latin / sizeof latin[0]; i++)
                if (strcasecmp(name, latin[i]) == 0 && s->encoding == UTF_8 && !s->is_strict) {
                        s->encoding = LATIN;
                        return 0;
                }
        return refuse(problem, 1, "the encoding that the XML declaration names is none of utf-8, iso-8859-1 and windows-1252, or "
                                  "not the one the file has; save the file as UTF-8");
}

/* --- one character ----------------------------------------------------------- */

/* -1: no character of this encoding stands here. */
static int32_t next_utf8(struct source *s)
{
        static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        uint8_t first = *s->at;
        size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
        int32_t value = first & (size > 1 ? 0x7f >> size : 0x7f);

        if (!size || first > 0xf4 || (size_t)(s->end - s->at) < size)
                return -1;
        for (size_t i = 1; i < size; i++) {
                if ((s->at[i] & 0xc0) != 0x80)
                        return -1;
                value = value << 6 | (s->at[i] & 0x3f);
        }
        if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
                return -1;
        s->at += size;
        return value;
}

static int32_t unit_utf16(const struct source *s, size_t i)
{
        const uint8_t *p = s->at + 2 * i;

        if ((size_t)(s->end - s->at) < 2 * i + 2)
                return -1;
        return s->encoding == UTF_16_LE ? p[1] << 8 | p[0] : p[0] << 8 | p[1];
}

static int32_t next_utf16(struct source *s)
{
        int32_t high = unit_utf16(s, 0), low;

        if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
                return -1;
        if (high < 0xd800 || high > 0xdbff) {
                s->at += 2;
                return high;
        }
        low = unit_utf16(s, 1);
        if (low < 0xdc00 || low > 0xdfff)
                return -1;
        s->at += 4;
        return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static int32_t next_latin(struct source *s)
{
        uint8_t byte = *s->at++;

        return byte >= 0x80 && byte < 0xa0 ? (windows_1252[byte - 0x80] ? windows_1252[byte - 0x80] : -1) : byte;
}

static int32_t next(struct source *s)
{
        return s->encoding == UTF_8 ? next_utf8(s) : s->encoding == LATIN ? next_latin(s) : next_utf16(s);
}

static char *put(char *at, int32_t c)
{
        if (c < 0x80) {
                *at++ = (char)c;
        } else if (c < 0x800) {
                *at++ = (char)(0xc0 | c >> 6);
                *at++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
                *at++ = (char)(0xe0 | c >> 12);
                *at++ = (char)(0x80 | (c >> 6 & 0x3f));
                *at++ = (char)(0x80 | (c & 0x3f));
        } else {
                *at++ = (char)(0xf0 | c >> 18);
                *at++ = (char)(0x80 | (c >> 12 & 0x3f));
                *at++ = (char)(0x80 | (c >> 6 & 0x3f));
                *at++ = (char)(0x80 | (c & 0x3f));
        }
        return at;
}

/* --- the whole text ---------------------------------------------------------- */

/* XML 1.0 allows neither NUL nor other control characters, and no file of text needs them. */
static bool is_text(int32_t c)
{
        return c >= 0x20 ? c != 0x7f && c != 0xfffe && c != 0xffff : c == '\t' || c == '\n';
}

static int convert(struct source *s, char *text, size_t *ret_size, struct encoding_reader_problem *problem)
{
        unsigned line = 1;
        char *at = text;

        while (s->at < s->end) {
                int32_t c = next(s);

                if (c == '\r') {
                        const uint8_t *here = s->at;

                        c = '\n';
                        if (s->at < s->end && next(s) != '\n')
                                s->at = here;
                }
                if (c < 0 || !is_text(c)) {
                        (void)refuse(problem, line, c < 0 ? "there is a byte that is no character of this encoding; save the file as UTF-8"
                                                          : "there is a control character, which no settings file may hold; remove it");
                        return PV_EMALFORMED;
                }
                line += c == '\n';
                at = put(at, c);
        }
        *at = 0;
        *ret_size = (size_t)(at - text);
        return 0;
}

static bool is_utf8(struct source s)
{
        while (s.at < s.end)
                if (next_utf8(&s) < 0)
                        return false;
        return true;
}

static void blank(char *text, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (text[i] != '\n')
                        text[i] = ' ';
}

/* The declaration is in ASCII in every encoding taken here but UTF-16, which is converted first. */
static int settle(enum encoding_reader_kind kind, struct source *s, struct encoding_reader_problem *problem)
{
        struct declaration declaration;
        int r;

        if (kind == ENCODING_READER_PLAIN) {
                if (s->encoding == UTF_8 && !s->is_strict && !is_utf8(*s))
                        s->encoding = LATIN;
                return 0;
        }
        if (s->encoding != UTF_8)
                return 0;
        r = read_declaration((const char *)s->at, (size_t)(s->end - s->at), &declaration, problem);
        return r ? r : take_declared(s, declaration.encoding, problem);
}

static int drop_declaration(const struct source *s, char *text, size_t size, struct encoding_reader_problem *problem)
{
        struct source as_read = *s;
        struct declaration declaration;
        int r = read_declaration(text, size, &declaration, problem);

        if (!r && s->encoding != LATIN)
                r = take_declared(&as_read, declaration.encoding, problem);
        if (!r)
                blank(text, declaration.size);
        return r;
}

int encoding_reader_read(enum encoding_reader_kind kind, const void *bytes, size_t size, char **ret_text, size_t *ret_size,
                         struct encoding_reader_problem *ret_problem)
{
        struct source s = {.at = bytes, .end = (const uint8_t *)bytes + size};
        size_t room, text_size = 0;
        char *text;
        int r;

        if (size > ENCODING_READER_MAX) {
                (void)refuse(ret_problem, 0, "the file is larger than 8 MiB; import it in parts");
                return PV_ETOOLARGE;
        }
        r = take_mark(&s, ret_problem);
        if (!r)
                r = settle(kind, &s, ret_problem);
        if (r)
                return r;
        room = (s.encoding == UTF_8 ? 1 : s.encoding == LATIN ? 3 : 2) * (size_t)(s.end - s.at) + 1;
        text = malloc(room);
        if (!text)
                return PV_ENOMEM;
        r = convert(&s, text, &text_size, ret_problem);
        if (!r && kind == ENCODING_READER_XML)
                r = drop_declaration(&s, text, text_size, ret_problem);
        if (r) {
                encoding_reader_free(text, room);
                return r;
        }
        *ret_text = text;
        *ret_size = text_size;
        return 0;
}

void encoding_reader_free(char *text, size_t size)
{
        if (!text)
                return;
        explicit_bzero(text, size);
        free(text);
}
