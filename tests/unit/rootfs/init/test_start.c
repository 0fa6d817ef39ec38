/*
 * test_start: what the initramfs decides: which slot, what a data partition holds, what can be a recovery key.
 */
#include <stdio.h>
#include <string.h>

#include "rootfs/image/init/blocks.h"
#include "rootfs/image/init/crypt.h"
#include "rootfs/image/init/disk_state.h"
#include "rootfs/image/init/verity.h"
#include "tests/support/test.h"

#define HASH "96f3f21420655ee827d8ea765c8eb53b5842faacc47ca7c2b858b22965391a7a"
#define SLOT_UUID "96f3f214-2065-5ee8-27d8-ea765c8eb53b"
#define ESP_UUID "a6e6d1fd-b4b5-5566-a9e3-2c2f784d6116"
#define OTHER_ESP "b6e6d1fd-b4b5-5566-a9e3-2c2f784d6116"

static struct blocks blocks;

static void add(const char *name, const char *disk, const char *label, const char *uuid, uint64_t start, uint64_t sectors)
{
        struct block *block = &blocks.all[blocks.count++];

        *block = (struct block){.start = start, .sectors = sectors, .number = (unsigned)(name[strlen(name) - 1] - '0')};
        snprintf(block->name, sizeof(block->name), "%s", name);
        snprintf(block->disk, sizeof(block->disk), "%s", disk);
        snprintf(block->label, sizeof(block->label), "%s", label);
        snprintf(block->uuid, sizeof(block->uuid), "%s", uuid);
}

/* An appliance's disk, and the stick that it was installed from. */
static void two_disks(void)
{
        blocks.count = 0;
        add("sda1", "sda", "provost-esp", ESP_UUID, 2048, 1000);
        add("sda2", "sda", "provost_1", SLOT_UUID, 4096, 1000);
        add("sda4", "sda", "provost-data", "c", 9000, 1000);
        add("sdb1", "sdb", "provost-esp", OTHER_ESP, 2048, 1000);
        add("sdb2", "sdb", "provost_1", SLOT_UUID, 4096, 1000);
}

TEST(the_slot_is_on_the_disk_that_the_loader_came_from)
{
        two_disks();
        CHECK_STR(blocks_slot(&blocks, SLOT_UUID, OTHER_ESP, false)->name, "sdb2");
        CHECK_STR(blocks_slot(&blocks, SLOT_UUID, ESP_UUID, false)->name, "sda2");
        CHECK_STR(blocks_slot(&blocks, SLOT_UUID, "", false)->name, "sda2");
}

TEST(a_loader_from_nowhere_gets_a_slot_only_after_a_while)
{
        two_disks();
        CHECK(!blocks_slot(&blocks, SLOT_UUID, "d6e6d1fd-b4b5-5566-a9e3-2c2f784d6116", false));
        CHECK_STR(blocks_slot(&blocks, SLOT_UUID, "d6e6d1fd-b4b5-5566-a9e3-2c2f784d6116", true)->name, "sda2");
        CHECK(!blocks_slot(&blocks, "96f3f214-2065-5ee8-27d8-ea765c8eb53c", "", true));
}

TEST(room_is_counted_behind_the_last_partition_only)
{
        two_disks();
        CHECK_EQ_INT(blocks_room_behind(&blocks, blocks_labelled(&blocks, "sda", "provost-data"), 20000), 10000);
        CHECK_EQ_INT(blocks_room_behind(&blocks, blocks_labelled(&blocks, "sda", "provost_1"), 20000), 0);
        CHECK_EQ_INT(blocks_room_behind(&blocks, blocks_labelled(&blocks, "sda", "provost-data"), 10000), 0);
        CHECK(disk_state_grows((uint64_t)16 << 20));
        CHECK(!disk_state_grows(((uint64_t)16 << 20) - 512));
}

