/*
 * disk_medium: the verbs about sticks and other disks: sticks, take, disks, install, key.
 *
 * In:   devices that somebody plugged in.
 * Out:  bundles on them, copied into an open descriptor; a disk made ours; a new recovery key.
 * Not:  nothing of a bundle is looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/service/service_field.h"
#include "appliance/update/disk.h"
#include "appliance/update/esp.h"
#include "appliance/update/medium.h"
#include "appliance/update/tool.h"

#define SYS "/sys"
#define END ".update"
#define FILES_MAX 100
#define PIECE (1 << 20)
#define TABLE_ROOM (2 << 20)
#define CRYPTENROLL "/usr/bin/systemd-cryptenroll"
#define KEY_SIZE 128

/* --- sticks ------------------------------------------------------------------ */

static bool is_bundle(const char *name)
{
        size_t size = strlen(name), end = strlen(END);

        return size > end && size < 256 && *name != '.' && text_equal(name + size - end, END) && text_is_printable(name) && !strchr(name, '/');
}

static int list_folder(const char *device, int folder, sd_json_variant **ret)
{
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        DIR *open_folder = copy < 0 ? NULL : fdopendir(copy);
        struct dirent *entry;
        struct stat status;

        if (!open_folder && copy >= 0)
                close(copy);
        for (int n = 0; r >= 0 && open_folder && n < FILES_MAX && (entry = readdir(open_folder));)
                if (is_bundle(entry->d_name) && fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
                        r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR("device", SD_JSON_BUILD_STRING(device)),
                                                           SD_JSON_BUILD_PAIR("name", SD_JSON_BUILD_STRING(entry->d_name)),
                                                           SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_INTEGER(status.st_size)));
                        n++;
                }
        if (open_folder)
                closedir(open_folder);
        return r;
}

static void own_disk(const struct disk *disk, char ret[static MACHINE_DEVICE_SIZE])
{
        if (disk_whole_of(disk->machine.slot_device, ret, MACHINE_DEVICE_SIZE) < 0)
                *ret = 0;
        else
                memmove(ret, ret + strlen("/dev/"), strlen(ret) - strlen("/dev/") + 1);
}

int disk_sticks(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        static struct medium media[MEDIA_MAX];
        size_t n = media_list(SYS, media);
        char own[MACHINE_DEVICE_SIZE], device[MACHINE_DEVICE_SIZE];
        int folder, r = sd_json_variant_new_array(ret, NULL, 0);

        (void)request;
        own_disk(disk, own);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (!media[i].is_removable || text_equal(media[i].whole, own))
                        continue;
                (void)snprintf(device, sizeof device, "/dev/%.31s", media[i].name);
                if (disk_mount_stick(disk, device, &folder) < 0)
                        continue;
                r = list_folder(media[i].name, folder, ret);
                disk_unmount(folder);
        }
        return r < 0 ? disk_fail(disk, "There is not enough memory.") : 0;
}

static int copy_all(struct disk *disk, int from, int64_t size)
{
        uint8_t *piece = malloc(PIECE);
        int64_t done = 0;
        int r = piece ? 0 : disk_fail(disk, "There is not enough memory.");

        while (r == 0 && done < size) {
                ssize_t n = read(from, piece, PIECE);

                if (n <= 0)
                        r = n < 0 && errno == EINTR ? 0 : disk_fail(disk, "The stick cannot be read to the end of the file; was it pulled out?");
                for (ssize_t at = 0, m; r == 0 && at < n; at += m)
                        if ((m = write(disk->fd, piece + at, (size_t)(n - at))) <= 0)
                                r = disk_fail(disk, "The bundle cannot be written to the data partition.");
                done += n > 0 ? n : 0;
                disk_tell(disk, (int)(done * 100 / size));
        }
        free(piece);
        return r;
}

static int take(struct disk *disk, int folder, const char *name, int64_t size_max)
{
        int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), r;
        struct stat status;

        if (file < 0)
                return disk_fail(disk, "There is no file of this name on the stick.");
        if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0 || status.st_size > size_max)
                r = disk_fail(disk, "The file on the stick is empty, too large for a bundle, or no file at all.");
        else
                r = copy_all(disk, file, status.st_size);
        close(file);
        return r;
}

int disk_take(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        const char *name = service_field_text(request, "name"), *stick = service_field_text(request, "device");
        char device[MACHINE_DEVICE_SIZE];
        int folder, r;

        (void)ret;
        if (!stick || !medium_is_name(stick) || !name || !is_bundle(name))
                return disk_fail(disk, "This is no stick, or no bundle's name (they end in " END ").");
        (void)snprintf(device, sizeof device, "/dev/%s", stick);
        r = disk_mount_stick(disk, device, &folder);
        if (r < 0)
                return r;
        r = take(disk, folder, name, service_field_integer(request, "size_max", 0));
        disk_unmount(folder);
        return r;
}

