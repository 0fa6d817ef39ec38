#ifndef PROVOST_BASE_CURSOR_H
#define PROVOST_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A read position in foreign bytes. It borrows them; nothing is allocated.
 * A read past the end sets `error` (PV_EMALFORMED) and returns zeros from then
 * on: read five fields, test `error` once. Numbers are in network order.
 */
struct cursor {
        const uint8_t *at;
        const uint8_t *end;
        int error;              /* 0 or a pv_error; sticky */
};

struct cursor cursor_of(const void *data, size_t size);
struct cursor cursor_of_text(const char *text);         /* without the NUL */
size_t cursor_left(const struct cursor *c);             /* 0 once the error is set */
bool cursor_at_end(const struct cursor *c);
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
void cursor_skip(struct cursor *c, size_t size);
/* Copies exactly `size` bytes; zeroes `ret` when they are not there. */
void cursor_bytes(struct cursor *c, void *ret, size_t size);
/* A cursor over the next `size` bytes, which are consumed; it cannot see past them. */
struct cursor cursor_sub(struct cursor *c, size_t size);
/* Bytes up to (without) `stop`, which is consumed too. PV_EMALFORMED when `stop` is not among the next max + 1 bytes. */
struct cursor cursor_until(struct cursor *c, uint8_t stop, size_t max);
/* 0 when everything was consumed without error, else the error or PV_EMALFORMED for left-over bytes. */
int cursor_finish(const struct cursor *c);
/* True when the bytes left are exactly this text. */
bool cursor_equals(const struct cursor *c, const char *text);
/* Copies what is left as a NUL-terminated string. PV_ETOOLARGE when it does not fit,
 * PV_EMALFORMED when it holds a NUL. */
int cursor_to_text(const struct cursor *c, char *ret, size_t size);

#endif
