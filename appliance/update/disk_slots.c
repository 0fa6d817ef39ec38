/*
 * disk_slots: the verbs about this machine's slots: look, write, mark, loader.
 *
 * In:   the bundle's files in /data/update/ready, with the hashes that were checked.
 * Out:  the other slot written by systemd-sysupdate and read back; kernel images and their counters.
 * Not:  no decision whether it may be (the station has it).
 *
 * The order of writing: the kernel image of what was there goes first, then its label, then the root is written and read back, then the
 * kernel image comes, without a start left, and is read back. So at each moment either nothing could start the other slot, or it is whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "appliance/service/service_field.h"
#include "appliance/update/disk.h"
#include "appliance/update/esp.h"
#include "appliance/update/slots.h"
#include "appliance/update/tool.h"
#include "appliance/update/transfer_file.h"

#define SYSUPDATE "/usr/lib/systemd/systemd-sysupdate"
#define READY "/data/update/ready"
#define SOURCE READY "/source"
#define IMAGES "EFI/Linux"
#define ROOT_PERCENT 60
#define READ_PERCENT 80

/* --- look ------------------------------------------------------------------------ */

static int open_images(struct disk *disk, int esp, int *ret)
{
        *ret = openat(esp, IMAGES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return *ret < 0 ? disk_fail_errno(disk, "The folder " IMAGES " of the boot partition cannot be opened") : 0;
}

static void describe(const struct disk *disk, int images, struct slots *ret)
{
        *ret = (struct slots){.n = SLOTS};
        for (size_t i = 0; i < SLOTS; i++) {
                const char *label = disk->table.slot[i].label;
                struct uki_name name = {.left = -1};

                ret->slot[i].tries_left = -1;
                if (!text_starts(label, "provost_") || !update_version_is(label + 8))
                        continue;
                (void)text_copy(ret->slot[i].version, sizeof ret->slot[i].version, label + 8);
                ret->slot[i].has_kernel = esp_find(images, ret->slot[i].version, &name) == 0;
                ret->slot[i].tries_left = name.left;
        }
}

int disk_look(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        struct slots slots;
        int esp, images, r = disk_open(disk);

        (void)request;
        if (r == 0)
                r = disk_mount_esp(disk, disk->machine.esp_device, &esp);
        if (r < 0)
                return r;
        r = open_images(disk, esp, &images);
        if (r == 0) {
                describe(disk, images, &slots);
                close(images);
                r = slots_build(&slots, ret) < 0 ? disk_fail(disk, "There is not enough memory.") : 0;
        }
        disk_unmount(esp);
        return r;
}

/* --- write ------------------------------------------------------------------------- */

struct writing {
        struct disk *disk;
        const struct bundle_manifest *manifest;
        int from, to;                   /* percent of the whole that this part is */
        char last[200];                 /* what systemd-sysupdate said last */
};

static void on_line(const char *line, void *userdata)
{
        struct writing *w = userdata;
        unsigned percent;

        if (sscanf(line, "Imported %u%%.", &percent) == 1 && percent <= 100)
                disk_tell(w->disk, w->from + (int)((unsigned)(w->to - w->from) * percent / 100));
        else
                (void)text_escape(w->last, sizeof w->last, line, strlen(line));
}

static int put_file(struct disk *disk, const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        size_t size = strlen(text);
        bool is_done = fd >= 0 && write(fd, text, size) == (ssize_t)size;

        if (fd >= 0)
                close(fd);
        return is_done ? 0 : disk_fail_errno(disk, "The file for systemd-sysupdate cannot be written");
}

/* One transfer: its definition in a folder of its own, so that each runs when its turn has come. */
static int transfer(struct writing *w, const char *folder, const char *text)
{
        char path[200], definitions[256];
        const char *const words[] = {SYSUPDATE, definitions, "--no-pager", "update", w->manifest->version, NULL};
        int r;

        (void)snprintf(path, sizeof path, DISK_RUN "/%s", folder);
        if (mkdir(path, 0700) < 0 && errno != EEXIST)
                return disk_fail_errno(w->disk, "The folder for systemd-sysupdate cannot be made");
        (void)snprintf(definitions, sizeof definitions, "--definitions=%s", path);
        (void)snprintf(path, sizeof path, DISK_RUN "/%s/50-%s.transfer", folder, folder);
        r = put_file(w->disk, path, text);
        if (r == 0 && tool_run(words, on_line, w) < 0) {
                log_event(LOG_LEVEL_ERROR, "sysupdate-failed", "said", w->last, NULL);
                r = disk_fail(w->disk, "systemd-sysupdate failed (%.120s).", w->last);
        }
        return r;
}

static void uuid_of(const struct bundle_manifest *m, char ret[static DISK_TABLE_UUID_SIZE])
{
        const char *h = m->root_hash;

        (void)snprintf(ret, DISK_TABLE_UUID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
}

/* The names by which systemd-sysupdate knows version and id. */
static int name_sources(struct disk *disk, const struct bundle_manifest *m)
{
        char root[128], kernel[128];

        (void)snprintf(root, sizeof root, SOURCE "/provost_%s_%.32s.root", m->version, m->root_hash);
        (void)snprintf(kernel, sizeof kernel, SOURCE "/provost_%s.efi", m->version);
        if (mkdir(SOURCE, 0700) < 0 && errno != EEXIST)
                return disk_fail_errno(disk, "The folder " SOURCE " cannot be made");
        (void)unlink(root);
        (void)unlink(kernel);
        if (link(READY "/root", root) < 0 || link(READY "/kernel.efi", kernel) < 0)
                return disk_fail_errno(disk, "The bundle's files are not where they were put");
        return 0;
}

static void forget_sources(const struct bundle_manifest *m)
{
        char path[128];

        (void)snprintf(path, sizeof path, SOURCE "/provost_%s_%.32s.root", m->version, m->root_hash);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, SOURCE "/provost_%s.efi", m->version);
        (void)unlink(path);
        (void)rmdir(SOURCE);
}

static int clear_other(struct disk *disk, int images)
{
        const struct disk_partition *other = &disk->table.slot[!disk->running];

        if (esp_keep_only(images, disk->machine.version) < 0)
                return disk_fail_errno(disk, "The kernel image of the other slot cannot be removed");
        if (!text_equal(other->label, DISK_TABLE_EMPTY) && disk_table_empty(disk->whole, other) < 0)
                return disk_fail(disk, "The partition table of %s cannot be written.", disk->whole);
        return 0;
}

static int write_root(struct writing *w)
{
        struct disk *disk = w->disk;
        const struct disk_partition *other = &disk->table.slot[!disk->running];
        char text[TRANSFER_FILE_SIZE], label[DISK_TABLE_LABEL_SIZE], uuid[DISK_TABLE_UUID_SIZE];
        int r = transfer_file_root(disk->whole, SOURCE, disk->machine.version, text);

        if ((uint64_t)w->manifest->files[BUNDLE_PART_ROOT].size > other->size)
                return disk_fail(disk, "The new version has a root of %lld bytes, and its slot has %llu.",
                                 (long long)w->manifest->files[BUNDLE_PART_ROOT].size, (unsigned long long)other->size);
        w->to = ROOT_PERCENT;
        if (r == 0)
                r = transfer(w, "root", text);
        if (r == 0)
                r = disk_check_hash(disk, disk->whole, other->start, &w->manifest->files[BUNDLE_PART_ROOT], ROOT_PERCENT, READ_PERCENT, "The slot");
        if (r < 0)
                return r;
        (void)snprintf(label, sizeof label, "provost_%s", w->manifest->version);
        uuid_of(w->manifest, uuid);
        if (disk_table_read(disk->whole, &disk->table) < 0 || !text_equal(other->label, label) || strcasecmp(other->uuid, uuid) != 0)
                return disk_fail(disk, "The partition table does not say what was written.");
        return 0;
}

static int write_kernel(struct writing *w, int *esp)
{
        struct disk *disk = w->disk;
        const struct bundle_file *wanted = &w->manifest->files[BUNDLE_PART_KERNEL];
        char text[TRANSFER_FILE_SIZE], path[160];
        int r = disk_check_hash(disk, READY "/kernel.efi", 0, wanted, READ_PERCENT, READ_PERCENT, "The new kernel image");

        if (r == 0)
                r = transfer_file_kernel(DISK_RUN "/mount/" IMAGES, SOURCE, disk->machine.version, text);
        w->from = READ_PERCENT;
        w->to = 95;
        if (r == 0)
                r = transfer(w, "kernel", text);
        if (r < 0)
                return r;
        /* Mounted anew: what is read back comes from the disk. */
        disk_unmount(*esp);
        *esp = -1;
        r = disk_mount_esp(disk, disk->machine.esp_device, esp);
        (void)snprintf(path, sizeof path, DISK_RUN "/mount/" IMAGES "/provost_%s+0-0.efi", w->manifest->version);
        return r < 0 ? r : disk_check_hash(disk, path, 0, wanted, 95, 100, "The kernel image on the boot partition");
}

static int write_all(struct writing *w, int *esp)
{
        int images, r = open_images(w->disk, *esp, &images);

        if (r < 0)
                return r;
        r = clear_other(w->disk, images);
        if (r == 0)
                r = name_sources(w->disk, w->manifest);
        close(images);
        if (r == 0)
                r = write_root(w);
        return r == 0 ? write_kernel(w, esp) : r;
}

/* What failed leaves nothing that could start; its own sentence is the one that is told. */
static void undo(struct disk *disk, int esp)
{
        char reason[BUNDLE_REASON_SIZE];
        int images;

        (void)text_copy(reason, sizeof reason, disk->reason);
        if (open_images(disk, esp, &images) == 0) {
                if (clear_other(disk, images) < 0)
                        log_event(LOG_LEVEL_ERROR, "slot-not-cleared", "reason", disk->reason, NULL);
                close(images);
        }
        (void)text_copy(disk->reason, sizeof disk->reason, reason);
}

static int manifest_of(struct disk *disk, sd_json_variant *request, struct bundle_manifest *ret)
{
        sd_json_variant *object = sd_json_variant_by_key(request, "manifest");
        char *text = NULL;
        int r = object && sd_json_variant_format(object, 0, &text) >= 0 ? bundle_manifest_parse(text, strlen(text), ret, disk->reason)
                                                                       : disk_fail(disk, "Nothing was said of the bundle.");

        free(text);
        return r;
}

int disk_write(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        static struct bundle_manifest manifest;
        struct writing w = {.disk = disk, .manifest = &manifest};
        int esp = -1, r = manifest_of(disk, request, &manifest);

        (void)ret;
        if (r == 0)
                r = disk_open(disk);
        if (r == 0)
                r = disk_mount_esp(disk, disk->machine.esp_device, &esp);
        if (r == 0) {
                r = write_all(&w, &esp);
                forget_sources(&manifest);
                if (r < 0 && esp >= 0)
                        undo(disk, esp);
        }
        if (esp >= 0)
                disk_unmount(esp);
        return r;
}

/* --- mark ----------------------------------------------------------------------------- */

static int mark(struct disk *disk, int images, sd_json_variant *request, const char *name, const char *left_name)
{
        const char *version = service_field_text(request, name);
        int64_t left = service_field_integer(request, left_name, -1);
        int r;

        if (!version || !*version)
                return 0;
        if (!update_version_is(version) || left < 0 || left > UKI_LEFT_MAX)
                return disk_fail(disk, "Nothing was said of the version to be marked.");
        r = esp_mark(images, version, (int)left);
        if (r == PV_EUNSET && left == 0)
                return 0;               /* it cannot start as it is */
        return r < 0 ? disk_fail(disk, "The starts of version %s cannot be written to the boot partition: %s.", version,
                                 r == PV_EUNSET ? "its kernel image is not there" : strerror(errno))
                     : 0;
}

/* What gets starts first: a power cut in between finds two that can start rather than none. */
int disk_mark(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        int esp, images, r = disk_open(disk);
        bool is_own_first = service_field_integer(request, "left", 0) > 0;

        (void)ret;
        if (r == 0)
                r = disk_mount_esp(disk, disk->machine.esp_device, &esp);
        if (r < 0)
                return r;
        r = open_images(disk, esp, &images);
        if (r == 0) {
                if (is_own_first)
                        r = mark(disk, images, request, "version", "left");
                if (r == 0)
                        r = mark(disk, images, request, "other", "other_left");
                if (r == 0 && !is_own_first)
                        r = mark(disk, images, request, "version", "left");
                close(images);
        }
        disk_unmount(esp);
        return r;
}

/* --- loader ------------------------------------------------------------------------------ */

static int copy_file(int from, int to)
{
        char piece[65536];
        ssize_t n;

        while ((n = read(from, piece, sizeof piece)) > 0)
                for (ssize_t done = 0, m; done < n; done += m)
                        if ((m = write(to, piece + done, (size_t)(n - done))) <= 0)
                                return PV_ESYSTEM;
        return n < 0 || fsync(to) < 0 ? PV_ESYSTEM : 0;
}

static int replace_loader(struct disk *disk, int esp, const char *path, const struct bundle_file *wanted)
{
        char whole[256], fresh[128];
        int from, to, r;

        (void)snprintf(whole, sizeof whole, DISK_RUN "/mount/%s", path);
        (void)snprintf(fresh, sizeof fresh, "%s.new", path);
        if (faccessat(esp, path, F_OK, 0) < 0 || disk_check_hash(disk, whole, 0, wanted, 0, 0, "The boot loader") == 0)
                return 0;
        from = open(READY "/boot.efi", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        (void)unlinkat(esp, fresh, 0);
        to = openat(esp, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        r = from >= 0 && to >= 0 ? copy_file(from, to) : PV_ESYSTEM;
        if (from >= 0)
                close(from);
        if (to >= 0)
                close(to);
        (void)snprintf(whole, sizeof whole, DISK_RUN "/mount/%s", fresh);
        if (r == 0)
                r = disk_check_hash(disk, whole, 0, wanted, 0, 0, "The new boot loader");
        if (r == 0)
                r = renameat(esp, fresh, esp, path) < 0 || syncfs(esp) < 0 ? PV_ESYSTEM : 0;
        return r < 0 ? disk_fail(disk, "The boot loader %s could not be replaced; the former one goes on.", path) : 0;
}

int disk_loader(struct disk *disk, sd_json_variant *request, sd_json_variant **ret)
{
        static struct bundle_manifest manifest;
        static const char *const paths[] = {"EFI/systemd/systemd-bootx64.efi", "EFI/systemd/systemd-bootaa64.efi", "EFI/BOOT/BOOTX64.EFI",
                                            "EFI/BOOT/BOOTAA64.EFI"};
        int esp, r = manifest_of(disk, request, &manifest);

        (void)ret;
        if (r == 0)
                r = disk_open(disk);
        if (r == 0)
                r = disk_mount_esp(disk, disk->machine.esp_device, &esp);
        if (r < 0)
                return r;
        for (size_t i = 0; r == 0 && i < sizeof paths / sizeof paths[0]; i++)
                r = replace_loader(disk, esp, paths[i], &manifest.files[BUNDLE_PART_BOOT]);
        disk_unmount(esp);
        return r;
}
