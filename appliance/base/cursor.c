/*
 * cursor: reads foreign bytes without ever looking past them.
 *
 * In:   bytes of anyone, borrowed.
 * Out:  numbers in host order, copies, sub-cursors; a sticky error.
 * Not:  no allocation, no knowledge of any format.
 */
#include "appliance/base/cursor.h"

#include <string.h>

#include "appliance/base/error.h"

struct cursor cursor_of(const void *data, size_t size)
{
        static const uint8_t nothing[1];
        const uint8_t *start = data ? data : nothing;

        return (struct cursor){.at = start, .end = start + (data ? size : 0)};
}

struct cursor cursor_of_text(const char *text)
{
        return cursor_of(text, text ? strlen(text) : 0);
}

size_t cursor_left(const struct cursor *c)
{
        return c->error ? 0 : (size_t)(c->end - c->at);
}

bool cursor_at_end(const struct cursor *c)
{
        return cursor_left(c) == 0;
}

/* The next `size` bytes, or NULL and the error. */
static const uint8_t *take(struct cursor *c, size_t size)
{
        const uint8_t *taken = c->at;

        if (c->error)
                return NULL;
        if (size > (size_t)(c->end - c->at)) {
                c->error = PV_EMALFORMED;
                return NULL;
        }
        c->at += size;
        return taken;
}

uint8_t cursor_u8(struct cursor *c)
{
        const uint8_t *p = take(c, 1);

        return p ? p[0] : 0;
}

uint16_t cursor_u16(struct cursor *c)
{
        const uint8_t *p = take(c, 2);

        return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t cursor_u32(struct cursor *c)
{
        const uint8_t *p = take(c, 4);

        return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

void cursor_skip(struct cursor *c, size_t size)
{
        (void)take(c, size);
}

void cursor_bytes(struct cursor *c, void *ret, size_t size)
{
        const uint8_t *p = take(c, size);

        if (p && size)
                memcpy(ret, p, size);
        else if (size)
                memset(ret, 0, size);
}

struct cursor cursor_sub(struct cursor *c, size_t size)
{
        const uint8_t *p = take(c, size);
        struct cursor sub = cursor_of(p, p ? size : 0);

        sub.error = c->error;
        return sub;
}

struct cursor cursor_until(struct cursor *c, uint8_t stop, size_t max)
{
        size_t left = cursor_left(c);
        size_t window = max < left ? max + 1 : left;
        const uint8_t *found = window ? memchr(c->at, stop, window) : NULL;

        if (!found) {
                if (!c->error)
                        c->error = PV_EMALFORMED;
                return cursor_sub(c, 0);
        }
        struct cursor sub = cursor_sub(c, (size_t)(found - c->at));
        cursor_skip(c, 1);
        return sub;
}

int cursor_finish(const struct cursor *c)
{
        if (c->error)
                return c->error;
        return c->at == c->end ? 0 : PV_EMALFORMED;
}

bool cursor_equals(const struct cursor *c, const char *text)
{
        size_t size = strlen(text);

        return !c->error && cursor_left(c) == size && memcmp(c->at, text, size) == 0;
}

int cursor_to_text(const struct cursor *c, char *ret, size_t size)
{
        size_t left = cursor_left(c);

        if (c->error)
                return c->error;
        if (left >= size)
                return PV_ETOOLARGE;
        if (memchr(c->at, 0, left))
                return PV_EMALFORMED;
        memcpy(ret, c->at, left);
        ret[left] = 0;
        return 0;
}
