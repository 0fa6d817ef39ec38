/*
 * file: what the kernel does in parts, whole.
 *
 * In:   a descriptor, bytes.
 * Out:  all of them written, or an error.
 * Not:  nothing is opened, synced or renamed.
 */
#include "appliance/base/file.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

int file_write_all(int fd, const void *data, size_t size)
{
        const uint8_t *at = data;

        while (size > 0) {
                ssize_t n = write(fd, at, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return PV_ESYSTEM;
                if (n == 0) {
                        errno = ENOSPC;
                        return PV_ESYSTEM;
                }
                at += n;
                size -= (size_t)n;
        }
        return 0;
}
