/*
 * mac: Ethernet addresses from and to text.
 *
 * In:   foreign text in one of five spellings.
 * Out:  a struct mac, or its one text form.
 * Not:  no vendor knowledge.
 */
#include "appliance/base/mac.h"

#include <string.h>

#include "appliance/base/error.h"
#include "appliance/base/text.h"

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* How many digits stand between separators for this length; the separator by the same way. 0: no such spelling. */
static size_t group_of(const char *text, size_t size, char *ret_separator)
{
        *ret_separator = 0;
        if (size == 12)
                return 12;
        if (size == 17 && (text[2] == ':' || text[2] == '-')) {
                *ret_separator = text[2];
                return 2;
        }
        if (size == 14 && text[4] == '.') {
                *ret_separator = '.';
                return 4;
        }
        return 0;
}

int mac_parse(const char *text, size_t size, struct mac *ret_mac)
{
        struct mac mac = {0};
        static const struct mac zeros;
        char separator;
        size_t group = group_of(text, size, &separator);
        size_t n_digits = 0;

        if (!group)
                return PV_EMALFORMED;
        for (size_t i = 0; i < size; i++) {
                if (separator && i % (group + 1) == group) {
                        if (text[i] != separator)
                                return PV_EMALFORMED;
                        continue;
                }
                int digit = hex_digit(text[i]);
                if (digit < 0)
                        return PV_EMALFORMED;
                mac.bytes[n_digits / 2] = (uint8_t)(mac.bytes[n_digits / 2] << 4 | digit);
                n_digits++;
        }
        if (mac.bytes[0] & 1 || mac_equal(&mac, &zeros))
                return PV_EREFUSED;
        *ret_mac = mac;
        return 0;
}

int mac_parse_text(const char *text, struct mac *ret_mac)
{
        return mac_parse(text, strlen(text), ret_mac);
}

char *mac_format(const struct mac *mac, char ret[static MAC_TEXT_SIZE])
{
        return text_hex(ret, mac->bytes, MAC_SIZE);
}

char *mac_format_upper(const struct mac *mac, char ret[static MAC_TEXT_SIZE])
{
        mac_format(mac, ret);
        for (char *p = ret; *p; p++)
                if (*p >= 'a')
                        *p = (char)(*p - 'a' + 'A');
        return ret;
}

bool mac_equal(const struct mac *a, const struct mac *b)
{
        return memcmp(a->bytes, b->bytes, MAC_SIZE) == 0;
}
