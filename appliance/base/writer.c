/*
 * writer: builds bytes in a bounded buffer and refuses instead of truncating.
 *
 * In:   numbers, bytes, texts.
 * Out:  bytes in the caller's buffer; a sticky error.
 * Not:  no allocation, no knowledge of any format.
 */
#include "appliance/base/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/error.h"

struct writer writer_of(void *buffer, size_t size)
{
        return (struct writer){.start = buffer, .at = buffer, .end = (uint8_t *)buffer + size};
}

size_t writer_used(const struct writer *w)
{
        return (size_t)(w->at - w->start);
}

size_t writer_left(const struct writer *w)
{
        return w->error ? 0 : (size_t)(w->end - w->at);
}

/* Room for `size` bytes, or NULL and the error. */
static uint8_t *take(struct writer *w, size_t size)
{
        uint8_t *taken = w->at;

        if (w->error)
                return NULL;
        if (size > (size_t)(w->end - w->at)) {
                w->error = PV_ETOOLARGE;
                return NULL;
        }
        w->at += size;
        return taken;
}

void writer_u8(struct writer *w, uint8_t value)
{
        uint8_t *p = take(w, 1);

        if (p)
                p[0] = value;
}

void writer_u16(struct writer *w, uint16_t value)
{
        uint8_t *p = take(w, 2);

        if (p) {
                p[0] = (uint8_t)(value >> 8);
                p[1] = (uint8_t)value;
        }
}

void writer_u32(struct writer *w, uint32_t value)
{
        uint8_t *p = take(w, 4);

        if (p) {
                p[0] = (uint8_t)(value >> 24);
                p[1] = (uint8_t)(value >> 16);
                p[2] = (uint8_t)(value >> 8);
                p[3] = (uint8_t)value;
        }
}

void writer_bytes(struct writer *w, const void *data, size_t size)
{
        uint8_t *p = take(w, size);

        if (p && size)
                memcpy(p, data, size);
}

void writer_zeros(struct writer *w, size_t size)
{
        uint8_t *p = take(w, size);

        if (p && size)
                memset(p, 0, size);
}

void writer_text(struct writer *w, const char *text)
{
        writer_bytes(w, text, strlen(text));
}

void writer_line_value(struct writer *w, const char *text)
{
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p < 0x20 || *p == 0x7f) {
                        if (!w->error)
                                w->error = PV_EREFUSED;
                        return;
                }
        writer_text(w, text);
}

void writer_format(struct writer *w, const char *format, ...)
{
        size_t left = writer_left(w);
        char *text = NULL;
        va_list args;

        if (w->error)
                return;
        va_start(args, format);
        int size = vsnprintf((char *)w->at, left, format, args);
        va_end(args);
        if (size < 0 || (size_t)size > left) {
                w->error = PV_ETOOLARGE;
        } else if ((size_t)size < left) {
                w->at += size;
        } else if (size > 0) {
                /* It fits to the last byte, but vsnprintf wanted that one for its NUL. */
                va_start(args, format);
                if (vasprintf(&text, format, args) == size)
                        writer_bytes(w, text, (size_t)size);
                else
                        w->error = PV_ENOMEM;
                va_end(args);
                free(text);
        }
}

int writer_finish_text(struct writer *w)
{
        uint8_t *p = take(w, 1);

        if (p) {
                *p = 0;
                w->at--;
        }
        return w->error;
}
