/*
 * uri: escapes in paths and queries.
 *
 * In:   raw text of a request, any bytes.
 * Out:  decoded texts.
 * Not:  no meaning, no UTF-8 (see field).
 */
#include "provisioning/admin/uri.h"

#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

static int digit(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uri_decode(const char *raw, size_t size, bool plus_is_blank, char *ret, size_t ret_size)
{
        struct cursor in = cursor_of(raw, size);
        struct writer out = writer_of(ret, ret_size);

        while (cursor_left(&in) > 0) {
                uint8_t c = cursor_u8(&in);

                if (c == '%') {
                        int high = digit(cursor_u8(&in)), low = digit(cursor_u8(&in));

                        if (in.error || high < 0 || low < 0)
                                return PV_EMALFORMED;
                        c = (uint8_t)(high << 4 | low);
                } else if (c == '+' && plus_is_blank) {
                        c = ' ';
                }
                if (c == 0)
                        return PV_EMALFORMED;
                writer_u8(&out, c);
        }
        return writer_finish_text(&out);
}

int uri_next(const char **at, struct uri_pair *ret_pair)
{
        size_t size, name_size;
        const char *equals;
        int r;

        while (**at == '&')
                (*at)++;
        if (!**at)
                return 0;
        size = strcspn(*at, "&");
        equals = memchr(*at, '=', size);
        name_size = equals ? (size_t)(equals - *at) : size;
        r = uri_decode(*at, name_size, true, ret_pair->name, sizeof ret_pair->name);
        if (!r)
                r = uri_decode(equals ? equals + 1 : "", equals ? size - name_size - 1 : 0, true, ret_pair->value, sizeof ret_pair->value);
        *at += size;
        return r ? r : 1;
}
