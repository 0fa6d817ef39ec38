/*
 * bundle_tar: the archive Snom phones take their VPN configuration from.
 *
 * In:   one file's name and bytes.
 * Out:  the archive.
 * Not:  no other kind of member, no long names.
 */
#include "vpn/bootstrap/bundle_tar.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512
#define RECORD (20 * BLOCK)
#define MTIME 1577836800        /* 2020-01-01: tar(1) warns of 1970, and phones without a clock must not see the future */

static void number(char *field, size_t size, uint64_t value)
{
        int n = snprintf(field, size, "%0*llo", (int)size - 1, (unsigned long long)value);

        assert(n > 0 && (size_t)n < size);
}

static void fill_header(char header[static BLOCK], const char *name, size_t size)
{
        unsigned sum = 0;

        memset(header, 0, BLOCK);
        assert(strlen(name) < 100);
        memcpy(header, name, strlen(name));
        number(header + 100, 8, 0700);
        number(header + 108, 8, 0);             /* uid */
        number(header + 116, 8, 0);             /* gid */
        number(header + 124, 12, size);
        number(header + 136, 12, MTIME);
        memset(header + 148, ' ', 8);           /* the sum counts itself as blanks */
        header[156] = '0';                      /* a plain file */
        memcpy(header + 257, "ustar\00000", 8);
        memcpy(header + 265, "root", 4);
        memcpy(header + 297, "root", 4);
        number(header + 329, 8, 0);
        number(header + 337, 8, 0);
        for (size_t i = 0; i < BLOCK; i++)
                sum += (unsigned char)header[i];
        number(header + 148, 7, sum);           /* six digits, NUL, blank */
}

void bundle_tar_write(struct writer *w, const char *name, const void *data, size_t size)
{
        char header[BLOCK];
        size_t used = BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK + 2 * BLOCK;

        fill_header(header, name, size);
        writer_bytes(w, header, sizeof header);
        writer_bytes(w, data, size);
        writer_zeros(w, (used + RECORD - 1) / RECORD * RECORD - BLOCK - size);
}
