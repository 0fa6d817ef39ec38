#ifndef PROVOST_BASE_WRITER_H
#define PROVOST_BASE_WRITER_H

#include <stddef.h>
#include <stdint.h>

/*
 * A write position in a buffer of the caller. A write that does not fit is not
 * done at all, sets `error` (PV_ETOOLARGE), and every later write is refused.
 */
struct writer {
        uint8_t *start;
        uint8_t *at;
        uint8_t *end;
        int error;              /* 0 or a pv_error; sticky */
};

struct writer writer_of(void *buffer, size_t size);
size_t writer_used(const struct writer *w);
size_t writer_left(const struct writer *w);
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);      /* network order */
void writer_u32(struct writer *w, uint32_t value);
void writer_bytes(struct writer *w, const void *data, size_t size);
void writer_zeros(struct writer *w, size_t size);
/* Text without its NUL. */
void writer_text(struct writer *w, const char *text);
/* One value of a line protocol: refuses (PV_EREFUSED) CR, LF and other control characters. */
void writer_line_value(struct writer *w, const char *text);
void writer_format(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the text with a NUL that writer_used() does not count; returns w->error. */
int writer_finish_text(struct writer *w);

#endif
