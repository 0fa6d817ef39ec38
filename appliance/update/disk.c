/*
 * disk: what all verbs share: the machine's own disk, mounts, reading back.
 *
 * In:   devices.
 * Out:  directories, hashes.
 * Not:  no verb (disk_slots, disk_medium, disk_copy).
 */
#include "appliance/update/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/chore/chore.h"

#define PIECE (1 << 20)
#define SECTOR 4096
#define MOUNT_PAUSE_MS 100
#define MOUNT_TRIES 100

int disk_fail(struct disk *disk, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(disk->reason, sizeof disk->reason, format, arguments);
        va_end(arguments);
        return PV_ESYSTEM;
}

int disk_fail_errno(struct disk *disk, const char *what)
{
        return disk_fail(disk, "%s: %s.", what, strerror(errno));
}

void disk_tell(struct disk *disk, int percent)
{
        sd_json_variant *packet = NULL;

        if (percent == disk->told)
                return;
        disk->told = percent;
        /* Whoever asked may be gone: what was begun is done to its end all the same. */
        if (sd_json_buildo(&packet, SD_JSON_BUILD_PAIR("percent", SD_JSON_BUILD_INTEGER(percent))) >= 0)
                (void)!chore_say(STDIN_FILENO, packet);
        sd_json_variant_unref(packet);
}

/* --- which disk -------------------------------------------------------------- */

int disk_whole_of(const char *partition, char *ret, size_t size)
{
        const char *name = strrchr(partition, '/');
        char path[160], target[512], *slash;
        ssize_t n;

        if (!name || snprintf(path, sizeof path, "/sys/class/block%.80s", name) >= (int)sizeof path)
                return PV_EMALFORMED;
        n = readlink(path, target, sizeof target - 1);
        if (n < 0)
                return PV_EUNSET;
        target[n] = 0;
        slash = strrchr(target, '/');
        if (!slash)
                return PV_EUNSET;
        *slash = 0;
        slash = strrchr(target, '/');
        return slash && snprintf(ret, size, "/dev%s", slash) < (int)size ? 0 : PV_EUNSET;
}

int disk_open(struct disk *disk)
{
        const struct machine *m = &disk->machine;
        char label[DISK_TABLE_LABEL_SIZE];

        if (!m->has_slots || disk_whole_of(m->slot_device, disk->whole, sizeof disk->whole) < 0)
                return disk_fail(disk, "The start of this machine did not say where its slots are.");
        if (disk_table_read(disk->whole, &disk->table) < 0)
                return disk_fail(disk, "The partition table of %s cannot be read, or holds no slots of ours.", disk->whole);
        (void)snprintf(label, sizeof label, "provost_%s", m->version);
        for (disk->running = 0; disk->running < DISK_TABLE_SLOTS; disk->running++)
                if (text_equal(disk->table.slot[disk->running].label, label))
                        return 0;
        return disk_fail(disk, "No slot of %s says that it holds version %s, which runs.", disk->whole, m->version);
}

/* --- mounting ------------------------------------------------------------------ */

/* The kernel holds for a moment what was just unmounted, and takes partitions away for an instant while a table is read again. */
static int mount_patiently(const char *device, const char *type, unsigned long flags, const char *options)
{
        const struct timespec pause = {.tv_nsec = MOUNT_PAUSE_MS * 1000000L};
        int r;

        for (int tries = 1; (r = mount(device, DISK_RUN "/mount", type, flags, options)) < 0 && tries < MOUNT_TRIES; tries++) {
                if (errno != EBUSY && errno != ENXIO && errno != ENOENT)
                        break;
                (void)nanosleep(&pause, NULL);
        }
        return r;
}

static int mounted(struct disk *disk, const char *device, const char *type, unsigned long flags, const char *options, int *ret_folder)
{
        int folder;

        if (mkdir(DISK_RUN "/mount", 0700) < 0 && errno != EEXIST)
                return disk_fail_errno(disk, "The folder " DISK_RUN "/mount cannot be made");
        if (mount_patiently(device, type, flags | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, options) < 0)
                return PV_ESYSTEM;
        folder = open(DISK_RUN "/mount", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) {
                (void)umount2(DISK_RUN "/mount", MNT_DETACH);
                return disk_fail_errno(disk, "A file system cannot be opened");
        }
        *ret_folder = folder;
        return 0;
}

/* errors=continue: what a power cut left in the file allocation table must not make it unwritable for good. */
int disk_mount_esp(struct disk *disk, const char *device, int *ret_folder)
{
        if (mounted(disk, device, "vfat", 0, "umask=0077,errors=continue", ret_folder) < 0)
                return disk_fail(disk, "The boot partition %s cannot be mounted: %s.", device, strerror(errno));
        return 0;
}

int disk_mount_stick(struct disk *disk, const char *device, int *ret_folder)
{
        static const struct { const char *type, *options; } kinds[] = {{"vfat", NULL}, {"exfat", NULL}, {"ext4", "noload"}};

        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (mounted(disk, device, kinds[i].type, MS_RDONLY, kinds[i].options, ret_folder) == 0)
                        return 0;
        return disk_fail(disk, "The stick %s holds no file system that can be read here (FAT, exFAT, ext4).", device);
}

void disk_unmount(int folder)
{
        (void)syncfs(folder);
        close(folder);
        if (umount2(DISK_RUN "/mount", 0) < 0)
                (void)umount2(DISK_RUN "/mount", MNT_DETACH);
}

/* --- reading back --------------------------------------------------------------- */

static int hash_range(struct disk *disk, int fd, uint64_t at, int64_t size, EVP_MD_CTX *hash, uint8_t *piece, int from, int to)
{
        for (int64_t done = 0; done < size;) {
                size_t left = size - done < PIECE ? (size_t)(size - done) : PIECE, whole = (left + SECTOR - 1) / SECTOR * SECTOR;
                ssize_t n = pread(fd, piece, whole, (off_t)(at + (uint64_t)done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0 || (size_t)n < left || EVP_DigestUpdate(hash, piece, left) != 1)
                        return PV_ESYSTEM;
                done += (int64_t)left;
                disk_tell(disk, from + (int)((to - from) * done / size));
        }
        return 0;
}

/* Past the page cache where the file system can: a device always can, FAT can. */
static int open_direct(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

        return fd < 0 && errno == EINVAL ? open(path, O_RDONLY | O_CLOEXEC) : fd;
}

int disk_check_hash(struct disk *disk, const char *path, uint64_t at, const struct bundle_file *wanted, int percent_from, int percent_to,
                    const char *what)
{
        EVP_MD_CTX *hash = EVP_MD_CTX_new();
        uint8_t digest[EVP_MAX_MD_SIZE], *piece = aligned_alloc(SECTOR, PIECE);
        int fd = open_direct(path), r = PV_ESYSTEM;

        if (hash && piece && fd >= 0 && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1)
                r = hash_range(disk, fd, at, wanted->size, hash, piece, percent_from, percent_to);
        if (fd >= 0)
                close(fd);
        if (r < 0)
                (void)disk_fail(disk, "%s cannot be read back.", what);
        else if (EVP_DigestFinal_ex(hash, digest, NULL) != 1 || memcmp(digest, wanted->sha256, BUNDLE_SHA256_SIZE) != 0)
                r = disk_fail(disk, "%s is not what was checked: the disk is damaged, or it was changed meanwhile.", what);
        EVP_MD_CTX_free(hash);
        free(piece);
        return r;
}
