#ifndef PROVOST_BASE_TEXT_H
#define PROVOST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_equal(const char *a, const char *b);          /* NULL equals only NULL */
bool text_starts(const char *text, const char *prefix);
bool text_is_printable(const char *text);               /* no control characters, valid UTF-8 */
/* Decimal without sign, blank or surplus: the whole text. PV_EMALFORMED, PV_ETOOLARGE above max. */
int text_to_u32(const char *text, uint32_t max, uint32_t *ret_value);
/* "a.b.c.d" to and from host-order numbers. PV_EMALFORMED otherwise. */
int text_to_ipv4(const char *text, uint32_t *ret_address);
#define TEXT_IPV4_SIZE 16
char *text_from_ipv4(uint32_t address, char ret[static TEXT_IPV4_SIZE]);
/* "a.b.c.d/n" to address and prefix length (0..32). */
int text_to_ipv4_prefix(const char *text, uint32_t *ret_address, unsigned *ret_prefix);
uint32_t text_ipv4_mask(unsigned prefix);
/* Copies with NUL. PV_ETOOLARGE when it does not fit (nothing is written then). */
int text_copy(char *ret, size_t size, const char *text);
/* Foreign text made fit for one log line or terminal cell: control bytes, quotes, backslash and
 * bytes that are not UTF-8 become \xNN; cut with "..." when it does not fit. Returns ret. */
char *text_escape(char *ret, size_t size, const void *data, size_t data_size);
/* `size` bytes as lower-case hex; ret has room for 2 * size + 1. */
char *text_hex(char *ret, const void *data, size_t size);

#endif
