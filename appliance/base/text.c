/*
 * text: small readers and makers of text.
 *
 * In:   texts, also foreign ones.
 * Out:  numbers, addresses, escaped text, or a pv_error.
 * Not:  no allocation, no locale.
 */
#include "appliance/base/text.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/error.h"

bool text_equal(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_starts(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Bytes of the UTF-8 character at `p` (`left` are there), 0 when there is none (RFC 3629). */
static size_t utf8_size(const uint8_t *p, size_t left)
{
        static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        size_t size = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
        uint32_t value;

        if (size <= 1)
                return size;
        if (size > left || p[0] > 0xf4)
                return 0;
        value = p[0] & (0x7fu >> size);
        for (size_t i = 1; i < size; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                value = value << 6 | (p[i] & 0x3f);
        }
        return value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? 0 : size;
}

/* The same, 0 also for control characters (C0, DEL, C1) and the bidirectional overrides. */
static size_t printable_size(const uint8_t *p, size_t left)
{
        size_t size = utf8_size(p, left);

        if (size == 1 && (p[0] < 0x20 || p[0] == 0x7f))
                return 0;
        if (size == 2 && p[0] == 0xc2 && p[1] < 0xa0)
                return 0;
        if (size == 3 && p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
                                          (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
                return 0;
        return size;
}

bool text_is_printable(const char *text)
{
        const uint8_t *p = (const uint8_t *)text;
        size_t left = strlen(text), size;

        for (; left; p += size, left -= size) {
                size = printable_size(p, left);
                if (!size)
                        return false;
        }
        return true;
}

int text_to_u32(const char *text, uint32_t max, uint32_t *ret_value)
{
        uint64_t value = 0;

        if (!*text)
                return PV_EMALFORMED;
        for (const char *p = text; *p; p++)
                if (*p < '0' || *p > '9')
                        return PV_EMALFORMED;
        for (const char *p = text; *p; p++) {
                value = value * 10 + (uint64_t)(*p - '0');
                if (value > max)
                        return PV_ETOOLARGE;
        }
        *ret_value = (uint32_t)value;
        return 0;
}

int text_to_ipv4(const char *text, uint32_t *ret_address)
{
        uint32_t address = 0;
        const char *p = text;

        for (int i = 0; i < 4; i++) {
                unsigned value = 0, n_digits = 0;

                if (i && *p++ != '.')
                        return PV_EMALFORMED;
                for (; *p >= '0' && *p <= '9' && n_digits < 3; p++, n_digits++)
                        value = value * 10 + (unsigned)(*p - '0');
                /* A leading zero means octal to some readers: refuse it. */
                if (!n_digits || value > 255 || (n_digits > 1 && p[-(int)n_digits] == '0'))
                        return PV_EMALFORMED;
                address = address << 8 | value;
        }
        if (*p)
                return PV_EMALFORMED;
        *ret_address = address;
        return 0;
}

char *text_from_ipv4(uint32_t address, char ret[static TEXT_IPV4_SIZE])
{
        (void)snprintf(ret, TEXT_IPV4_SIZE, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
                       address >> 8 & 255, address & 255);
        return ret;
}

int text_to_ipv4_prefix(const char *text, uint32_t *ret_address, unsigned *ret_prefix)
{
        const char *slash = strchr(text, '/');
        char address_text[TEXT_IPV4_SIZE];
        uint32_t address, prefix;

        if (!slash || (size_t)(slash - text) >= sizeof address_text)
                return PV_EMALFORMED;
        memcpy(address_text, text, (size_t)(slash - text));
        address_text[slash - text] = 0;
        if (text_to_ipv4(address_text, &address) < 0 || strlen(slash + 1) > 2 ||
            (slash[1] == '0' && slash[2]) || text_to_u32(slash + 1, 32, &prefix) < 0)
                return PV_EMALFORMED;
        *ret_address = address;
        *ret_prefix = prefix;
        return 0;
}

uint32_t text_ipv4_mask(unsigned prefix)
{
        return prefix == 0 ? 0 : prefix >= 32 ? UINT32_MAX : UINT32_MAX << (32 - prefix);
}

int text_copy(char *ret, size_t size, const char *text)
{
        size_t length = strlen(text);

        if (length >= size)
                return PV_ETOOLARGE;
        memcpy(ret, text, length + 1);
        return 0;
}

char *text_escape(char *ret, size_t size, const void *data, size_t data_size)
{
        const uint8_t *p = data, *end = p + data_size;
        size_t used = 0, cut = 0;       /* cut: how much stays when "..." must follow */

        if (!size)
                return ret;
        while (p < end) {
                size_t n = printable_size(p, (size_t)(end - p));
                char piece[8];

                if (!n || *p == '"' || *p == '\'' || *p == '\\') {
                        (void)snprintf(piece, sizeof piece, "\\x%02x", *p);
                        n = 1;
                } else {
                        memcpy(piece, p, n);
                        piece[n] = 0;
                }
                size_t length = strlen(piece);
                if (used + length >= size) {
                        size_t n_dots = size - 1 - cut < 3 ? size - 1 - cut : 3;
                        memcpy(ret + cut, "...", n_dots);
                        ret[cut + n_dots] = 0;
                        return ret;
                }
                memcpy(ret + used, piece, length);
                used += length;
                p += n;
                if (used + 3 < size)
                        cut = used;
        }
        ret[used] = 0;
        return ret;
}

char *text_hex(char *ret, const void *data, size_t size)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *p = data;

        for (size_t i = 0; i < size; i++) {
                ret[2 * i] = digits[p[i] >> 4];
                ret[2 * i + 1] = digits[p[i] & 15];
        }
        ret[2 * size] = 0;
        return ret;
}