/* --- disks ----------------------------------------------------------------------- */

int disk_disks(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        static struct medium media[MEDIA_MAX];
        size_t n = media_list(SYS, media);
        char own[MACHINE_DEVICE_SIZE], device[MACHINE_DEVICE_SIZE], holds[80];
        int r = sd_json_variant_new_array(ret, NULL, 0);

        (void)request;
        own_disk(disk, own);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (!medium_is_whole(&media[i]) || media[i].is_read_only)
                        continue;
                (void)snprintf(device, sizeof device, "/dev/%.31s", media[i].name);
                if (disk_table_holds(device, holds, sizeof holds) < 0)
                        (void)text_copy(holds, sizeof holds, "something that cannot be read");
                r = sd_json_variant_append_arraybo(ret, SD_JSON_BUILD_PAIR("device", SD_JSON_BUILD_STRING(media[i].name)),
                                                   SD_JSON_BUILD_PAIR("model", SD_JSON_BUILD_STRING(media[i].model)),
                                                   SD_JSON_BUILD_PAIR("size", SD_JSON_BUILD_UNSIGNED(media[i].size)),
                                                   SD_JSON_BUILD_PAIR("removable", SD_JSON_BUILD_BOOLEAN(media[i].is_removable)),
                                                   SD_JSON_BUILD_PAIR("holds", SD_JSON_BUILD_STRING(holds)),
                                                   SD_JSON_BUILD_PAIR("running", SD_JSON_BUILD_BOOLEAN(text_equal(media[i].name, own))));
        }
        return r < 0 ? disk_fail(disk, "There is not enough memory.") : 0;
}

/* --- another disk made ours ---------------------------------------------------------- */

static int copy_range(struct disk *disk, const char *from, uint64_t from_at, const char *to, uint64_t to_at, uint64_t size, int percent_from,
                      int percent_to)
{
        int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CLOEXEC), r = in < 0 || out < 0 ? PV_ESYSTEM : 0;
        uint8_t *piece = malloc(PIECE);

        if (!piece)
                r = PV_ENOMEM;
        for (uint64_t done = 0; r == 0 && done < size;) {
                size_t want = size - done < PIECE ? (size_t)(size - done) : PIECE;
                ssize_t n = pread(in, piece, want, (off_t)(from_at + done));

                if (n <= 0 || pwrite(out, piece, (size_t)n, (off_t)(to_at + done)) != n)
                        r = PV_ESYSTEM;
                done += n > 0 ? (uint64_t)n : 0;
                disk_tell(disk, percent_from + (int)((uint64_t)(percent_to - percent_from) * done / size));
        }
        if (r == 0 && fsync(out) < 0)
                r = PV_ESYSTEM;
        if (in >= 0)
                close(in);
        if (out >= 0)
                close(out);
        free(piece);
        return r < 0 ? disk_fail(disk, "The disk cannot be written: %s.", strerror(errno)) : 0;
}

