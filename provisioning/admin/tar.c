/*
 * tar: texts as one file.
 *
 * In:   names and contents of ours.
 * Out:  a ustar archive of regular files, readable by their owner alone.
 * Not:  no folders, no links; nothing is read from the disk.
 */
#include "provisioning/admin/tar.h"

#include <string.h>

#define BLOCK 512

struct header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[8], user[32], group[32],
                major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

static void put_octal(char *ret, size_t size, uint64_t value)
{
        for (size_t i = size - 1; i-- > 0; value >>= 3)
                ret[i] = (char)('0' + (value & 7));
}

int tar_add(FILE *tar, const char *name, int64_t at_s, const void *bytes, size_t size)
{
        static const char zeros[BLOCK];
        struct header header = {.type = '0', .magic = "ustar\00000"};
        unsigned sum = 0;

        if (strlen(name) >= sizeof header.name)
                return PV_ETOOLARGE;
        memcpy(header.name, name, strlen(name));
        put_octal(header.mode, sizeof header.mode, 0600);
        put_octal(header.uid, sizeof header.uid, 0);
        put_octal(header.gid, sizeof header.gid, 0);
        put_octal(header.size, sizeof header.size, size);
        put_octal(header.mtime, sizeof header.mtime, (uint64_t)at_s);
        memset(header.checksum, ' ', sizeof header.checksum);
        for (size_t i = 0; i < sizeof header; i++)
                sum += ((const unsigned char *)&header)[i];
        put_octal(header.checksum, sizeof header.checksum - 1, sum);
        header.checksum[6] = 0;
        fwrite(&header, 1, sizeof header, tar);
        fwrite(bytes, 1, size, tar);
        fwrite(zeros, 1, (BLOCK - size % BLOCK) % BLOCK, tar);
        return 0;
}

void tar_end(FILE *tar)
{
        static const char zeros[2 * BLOCK];

        fwrite(zeros, 1, sizeof zeros, tar);
}
