/*
 * durable: small files that survive a power cut whole, as they were before or as they are now.
 *
 * In:   directory, name, text.
 * Out:  the file.
 * Not:  no directories are made.
 */
#include "appliance/update/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/file.h"

int durable_write(int directory, const char *name, const char *text)
{
        char fresh[256];
        int fd, r;

        if (snprintf(fresh, sizeof fresh, "%s.new", name) >= (int)sizeof fresh)
                return PV_ETOOLARGE;
        (void)unlinkat(directory, fresh, 0);
        fd = openat(directory, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return PV_ESYSTEM;
        r = file_write_all(fd, text, strlen(text));
        if (r == 0 && fsync(fd) < 0)
                r = PV_ESYSTEM;
        if (close(fd) < 0)
                r = PV_ESYSTEM;
        if (r == 0 && renameat(directory, fresh, directory, name) < 0)
                r = PV_ESYSTEM;
        if (r < 0)
                (void)unlinkat(directory, fresh, 0);
        return r == 0 && fsync(directory) < 0 ? PV_ESYSTEM : r;
}

static int read_all(int fd, char *ret, size_t size, size_t *ret_used)
{
        size_t used = 0;
        ssize_t n;

        while (used < size && (n = read(fd, ret + used, size - used)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return PV_ESYSTEM;
                used += (size_t)n;
        }
        *ret_used = used;
        return 0;
}

int durable_read(int directory, const char *name, size_t max, char **ret_text)
{
        int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r;
        char *text = fd < 0 ? NULL : calloc(1, max + 2);
        size_t used = 0;

        if (fd < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        r = text ? read_all(fd, text, max + 1, &used) : PV_ENOMEM;
        close(fd);
        if (r == 0 && used > max)
                r = PV_ETOOLARGE;
        if (r < 0) {
                free(text);
                return r;
        }
        *ret_text = text;
        return 0;
}

int durable_remove(int directory, const char *name)
{
        if (unlinkat(directory, name, 0) < 0)
                return errno == ENOENT ? 0 : PV_ESYSTEM;
        return fsync(directory) < 0 ? PV_ESYSTEM : 0;
}
