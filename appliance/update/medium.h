#ifndef PROVOST_UPDATE_MEDIUM_H
#define PROVOST_UPDATE_MEDIUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Block devices as the kernel lists them. `sys` is "/sys", or a folder of the same form. */
#define MEDIA_MAX 64
#define MEDIUM_NAME_SIZE 32
#define MEDIUM_MODEL_SIZE 64

struct medium {
        char name[MEDIUM_NAME_SIZE];            /* "sda1" */
        char whole[MEDIUM_NAME_SIZE];           /* "sda"; the same for a whole disk */
        char model[MEDIUM_MODEL_SIZE];          /* of the whole disk */
        uint64_t size;                          /* bytes */
        bool is_removable, is_read_only;
};

/* Disks and their partitions; no loop, memory, mapped or optical devices. Returns how many. */
size_t media_list(const char *sys, struct medium ret[static MEDIA_MAX]);
bool medium_is_whole(const struct medium *medium);
/* Lower-case letters and digits, as the kernel names disks. */
bool medium_is_name(const char *text);

#endif