/* The copied boot partition keeps the kernel image that runs, with all its starts, and nothing of other versions. */
static int settle_esp(struct disk *disk, const char *device)
{
        int esp, images, r = disk_mount_esp(disk, device, &esp);

        if (r < 0)
                return r;
        images = openat(esp, "EFI/Linux", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (images < 0 || esp_keep_only(images, disk->machine.version) < 0 || esp_mark(images, disk->machine.version, 3) < 0)
                r = disk_fail(disk, "The new boot partition has no kernel image of version %s.", disk->machine.version);
        if (images >= 0)
                close(images);
        disk_unmount(esp);
        return r;
}

static void partition_device(const char *whole, unsigned number, char ret[static MACHINE_DEVICE_SIZE])
{
        bool ends_in_digit = whole[strlen(whole) - 1] >= '0' && whole[strlen(whole) - 1] <= '9';

        (void)snprintf(ret, MACHINE_DEVICE_SIZE, "%.40s%s%u", whole, ends_in_digit ? "p" : "", number);
}

static int wait_for(struct disk *disk, const char *device)
{
        for (int i = 0; i < 100; i++) {
                int fd = open(device, O_RDONLY | O_CLOEXEC);

                if (fd >= 0) {
                        close(fd);
                        return 0;
                }
                usleep(100000);
        }
        return disk_fail(disk, "The new partition %s did not appear.", device);
}

/* Nothing of what was there must be found again: the start of the room for data is emptied as well. */
static int forget_data(struct disk *disk, const char *device, uint64_t at, uint64_t size)
{
        static uint8_t zeros[PIECE];
        int fd = open(device, O_WRONLY | O_CLOEXEC), r = fd < 0 ? PV_ESYSTEM : 0;

        for (uint64_t done = 0; r == 0 && done < 16 * sizeof zeros && at + done + sizeof zeros <= size; done += sizeof zeros)
                if (pwrite(fd, zeros, sizeof zeros, (off_t)(at + done)) != (ssize_t)sizeof zeros)
                        r = PV_ESYSTEM;
        if (r == 0 && fsync(fd) < 0)
                r = PV_ESYSTEM;
        if (fd >= 0)
                close(fd);
        return r < 0 ? disk_fail_errno(disk, "The disk cannot be written") : 0;
}

static int make(struct disk *disk, const char *device, uint64_t size)
{
        const struct disk_partition *own = &disk->table.slot[disk->running];
        const struct disk_partition *esp = &disk->table.esp;
        struct disk_table table;
        char partition[MACHINE_DEVICE_SIZE];
        int r;

        if (disk_table_make(device, &disk->table, own, &table) < 0)
                return disk_fail(disk, "The partition table of %s cannot be written: the disk is in use, damaged or protected.", device);
        r = forget_data(disk, device, table.slot[1].start + table.slot[1].size, size);
        if (r == 0)
                r = copy_range(disk, disk->whole, esp->start, device, table.esp.start, esp->size, 2, 40);
        if (r == 0)
                r = copy_range(disk, disk->whole, own->start, device, table.slot[0].start, own->size, 40, 95);
        if (r < 0)
                return r;
        partition_device(device, 1, partition);
        r = wait_for(disk, partition);
        return r == 0 ? settle_esp(disk, partition) : r;
}

static const struct medium *find(const struct medium *media, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (medium_is_whole(&media[i]) && text_equal(media[i].name, name))
                        return &media[i];
        return NULL;
}

int disk_install(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        static struct medium media[MEDIA_MAX];
        const char *name = service_field_text(request, "device");
        const struct medium *target = name ? find(media, media_list(SYS, media), text_starts(name, "/dev/") ? name + 5 : name) : NULL;
        char device[MACHINE_DEVICE_SIZE], holds[80] = "";
        uint64_t needed;
        int r = disk_open(disk);

        (void)ret;
        if (r < 0)
                return r;
        if (!target)
                return disk_fail(disk, "There is no such disk.");
        (void)snprintf(device, sizeof device, "/dev/%s", target->name);
        if (text_equal(device, disk->whole))
                return disk_fail(disk, "The appliance runs from %s itself.", device);
        needed = disk->table.slot[1].start + disk->table.slot[1].size + (256ULL << 20) + TABLE_ROOM;
        if (target->size < needed)
                return disk_fail(disk, "The disk %s has %llu MB and needs at least %llu.", device, (unsigned long long)(target->size >> 20),
                                 (unsigned long long)(needed >> 20));
        if (disk_table_holds(device, holds, sizeof holds) < 0 || (*holds && !service_field_is_true(request, "erase")))
                return disk_fail(disk, "On the disk %s is %s; it is only overwritten when that is said.", device,
                                 *holds ? holds : "something that cannot be read");
        return make(disk, device, target->size);
}

/* --- the recovery key -------------------------------------------------------------------- */

/* The key is the one word that has its form: eight groups of eight letters. */
static void on_key_line(const char *line, void *userdata)
{
        char *ret = userdata;

        while (*line) {
                size_t size = strcspn(line, " "), letters = 0;

                for (size_t i = 0; i < size; i++)
                        letters += line[i] >= 'a' && line[i] <= 'z';
                if (letters == 64 && size == 71) {
                        memcpy(ret, line, size);
                        ret[size] = 0;
                }
                line += size + (line[size] == ' ');
        }
}

int disk_key(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        const char *const words[] = {CRYPTENROLL, "--recovery-key", "--wipe-slot=recovery", "--unlock-key-file=" MACHINE_DISK_KEY, disk->machine.data_device, NULL};
        char key[KEY_SIZE] = "";
        int r;

        (void)request;
        if (!*disk->machine.data_device)
                return disk_fail(disk, "The start of this machine did not say where the data partition is.");
        if (access(MACHINE_DISK_KEY, F_OK) < 0)
                return disk_fail(disk, "No recovery key can be made now: what makes it is made when the TPM opens the data partition at a start. Restart the appliance.");
        r = tool_run(words, on_key_line, key);
        if (r < 0 || !*key)
                r = disk_fail(disk, "No recovery key could be made. Restart the appliance, then ask for one again.");
        else if (sd_json_variant_new_string(ret, key) < 0)
                r = disk_fail(disk, "There is not enough memory.");
        else
                sd_json_variant_sensitive(*ret);
        explicit_bzero(key, sizeof key);
        return r;
}