TEST(a_partition_just_made_is_the_last_one_and_has_no_label)
{
        two_disks();
        CHECK(!blocks_just_made(&blocks, "sda"));
        add("sdb4", "sdb", "", "", 9000, 1000);
        CHECK_STR(blocks_just_made(&blocks, "sdb")->name, "sdb4");
        CHECK(!blocks_just_made(&blocks, "sdc"));
}

TEST(words_that_name_no_root_are_refused)
{
        struct verity verity;
        char text[512];

        CHECK(verity_from(HASH, "00ff", "7669", &verity));
        CHECK_STR(verity.uuid, SLOT_UUID);
        verity_parameters(&verity, "/dev/vda2", text, sizeof text);
        CHECK_STR(text, "1 /dev/vda2 /dev/vda2 4096 4096 7669 7669 sha256 " HASH " 00ff 2 panic_on_corruption panic_on_error");
        CHECK(!verity_from(HASH "0", "00ff", "7669", &verity));
        CHECK(!verity_from("96F3", "00ff", "7669", &verity));
        CHECK(!verity_from(HASH, "", "7669", &verity));
        CHECK(!verity_from(HASH, "00f", "7669", &verity));
        CHECK(!verity_from(HASH, "00fg", "7669", &verity));
        CHECK(!verity_from(HASH, "00ff", "", &verity));
        CHECK(!verity_from(HASH, "00ff", "0", &verity));
        CHECK(!verity_from(HASH, "00ff", "-1", &verity));
        CHECK(!verity_from(HASH, "00ff", "76 69", &verity));
        CHECK(!verity_from(HASH, "00ff", "1234567890123", &verity));
}

TEST(what_a_partition_holds_is_told_by_its_first_bytes)
{
        uint8_t bytes[DISK_STATE_BYTES] = {0};

        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_EMPTY);
        bytes[4095] = 1;
        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_UNKNOWN);
        CHECK_EQ_INT(disk_state_length(bytes), 0);
        bytes[1024 + 0x38] = 0x53;
        bytes[1024 + 0x39] = 0xef;
        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_PLAIN);
        memcpy(bytes, disk_state_wiping, sizeof(disk_state_wiping));
        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_WIPING);
        memcpy(bytes, "LUKS\xba\xbe\0\2", 8);
        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_ENCRYPTED);
        bytes[7] = 1;
        CHECK_EQ_INT(disk_state_of(bytes), DISK_STATE_PLAIN);
}

TEST(the_length_of_a_file_system_is_blocks_times_their_size)
{
        uint8_t bytes[DISK_STATE_BYTES] = {0}, *super = bytes + 1024;

        super[0x38] = 0x53;
        super[0x39] = 0xef;
        super[0x18] = 2;
        super[0x4] = 0x10;
        CHECK_EQ_INT(disk_state_block_size(bytes), 4096);
        CHECK_EQ_INT(disk_state_length(bytes), 16 * 4096);
        super[0x150] = 1;
        CHECK_EQ_INT(disk_state_length(bytes), 16 * 4096);
        super[0x60] = 0x80;
        CHECK(disk_state_length(bytes) == (((uint64_t)1 << 32) + 16) * 4096);
        super[0x153] = 0xff;
        CHECK_EQ_INT(disk_state_length(bytes), 0);
        super[0x18] = 7;
        CHECK_EQ_INT(disk_state_block_size(bytes), 0);
}

TEST(a_recovery_key_is_taken_however_it_is_spaced)
{
        char key[72];

        CHECK(crypt_recovery_key("CBDEFGHI jklnrtuv-cbdefghijklnrtuvcbdefghijklnrtuv cbdefghi jklnrtuv", key));
        CHECK_STR(key, "cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv");
        CHECK(!crypt_recovery_key("", key));
        CHECK(!crypt_recovery_key("cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtu", key));
        CHECK(!crypt_recovery_key("cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuvc", key));
        CHECK(!crypt_recovery_key("abdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv", key));
}
