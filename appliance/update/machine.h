#ifndef PROVOST_UPDATE_MACHINE_H
#define PROVOST_UPDATE_MACHINE_H

#include <stdbool.h>

#include "appliance/update/update_version.h"

#define MACHINE_DEVICE_SIZE 64
#define MACHINE_BOOT "/run/provost/boot.json"
/* In the encrypted partition: the recovery key that makes the next one. */
#define MACHINE_DISK_KEY_NAME "disk.key"
#define MACHINE_DISK_KEY "/data/" MACHINE_DISK_KEY_NAME

/* What started, as the initramfs found it, and what the firmware says. */
struct machine {
        char version[UPDATE_VERSION_SIZE];      /* of this system */
        const char *architecture;               /* "amd64" "arm64" */
        bool has_slots;                         /* false in a container, and when the initramfs said nothing */
        char slot_device[MACHINE_DEVICE_SIZE], esp_device[MACHINE_DEVICE_SIZE], data_device[MACHINE_DEVICE_SIZE];
        char slot[4];                           /* "a" "b" */
        char encryption[16];                    /* of /data: "tpm" "recovery" "none" */
        bool is_verified, is_container;
        const char *secure_boot;                /* "on" "off" "setup" "none" */
};

/* Parts of it, for the tests. */
void machine_read_boot(const char *json, struct machine *ret);
void machine_read_release(const char *os_release, struct machine *ret);
/* secure, setup: the byte that the variable holds; -1: it is not there. */
const char *machine_secure_boot(int secure, int setup);
void machine_read(struct machine *ret);

#endif
