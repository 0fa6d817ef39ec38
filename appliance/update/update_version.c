/*
 * update_version: versions, and which is newer.
 *
 * In:   texts of manifests, of partition names and of file names.
 * Out:  whether it is a version; their order.
 * Not:  no names around them (see uki_name).
 */
#include "appliance/update/update_version.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 9

bool update_version_is(const char *text)
{
        size_t digits = 0;

        if (!text || strlen(text) >= UPDATE_VERSION_SIZE)
                return false;
        for (const char *c = text; *c; c++) {
                if (*c == '.' ? digits == 0 : *c < '0' || *c > '9' || digits == DIGITS_MAX)
                        return false;
                digits = *c == '.' ? 0 : digits + 1;
        }
        return digits > 0;
}

int update_version_compare(const char *a, const char *b)
{
        bool is_a = update_version_is(a), is_b = update_version_is(b);

        if (!is_a || !is_b)
                return (int)is_a - (int)is_b;
        while (*a && *b) {
                char *end_a, *end_b;
                unsigned long number_a = strtoul(a, &end_a, 10), number_b = strtoul(b, &end_b, 10);

                if (number_a != number_b)
                        return number_a < number_b ? -1 : 1;
                a = end_a + (*end_a == '.');
                b = end_b + (*end_b == '.');
        }
        return (*a != 0) - (*b != 0);
}
