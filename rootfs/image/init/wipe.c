/*
 * wipe: a data partition of which nothing can be read any more.
 *
 * In:   the partition's device, not mounted.
 * Out:  zeros everywhere. First the mark, then the head (a LUKS header with all its keys: from there on what was encrypted is noise),
 *       then all blocks given back to the disk and written over, then the mark.
 * Not:  no promise about blocks that a flash disk keeps for itself; docs/security.md says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "rootfs/image/init/disk_state.h"
#include "rootfs/image/init/say.h"
#include "rootfs/image/init/wipe.h"

#define MB ((uint64_t)1 << 20)
#define HEAD (32 * MB)                  /* LUKS 2 has both headers and all key slots in the first 16 MB */
#define STEP (64 * MB)

static int put(int file, uint64_t at, const void *bytes, size_t length)
{
        return pwrite(file, bytes, length, (off_t)at) == (ssize_t)length ? 0 : errno ? -errno : -EIO;
}

static int put_mark(int file)
{
        uint8_t block[DISK_STATE_BYTES] = {0};

        memcpy(block, disk_state_wiping, sizeof(disk_state_wiping));
        int r = put(file, 0, block, sizeof(block));
        return r ? r : fsync(file) < 0 ? -errno : 0;
}

/* Random bytes over the head, behind the mark. */
static int scramble_head(int file, uint64_t length)
{
        static uint8_t noise[256 * 1024];
        uint64_t end = length < HEAD ? length : HEAD;
        int r = 0;

        for (uint64_t at = DISK_STATE_BYTES; at < end && r == 0; at += sizeof(noise)) {
                size_t step = end - at < sizeof(noise) ? (size_t)(end - at) : sizeof(noise);

                for (size_t i = 0; i < step; i += 256)
                        if (getrandom(noise + i, step - i < 256 ? step - i : 256, 0) < 0)
                                return -errno;
                r = put(file, at, noise, step);
        }
        return r ? r : fsync(file) < 0 ? -errno : 0;
}

static int zero(int file, uint64_t from, uint64_t to)
{
        uint64_t range[2] = {from, to - from};

        return ioctl(file, BLKZEROOUT, range) < 0 ? -errno : 0;
}

static int zero_all(int file, const char *device, uint64_t length)
{
        unsigned said = 0;

        for (uint64_t at = DISK_STATE_BYTES; at < length;) {
                uint64_t end = at + STEP < length ? at + STEP : length;
                int r = zero(file, at, end);

                if (r)
                        return r;
                at = end;
                if (at * 10 / length > said) {
                        said = (unsigned)(at * 10 / length);
                        say(LEVEL_SHOWN, "wiping %s: %u %%", device, said * 10);
                }
        }
        return fsync(file) < 0 ? -errno : 0;
}

static int wipe(int file, const char *device)
{
        uint64_t length = 0;
        int r;

        if (ioctl(file, BLKGETSIZE64, &length) < 0)
                return -errno;
        if ((r = put_mark(file)) || (r = scramble_head(file, length)))
                return r;
        uint64_t rest[2] = {HEAD, length > HEAD ? length - HEAD : 0};
        if (rest[1] && ioctl(file, BLKDISCARD, rest) < 0)
                say(LEVEL_INFO, "%s takes no discard: %s", device, strerror(errno));
        if ((r = zero_all(file, device, length)) || (r = zero(file, 0, DISK_STATE_BYTES)))
                return r;
        return fsync(file) < 0 ? -errno : 0;
}

int wipe_partition(const char *device)
{
        int file = open(device, O_RDWR | O_CLOEXEC | O_EXCL);

        if (file < 0)
                return -errno;
        int r = wipe(file, device);
        close(file);
        return r;
}
