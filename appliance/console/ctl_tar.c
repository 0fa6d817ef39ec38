/*
 * ctl_tar: a folder as one tar (POSIX.1-1988 "ustar").
 *
 * In:   the files below a folder.
 * Out:  their names and contents, bounded.
 * Not:  no links, no devices, no owners; nothing is judged, that is import's to do.
 */
#include "appliance/console/ctl_tar.h"

#include <errno.h>
#include <fts.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK 512
#define FILES_MAX 20000
#define DEPTH_MAX 16

struct header {
        char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[8], user[32], group[32],
                major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

struct tar {
        char *bytes;
        size_t size, room, max, n_files;
        char *problem;
};

__attribute__((format(printf, 3, 4))) static int complain(struct tar *tar, int error, const char *format, ...)
{
        va_list args;

        va_start(args, format);
        (void)vsnprintf(tar->problem, CTL_TAR_PROBLEM_SIZE, format, args);
        va_end(args);
        return error;
}

/* Room for `size` more bytes, which are zeros and counted; NULL with the sentence said. */
static char *grow(struct tar *tar, size_t size)
{
        char *at;

        if (size > tar->max - tar->size) {
                (void)complain(tar, PV_ETOOLARGE, "This folder is too large: its files together may have %zu KiB.", tar->max / 1024);
                return NULL;
        }
        if (tar->size + size > tar->room) {
                size_t room = tar->room * 2 > tar->size + size ? tar->room * 2 : tar->size + size;
                char *more = realloc(tar->bytes, room);

                if (!more) {
                        (void)complain(tar, PV_ENOMEM, "no memory");
                        return NULL;
                }
                tar->bytes = more;
                tar->room = room;
        }
        at = tar->bytes + tar->size;
        memset(at, 0, size);
        tar->size += size;
        return at;
}

/* The name in its one or two fields. */
static int put_name(struct header *header, const char *name)
{
        size_t size = strlen(name);
        const char *cut;

        if (size <= sizeof header->name) {
                memcpy(header->name, name, size);
                return 0;
        }
        cut = strchr(name + size - sizeof header->name - 1, '/');
        if (!cut || (size_t)(cut - name) > sizeof header->prefix)
                return PV_ETOOLARGE;
        memcpy(header->prefix, name, (size_t)(cut - name));
        memcpy(header->name, cut + 1, strlen(cut + 1));
        return 0;
}

static void put_octal(char *field, size_t size, uint64_t value)
{
        for (size_t i = size - 1; i-- > 0; value >>= 3)
                field[i] = (char)('0' + (value & 7));
}

static void put_rest(struct header *header, size_t size)
{
        unsigned sum = 0;

        put_octal(header->mode, sizeof header->mode, 0600);
        put_octal(header->uid, sizeof header->uid, 0);
        put_octal(header->gid, sizeof header->gid, 0);
        put_octal(header->size, sizeof header->size, size);
        put_octal(header->mtime, sizeof header->mtime, 0);
        header->type = '0';
        memcpy(header->magic, "ustar\00000", sizeof header->magic);
        memset(header->checksum, ' ', sizeof header->checksum);
        for (size_t i = 0; i < BLOCK; i++)
                sum += ((const unsigned char *)header)[i];
        put_octal(header->checksum, sizeof header->checksum - 1, sum);
}

static int add_file(struct tar *tar, const char *path, const char *name, size_t size)
{
        struct header *header;
        FILE *file;
        char *body;
        int r = 0;

        while (*name == '/')
                name++;
        if (++tar->n_files > FILES_MAX)
                return complain(tar, PV_ETOOLARGE, "This folder has more than %d files.", FILES_MAX);
        header = (struct header *)grow(tar, sizeof *header);
        if (!header)
                return PV_ETOOLARGE;
        if (put_name(header, name) < 0)
                return complain(tar, PV_ETOOLARGE, "The name of this file is too long: %.200s.", name);
        put_rest(header, size);
        body = grow(tar, (size + BLOCK - 1) / BLOCK * BLOCK);
        if (!body)
                return PV_ETOOLARGE;
        file = fopen(path, "re");
        if (!file)
                return complain(tar, PV_ESYSTEM, "%.200s cannot be opened: %s.", path, strerror(errno));
        if (fread(body, 1, size, file) != size || fgetc(file) != EOF)
                r = complain(tar, PV_ESYSTEM, "%.200s changed or failed while it was read.", path);
        fclose(file);
        return r;
}

static int add_entry(struct tar *tar, const FTSENT *entry, size_t root)
{
        switch (entry->fts_info) {
        case FTS_D:
                if (entry->fts_level > DEPTH_MAX)
                        return complain(tar, PV_ETOOLARGE, "This folder has folders more than %d deep.", DEPTH_MAX);
                return 0;
        case FTS_F:
                return add_file(tar, entry->fts_accpath, entry->fts_path + root, (size_t)entry->fts_statp->st_size);
        case FTS_DNR:
        case FTS_NS:
        case FTS_ERR:
                return complain(tar, PV_ESYSTEM, "%.200s cannot be read: %s.", entry->fts_path, strerror(entry->fts_errno));
        default:
                return 0;
        }
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
        return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_all(struct tar *tar, const char *path)
{
        char *paths[] = {(char *)(uintptr_t)path, NULL};
        size_t root = strlen(path);
        FTSENT *entry;
        FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
        int r = 0;

        if (!walk)
                return complain(tar, PV_ESYSTEM, "%.200s cannot be read: %s.", path, strerror(errno));
        while (root && path[root - 1] == '/')
                root--;
        while (r == 0 && (entry = fts_read(walk)))
                r = add_entry(tar, entry, root);
        fts_close(walk);
        if (r == 0 && tar->n_files == 0)
                r = complain(tar, PV_EUNSET, "There is no file in %.200s.", path);
        return r == 0 && !grow(tar, (size_t)2 * BLOCK) ? PV_ETOOLARGE : r;
}

int ctl_tar_of_folder(const char *path, size_t max, char **ret_bytes, size_t *ret_size, char problem[static CTL_TAR_PROBLEM_SIZE])
{
        struct tar tar = {.max = max, .problem = problem};
        int r = add_all(&tar, path);

        if (r < 0) {
                if (tar.bytes)
                        explicit_bzero(tar.bytes, tar.room);
                free(tar.bytes);
                return r;
        }
        *ret_bytes = tar.bytes;
        *ret_size = tar.size;
        return 0;
}
