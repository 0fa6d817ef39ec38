#ifndef PROVOST_UPDATE_DISK_H
#define PROVOST_UPDATE_DISK_H

#include <stdarg.h>
#include <systemd/sd-json.h>

#include "appliance/update/bundle_manifest.h"
#include "appliance/update/disk_table.h"
#include "appliance/update/machine.h"

/*
 * What provost-update-disk does: one thing with a disk, then it ends. Each verb takes the request and gives what it found, or
 * PV_ESYSTEM with a sentence in `reason`.
 */
struct disk {
        struct machine machine;
        char whole[MACHINE_DEVICE_SIZE];                /* the disk that the slots are on: "/dev/vda" */
        struct disk_table table;
        size_t running;                                 /* which slot */
        int fd;                                         /* that came with the request; -1 */
        char reason[BUNDLE_REASON_SIZE];
        int told;
};

#define DISK_RUN "/run/provost-update"

int disk_fail(struct disk *disk, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same with the reason of the system (errno). */
int disk_fail_errno(struct disk *disk, const char *what);
void disk_tell(struct disk *disk, int percent);
/* Whose partition: "/dev/vda" of "/dev/vda2". */
int disk_whole_of(const char *partition, char *ret, size_t size) PV_MUST_CHECK;
/* Fills whole, table and running. */
int disk_open(struct disk *disk) PV_MUST_CHECK;
/* Mounts the boot partition of this machine, or another device's file system to be read; the directory is the caller's. */
int disk_mount_esp(struct disk *disk, const char *device, int *ret_folder) PV_MUST_CHECK;
int disk_mount_stick(struct disk *disk, const char *device, int *ret_folder) PV_MUST_CHECK;
void disk_unmount(int folder);
/* Whether so many bytes from `at` on have this hash, read from the medium itself. */
int disk_check_hash(struct disk *disk, const char *path, uint64_t at, const struct bundle_file *wanted, int percent_from, int percent_to,
                    const char *what) PV_MUST_CHECK;

/* The verbs. */
int disk_look(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_write(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_mark(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_loader(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_sticks(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_take(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_disks(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_install(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);
int disk_key(struct disk *disk, sd_json_variant *request, sd_json_variant **ret);

#endif
