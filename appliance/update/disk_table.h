#ifndef PROVOST_UPDATE_DISK_TABLE_H
#define PROVOST_UPDATE_DISK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* The partition table of a disk, or of a file that holds one: our slots, and the way to make a disk ours. */

#define DISK_TABLE_LABEL_SIZE 40
#define DISK_TABLE_UUID_SIZE 37
#define DISK_TABLE_SLOTS 2
#define DISK_TABLE_EMPTY "_empty"

struct disk_partition {
        size_t number;                                  /* from 0 */
        char label[DISK_TABLE_LABEL_SIZE], uuid[DISK_TABLE_UUID_SIZE], type[DISK_TABLE_UUID_SIZE];
        uint64_t start, size;                           /* bytes */
};

struct disk_table {
        struct disk_partition esp, slot[DISK_TABLE_SLOTS];
};

/* PV_EUNSET: there is no table with an ESP and two slots. */
int disk_table_read(const char *disk, struct disk_table *ret) PV_MUST_CHECK;
/* The slot holds nothing from now on. */
int disk_table_empty(const char *disk, const struct disk_partition *slot) PV_MUST_CHECK;
/*
 * A new table like this one, its places and types, with new ids but for the first slot's (the root's hash is its id) and with an empty
 * second slot. Everything that was on the disk is unreachable then.
 */
int disk_table_make(const char *disk, const struct disk_table *like, const struct disk_partition *running, struct disk_table *ret) PV_MUST_CHECK;
/* What is seen in the first bytes and the table, in a few words; "" nothing. */
int disk_table_holds(const char *disk, char *ret, size_t size) PV_MUST_CHECK;

#endif
