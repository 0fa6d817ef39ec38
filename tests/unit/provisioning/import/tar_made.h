/*
 * tar_made: small ustar archives for tests.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tar_made {
        uint8_t *bytes;
        size_t room, size;
};

/* content of a link: what it names. */
static inline void tar_made_add(struct tar_made *t, const char *name, const char *content, size_t size, char type)
{
        uint8_t *block = t->bytes + t->size;
        size_t padded = (size + 511) / 512 * 512;
        unsigned sum = 0;

        if (t->room - t->size < 512 + padded)
                abort();
        memset(block, 0, 512 + padded);
        memcpy(block, name, strnlen(name, 100));
        memcpy(block + 100, "0000644", 8);
        memcpy(block + 108, "0000000", 8);
        memcpy(block + 116, "0000000", 8);
        snprintf((char *)block + 124, 12, "%011zo", size);
        memcpy(block + 136, "00000000000", 12);
        memset(block + 148, ' ', 8);
        block[156] = (uint8_t)type;
        if (type == '1' || type == '2')
                memcpy(block + 157, content, strlen(content));
        memcpy(block + 257, "ustar\0" "00", 8);
        for (unsigned i = 0; i < 512; i++)
                sum += block[i];
        snprintf((char *)block + 148, 8, "%06o", sum);
        if (size)
                memcpy(block + 512, content, size);
        t->size += 512 + padded;
}

static inline void tar_made_text(struct tar_made *t, const char *name, const char *text)
{
        tar_made_add(t, name, text, strlen(text), '0');
}

static inline void tar_made_end(struct tar_made *t)
{
        memset(t->bytes + t->size, 0, 1024);
        t->size += 1024;
}
