/* disk_state: what a data partition holds, told by its first bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_STATE_BYTES = 4096 };

enum disk_state {
        DISK_STATE_UNKNOWN,             /* nothing of ours, or damaged */
        DISK_STATE_EMPTY,               /* zeros: wiped, not made anew yet */
        DISK_STATE_WIPING,              /* a wipe began here and was not finished */
        DISK_STATE_PLAIN,               /* ext4 */
        DISK_STATE_ENCRYPTED,           /* LUKS 2 */
};

/* The mark that a wipe writes first; the partition begins with it until the wipe is done. */
extern const char disk_state_wiping[32];

enum disk_state disk_state_of(const uint8_t bytes[DISK_STATE_BYTES]);

/* The block size and the length of the ext4 file system whose first bytes these are; 0 when it is none. */
uint32_t disk_state_block_size(const uint8_t bytes[DISK_STATE_BYTES]);
uint64_t disk_state_length(const uint8_t bytes[DISK_STATE_BYTES]);

/*
 * Room that is worth growing into. A partition table keeps some sectors at the disk's end and partitions begin at whole MB, so a
 * little is always left over.
 */
bool disk_state_grows(uint64_t free_bytes);
