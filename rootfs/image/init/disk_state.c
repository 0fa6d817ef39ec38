/*
 * disk_state: what a data partition holds, told by its first bytes.
 *
 * In:   the first 4096 bytes of the partition, any bytes at all.
 * Out:  one of five answers.
 * Not:  no reading and no repair; damage further in is the mount's to find.
 */
#include <string.h>

#include "rootfs/image/init/disk_state.h"

#define EXT4_AT 1024

const char disk_state_wiping[32] = "provost: being wiped, go on";

static uint32_t u32(const uint8_t *at)
{
        return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
        for (size_t i = 0; i < length; i++)
                if (bytes[i])
                        return false;
        return true;
}

enum disk_state disk_state_of(const uint8_t bytes[DISK_STATE_BYTES])
{
        if (memcmp(bytes, disk_state_wiping, sizeof(disk_state_wiping)) == 0)
                return DISK_STATE_WIPING;
        if (memcmp(bytes, "LUKS\xba\xbe\0\2", 8) == 0)
                return DISK_STATE_ENCRYPTED;
        if (bytes[EXT4_AT + 0x38] == 0x53 && bytes[EXT4_AT + 0x39] == 0xef)
                return DISK_STATE_PLAIN;
        return is_zero(bytes, DISK_STATE_BYTES) ? DISK_STATE_EMPTY : DISK_STATE_UNKNOWN;
}

uint32_t disk_state_block_size(const uint8_t bytes[DISK_STATE_BYTES])
{
        uint32_t shift = u32(bytes + EXT4_AT + 0x18);

        return disk_state_of(bytes) == DISK_STATE_PLAIN && shift <= 6 ? (uint32_t)1024 << shift : 0;
}

uint64_t disk_state_length(const uint8_t bytes[DISK_STATE_BYTES])
{
        const uint8_t *super = bytes + EXT4_AT;
        bool is_64bit = u32(super + 0x60) & 0x80;
        uint64_t blocks = u32(super + 0x4) | (is_64bit ? (uint64_t)u32(super + 0x150) << 32 : 0), length;

        return __builtin_mul_overflow(blocks, disk_state_block_size(bytes), &length) ? 0 : length;
}

bool disk_state_grows(uint64_t free_bytes)
{
        return free_bytes >= (uint64_t)16 << 20;
}
