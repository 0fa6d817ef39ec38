/*
 * source: trusted provisioning sources.
 *
 * In:   URLs, of the admin and of anyone.
 * Out:  the parts of a URL, or a refusal; whether one lies under another.
 * Not:  no list (the store has it), no name resolution.
 *
 * A host that is not a dotted address must not look like a number either: "0x7f.1"
 * or "2130706433" is an address to some readers and a name to others.
 */
#include "provisioning/model/source.h"

#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

static bool is_digit(uint8_t c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static uint8_t lower(uint8_t c)
{
        return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static int hex_value(uint8_t c)
{
        c = lower(c);
        return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint8_t peek(const struct cursor *c)
{
        struct cursor ahead = *c;

        return cursor_u8(&ahead);
}

static int read_scheme(struct cursor *c, struct source_url *url)
{
        char scheme[8];
        struct cursor part = cursor_until(c, ':', 5);

        if (c->error || cursor_to_text(&part, scheme, sizeof scheme) < 0)
                return PV_EMALFORMED;
        for (char *p = scheme; *p; p++)
                *p = (char)lower((uint8_t)*p);
        if (!text_equal(scheme, "https") && !text_equal(scheme, "http"))
                return PV_EREFUSED;
        if (cursor_u8(c) != '/' || cursor_u8(c) != '/')
                return PV_EMALFORMED;
        (void)text_copy(url->scheme, sizeof url->scheme, scheme);
        url->port = text_equal(scheme, "https") ? 443 : 80;
        return 0;
}

/* Letters, digits, '-' and single dots, as RFC 1123 has it; all-numeric last labels only as a dotted address. */
static int check_host(const char *host)
{
        const char *last = strrchr(host, '.');
        uint32_t address;
        size_t label = 0;

        for (const char *p = host;; p++) {
                uint8_t c = (uint8_t)*p;

                if (c == 0 || c == '.') {
                        if (label == 0 || label > 63 || p[-1] == '-')
                                return PV_EMALFORMED;
                        label = 0;
                        if (c == 0)
                                break;
                        continue;
                }
                if (!is_letter(c) && !is_digit(c) && (c != '-' || label == 0))
                        return PV_EMALFORMED;
                label++;
        }
        last = last ? last + 1 : host;
        if (is_digit((uint8_t)*last))
                return text_to_ipv4(host, &address);
        return 0;
}

static int read_host(struct cursor *c, struct source_url *url)
{
        struct writer w = writer_of(url->host, sizeof url->host - 1);
        int r;

        while (!cursor_at_end(c) && peek(c) != ':' && peek(c) != '/')
                writer_u8(&w, lower(cursor_u8(c)));
        url->host[writer_used(&w)] = 0;
        if (w.error)
                return w.error;
        if (strlen(url->host) != writer_used(&w))
                return PV_EMALFORMED;
        r = check_host(url->host);
        return r;
}

static int read_port(struct cursor *c, struct source_url *url)
{
        uint32_t port = 0;
        unsigned n_digits = 0;

        if (peek(c) != ':')
                return 0;
        cursor_skip(c, 1);
        for (; is_digit(peek(c)) && n_digits < 5; n_digits++)
                port = port * 10 + (uint32_t)(cursor_u8(c) - '0');
        if (!n_digits || port == 0 || port > 65535)
                return PV_EMALFORMED;
        url->port = (uint16_t)port;
        return 0;
}

/* Bytes of a path as they are sent: no blank, control, non-ASCII, backslash, query or fragment mark. */
static bool is_path_byte(uint8_t c)
{
        return c > 0x20 && c < 0x7f && c != '\\' && c != '#' && c != '?' && c != '"' && c != '<' && c != '>' &&
               c != '^' && c != '`' && c != '|';
}

/* "%2f", "%2e", "%5c", "%00" and other control bytes change what the path means to the next reader. */
static int check_percent(const struct cursor *c)
{
        struct cursor ahead = *c;
        int high = hex_value(cursor_u8(&ahead)), low = hex_value(cursor_u8(&ahead)), value = high * 16 + low;

        if (ahead.error || high < 0 || low < 0)
                return PV_EMALFORMED;
        if (value < 0x20 || value >= 0x7f || value == '/' || value == '.' || value == '\\' || value == '%')
                return PV_EREFUSED;
        return 0;
}

/* One segment, without its slashes. "" is allowed for the last one only. */
static int check_segment(const char *segment, size_t size, bool is_last)
{
        if (size == 0)
                return is_last ? 0 : PV_EREFUSED;
        if ((size == 1 && segment[0] == '.') || (size == 2 && segment[0] == '.' && segment[1] == '.'))
                return PV_EREFUSED;
        return 0;
}

static int check_segments(const char *path)
{
        for (const char *at = path + 1;; ) {
                const char *slash = strchr(at, '/');
                int r = check_segment(at, slash ? (size_t)(slash - at) : strlen(at), !slash);

                if (r < 0 || !slash)
                        return r;
                at = slash + 1;
        }
}

static int read_path(struct cursor *c, struct source_url *url)
{
        struct writer w = writer_of(url->path, sizeof url->path - 1);

        if (cursor_at_end(c)) {
                (void)text_copy(url->path, sizeof url->path, "/");
                return 0;
        }
        while (!cursor_at_end(c)) {
                uint8_t byte = cursor_u8(c);

                if (!is_path_byte(byte))
                        return PV_EREFUSED;
                int r = byte == '%' ? check_percent(c) : 0;
                if (r < 0)
                        return r;
                writer_u8(&w, byte);
        }
        url->path[writer_used(&w)] = 0;
        if (w.error)
                return w.error;
        return url->path[0] == '/' ? check_segments(url->path) : PV_EMALFORMED;
}

int source_url_parse(const char *text, struct source_url *ret_url)
{
        struct cursor c = cursor_of_text(text);
        struct source_url url = {0};
        int r;

        if (cursor_left(&c) >= SOURCE_URL_MAX)
                return PV_ETOOLARGE;
        r = read_scheme(&c, &url);
        if (r == 0)
                r = read_host(&c, &url);
        if (r == 0)
                r = read_port(&c, &url);
        if (r == 0)
                r = read_path(&c, &url);
        if (r == 0)
                *ret_url = url;
        return r;
}

bool source_url_is_under(const struct source_url *url, const struct source_url *source)
{
        size_t size = strlen(source->path);

        if (!text_equal(url->scheme, source->scheme) || !text_equal(url->host, source->host) || url->port != source->port ||
            !text_starts(url->path, source->path))
                return false;
        return source->path[size - 1] == '/' || url->path[size] == 0 || url->path[size] == '/';
}
