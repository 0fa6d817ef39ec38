/*
 * seed_place: the file of an unattended site on its way from a stick to box.
 *
 * In:   bytes of a stick, a partition or a credential: anything at all.
 * Out:  the same bytes as text, and where they came from.
 * Not:  not a look into them (station admin reads them); no mounting (seed_main).
 */
#include "appliance/box/seed_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define CONTENT "provost-setup.json"
#define ORIGIN SEED_PLACE_LAST

static int read_all(int fd, char *ret, size_t max, size_t *ret_size)
{
        size_t used = 0;
        ssize_t n;

        while ((n = read(fd, ret + used, max - used)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return PV_ESYSTEM;
                used += (size_t)n;
                if (used == max)
                        return PV_ETOOLARGE;
        }
        *ret_size = used;
        return 0;
}

int seed_place_file(int directory, const char *name, size_t max, char **ret_text, size_t *ret_size)
{
        /* Not blocking: a name may be a pipe, which fstat() tells. */
        int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r = PV_EUNSET;
        struct stat status;
        size_t size = 0;
        char *text = NULL;

        if (fd < 0)
                return errno == ENOENT || errno == ELOOP || errno == ENXIO ? PV_EUNSET : PV_ESYSTEM;
        if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
                text = calloc(1, max + 2);
                r = text ? read_all(fd, text, max + 1, &size) : PV_ENOMEM;
        }
        close(fd);
        if (r < 0) {
                free(text);
                return r;
        }
        *ret_text = text;
        *ret_size = size;
        return 0;
}

static int put(int directory, const char *name, const char *data, size_t size)
{
        int fd, r = 0;

        (void)unlinkat(directory, "new", 0);
        fd = openat(directory, "new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return PV_ESYSTEM;
        while (size && r == 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        r = PV_ESYSTEM;
                else {
                        data += n;
                        size -= (size_t)n;
                }
        }
        if (close(fd) < 0)
                r = PV_ESYSTEM;
        return r == 0 && renameat(directory, "new", directory, name) < 0 ? PV_ESYSTEM : r;
}

/* Content first: who waits for a change looks when the origin is there. */
int seed_place_write(const char *place, const char *origin, const char *content, size_t size)
{
        int directory, r;

        if (size > SEED_PLACE_CONTENT_MAX || strlen(origin) >= SEED_PLACE_ORIGIN_MAX)
                return PV_ETOOLARGE;
        if (memchr(content, 0, size))
                return PV_EMALFORMED;
        directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0)
                return PV_ESYSTEM;
        r = put(directory, CONTENT, content, size);
        if (r == 0)
                r = put(directory, ORIGIN, origin, strlen(origin));
        close(directory);
        return r;
}

int seed_place_read(const char *place, char ret_origin[static SEED_PLACE_ORIGIN_MAX], char **ret_content)
{
        int directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
        char *origin = NULL, *content = NULL;
        size_t size;

        if (directory < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        r = seed_place_file(directory, ORIGIN, SEED_PLACE_ORIGIN_MAX - 1, &origin, &size);
        if (r == 0)
                r = seed_place_file(directory, CONTENT, SEED_PLACE_CONTENT_MAX, &content, &size);
        close(directory);
        if (r == 0) {
                (void)text_copy(ret_origin, SEED_PLACE_ORIGIN_MAX, origin);
                *ret_content = content;
        }
        free(origin);
        return r;
}
