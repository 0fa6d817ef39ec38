/* data: the data partition, ready under NEW_ROOT/data. */
#pragma once

#include <stdbool.h>

struct data {
        char device[48];                /* the partition */
        const char *encryption;         /* tpm, recovery (opened by that key this time), none */
        bool created, grown, wiped;
};

/*
 * Finds the data partition of a disk, or makes it; grows it when the disk has room behind it; wipes it first when that was asked for
 * (reset, or a request on the partition itself); opens and mounts it. device: another partition to take, "" for that of the disk.
 * Gives up with a sentence.
 */
void data_open(const char *disk, const char *device, bool reset, struct data *ret_data);

/* Makes /data/machine-id on the first start, and puts it over NEW_ROOT/etc/machine-id. */
void data_bind_machine_id(void);
