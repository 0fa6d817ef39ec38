/*
 * pki_files: whole files, written so that a power cut leaves the old or the new one.
 *
 * In:   a directory descriptor, a name without '/', bytes.
 * Out:  the file with exactly these bytes and this mode, or the old one.
 * Not:  no encryption (see pki_vault), no directories made.
 */
#include "vpn/pki/pki_files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/file.h"

static int write_new(int directory, const char *name, const void *data, size_t size, mode_t mode)
{
        int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        int result;

        if (fd < 0)
                return PV_ESYSTEM;
        result = file_write_all(fd, data, size);
        if (result == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
                result = PV_ESYSTEM;
        if (close(fd) < 0 && result == 0)
                result = PV_ESYSTEM;
        return result;
}

int pki_files_write(int directory, const char *name, const void *data, size_t size, mode_t mode)
{
        char new_name[64];
        int n = snprintf(new_name, sizeof new_name, ".%s.new", name), saved;

        assert(n > 0 && (size_t)n < sizeof new_name);
        if (write_new(directory, new_name, data, size, mode) == 0 &&
            renameat(directory, new_name, directory, name) == 0)
                return fsync(directory) < 0 ? PV_ESYSTEM : 0;
        saved = errno;
        unlinkat(directory, new_name, 0);
        errno = saved;
        return PV_ESYSTEM;
}

static int read_all(int fd, size_t size, uint8_t *ret_data)
{
        while (size > 0) {
                ssize_t n = read(fd, ret_data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return PV_ESYSTEM;
                ret_data += n;
                size -= (size_t)n;
        }
        return 0;
}

int pki_files_read(int directory, const char *name, uint8_t **ret_data, size_t *ret_size)
{
        int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), result = PV_ESYSTEM;
        uint8_t *data = NULL;
        struct stat status;

        if (fd < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        if (fstat(fd, &status) < 0)
                goto out;
        if (status.st_size > PKI_FILES_MAX) {
                result = PV_ETOOLARGE;
                goto out;
        }
        data = calloc(1, (size_t)status.st_size + 1);
        result = data ? read_all(fd, (size_t)status.st_size, data) : PV_ENOMEM;
        if (result == 0) {
                *ret_size = (size_t)status.st_size;
                *ret_data = data;
                data = NULL;
        }
out:
        free(data);
        close(fd);
        return result;
}

int pki_files_remove(int directory, const char *name)
{
        if (unlinkat(directory, name, 0) < 0)
                return errno == ENOENT ? 0 : PV_ESYSTEM;
        return fsync(directory) < 0 ? PV_ESYSTEM : 0;
}
