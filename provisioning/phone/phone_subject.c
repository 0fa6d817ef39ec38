/*
 * phone_subject: the subject of a phone's certificate.
 *
 * In:   a distinguished name as nginx passes it on; whoever made the certificate chose its bytes.
 * Out:  the one MAC it speaks for.
 * Not:  no chain: nginx verified it or said that it did not.
 */
#include "provisioning/phone/phone_subject.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

#define SUBJECT_MAX_BYTES 512
#define TYPE_SIZE 65

static bool is_type(uint8_t c)
{
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
}

static int hex_digit(uint8_t c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int take_type(struct cursor *c, char ret[static TYPE_SIZE])
{
        struct cursor type = cursor_until(c, '=', TYPE_SIZE - 1);

        if (c->error || cursor_at_end(&type))
                return PV_EMALFORMED;
        for (struct cursor at = type; !cursor_at_end(&at);)
                if (!is_type(cursor_u8(&at)))
                        return PV_EMALFORMED;
        return cursor_to_text(&type, ret, TYPE_SIZE);
}

/* After a backslash: a special character as it is, or two hex digits. */
static int take_escape(struct cursor *c, uint8_t *ret_byte)
{
        uint8_t first = cursor_u8(c);
        int high = hex_digit(first), low;

        if (c->error)
                return PV_EMALFORMED;
        if (high < 0) {
                *ret_byte = first;
                return strchr(",+\"\\<>;# =", first) && first ? 0 : PV_EMALFORMED;
        }
        low = hex_digit(cursor_u8(c));
        *ret_byte = (uint8_t)(high << 4 | (low & 15));
        return low < 0 || c->error ? PV_EMALFORMED : 0;
}

/* One value up to the next ',' or the end; ret_more says which. What does not fit the writer is no MAC, but still read. */
static int take_value(struct cursor *c, struct writer *w, bool *ret_more)
{
        *ret_more = false;
        while (!cursor_at_end(c)) {
                uint8_t byte = cursor_u8(c);

                if (byte == ',') {
                        *ret_more = true;
                        return 0;
                }
                if (byte < ' ' || byte >= 0x7f || strchr("+\"<>;", byte))
                        return PV_EMALFORMED;
                if (byte == '\\' && take_escape(c, &byte))
                        return PV_EMALFORMED;
                writer_u8(w, byte);
        }
        return 0;
}

int phone_subject_mac(const char *subject, size_t size, struct mac *ret_mac)
{
        struct cursor c = cursor_of(subject, size);
        struct mac mac;
        unsigned n_names = 0;
        bool more = true, is_mac = false;

        if (size > SUBJECT_MAX_BYTES)
                return PV_ETOOLARGE;
        while (more) {
                char type[TYPE_SIZE];
                uint8_t value[12];
                struct writer w = writer_of(value, sizeof value);
                bool encoded;
                int r = take_type(&c, type);

                if (r)
                        return r;
                encoded = !cursor_at_end(&c) && *c.at == '#';
                r = take_value(&c, &w, &more);
                if (r)
                        return r;
                if (strcasecmp(type, "CN") != 0 && strcasecmp(type, "commonName") != 0 &&
                    strcmp(type, "2.5.4.3") != 0 && strcasecmp(type, "OID.2.5.4.3") != 0)
                        continue;
                n_names++;
                is_mac = !strcmp(type, "CN") && !encoded && !w.error && writer_used(&w) == sizeof value &&
                         !mac_parse((const char *)value, sizeof value, &mac);
        }
        if (n_names == 0)
                return PV_EUNSET;
        if (n_names > 1 || !is_mac)
                return PV_EREFUSED;
        *ret_mac = mac;
        return 0;
}
