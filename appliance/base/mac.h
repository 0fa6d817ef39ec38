#ifndef PROVOST_BASE_MAC_H
#define PROVOST_BASE_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAC_SIZE 6
#define MAC_TEXT_SIZE 13        /* 12 lower-case hex digits and the NUL */

/* A 48-bit Ethernet address. Everywhere in Provost its text form is 12 lower-case hex digits without separators. */
struct mac {
        uint8_t bytes[MAC_SIZE];
};

/*
 * Reads 000413aabbcc, 000413AABBCC, 00:04:13:aa:bb:cc, 00-04-13-AA-BB-CC or
 * 0004.13aa.bbcc: `size` bytes, nothing before or after. PV_EMALFORMED for
 * anything else (mixed separators too), PV_EREFUSED for a group address or all zeros.
 */
int mac_parse(const char *text, size_t size, struct mac *ret_mac);
int mac_parse_text(const char *text, struct mac *ret_mac);
/* Writes 12 lower-case hex digits; returns ret. */
char *mac_format(const struct mac *mac, char ret[static MAC_TEXT_SIZE]);
/* The same in upper case, as Snom phones write it in URLs (snom.md 3.2). */
char *mac_format_upper(const struct mac *mac, char ret[static MAC_TEXT_SIZE]);
bool mac_equal(const struct mac *a, const struct mac *b);

#endif
