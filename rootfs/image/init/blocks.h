/* blocks: the disks and partitions that the kernel knows, by their names in the partition table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCKS_MAX = 256 };

/* A partition. Sectors are of 512 bytes, whatever the disk's are. */
struct block {
        char name[32], disk[32];        /* vda2, vda */
        char label[80], uuid[40];       /* of the partition, from the table */
        unsigned number;                /* 2 */
        uint64_t start, sectors;
};

struct blocks {
        struct block all[BLOCKS_MAX];
        size_t count;
};

/* What is there now. */
void blocks_read(struct blocks *ret_blocks);

/* The partition of a disk with that label, that UUID; NULL when there is none. disk NULL: of any. */
const struct block *blocks_labelled(const struct blocks *blocks, const char *disk, const char *label);
const struct block *blocks_with_uuid(const struct blocks *blocks, const char *disk, const char *uuid);

/*
 * The slot to start from: the partition with the UUID that the kernel image asks for. Where several disks have one (an
 * installed appliance and the stick it came from), that on the disk whose ESP the loader came from; NULL when no slot is there, or not yet.
 * esp: "" when the loader said nothing; anywhere: take what there is.
 */
const struct block *blocks_slot(const struct blocks *blocks, const char *uuid, const char *esp, bool anywhere);

/*
 * The last partition of a disk when it has no label: one that was made since the kernel read the table, which does not tell it labels and
 * UUIDs then. NULL when the last one has a label.
 */
const struct block *blocks_just_made(const struct blocks *blocks, const char *disk);

/* Sectors of the disk behind its last partition, 0 when `last` is not that one. */
uint64_t blocks_room_behind(const struct blocks *blocks, const struct block *last, uint64_t disk_sectors);

/* How large a disk or partition is; 0 when it is not there. */
uint64_t blocks_sectors_of(const char *name);
