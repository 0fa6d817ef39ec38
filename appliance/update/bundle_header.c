/*
 * bundle_header: the header of a member of a bundle, in the one form it has.
 *
 * In:   512 bytes, the name that is expected.
 * Out:  the member's size, or a refusal.
 * Not:  no second form: what a header could say besides (links, owners, longer names) is refused by its mere presence.
 */
#include "appliance/update/bundle_header.h"

#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

#define NAME_SIZE 100
#define SIZE_DIGITS 11
#define SIZE_AT 124
#define SUM_AT 148

static int64_t octal(struct cursor c)
{
        int64_t value = 0;

        while (cursor_left(&c)) {
                uint8_t digit = cursor_u8(&c);

                if (digit < '0' || digit > '7')
                        return -1;
                value = value << 3 | (digit - '0');
        }
        return value;
}

int bundle_header_build(const char *name, int64_t size, uint8_t ret[static BUNDLE_BLOCK])
{
        struct writer w = writer_of(ret, BUNDLE_BLOCK);
        uint32_t sum = 0;

        if (strlen(name) >= NAME_SIZE || size < 0 || size >= 1LL << 33)
                return PV_ETOOLARGE;
        writer_text(&w, name);
        writer_zeros(&w, NAME_SIZE - strlen(name));
        writer_bytes(&w, "0000644\0" "0000000\0" "0000000\0", 24);
        uint8_t digits[SIZE_DIGITS];
        for (int i = SIZE_DIGITS - 1; i >= 0; i--, size >>= 3)
                digits[i] = (uint8_t)('0' + (size & 7));
        writer_bytes(&w, digits, sizeof digits);
        writer_bytes(&w, "\0" "00000000000\0" "        " "0", 22);
        writer_zeros(&w, NAME_SIZE);
        writer_bytes(&w, "ustar\0" "00", 8);
        writer_zeros(&w, writer_left(&w));
        for (size_t i = 0; i < BUNDLE_BLOCK; i++)
                sum += ret[i];
        for (int i = 5; i >= 0; i--, sum >>= 3)
                ret[SUM_AT + i] = (uint8_t)('0' + (sum & 7));
        ret[SUM_AT + 6] = 0;
        return w.error;
}

int bundle_header_parse(const uint8_t block[static BUNDLE_BLOCK], const char *name, int64_t *ret_size)
{
        uint8_t expected[BUNDLE_BLOCK];
        int64_t size = octal(cursor_of(block + SIZE_AT, SIZE_DIGITS));

        if (size < 0 || bundle_header_build(name, size, expected) < 0 || memcmp(expected, block, BUNDLE_BLOCK) != 0)
                return PV_EMALFORMED;
        *ret_size = size;
        return 0;
}
