/*
 * test_disk_table: partition tables in plain files.
 */
#include "appliance/update/disk_table.h"

#include <fcntl.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "tests/support/test.h"

#define MB (1ULL << 20)
#define ROOT "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"

static const struct disk_table layout = {
        .esp = {.label = "provost-esp", .type = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", .start = MB, .size = 4 * MB},
        .slot = {{.label = "x", .type = ROOT, .start = 5 * MB, .size = 8 * MB}, {.label = "x", .type = ROOT, .start = 13 * MB, .size = 8 * MB}},
};
static const struct disk_partition running = {.label = "provost_0.6.1", .uuid = "11111111-2222-3333-4444-555555555555", .type = ROOT};
static struct disk_table table;
static char path[64];

static void file_of(uint64_t size)
{
        int fd;

        strcpy(path, "/tmp/disk-table-XXXXXX");
        fd = mkstemp(path);
        CHECK(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
        close(fd);
}

TEST(a_disk_made_ours_has_one_slot_filled_and_one_empty)
{
        file_of(64 * MB);
        CHECK_EQ_INT(disk_table_make(path, &layout, &running, &table), 0);
        CHECK_EQ_INT(disk_table_read(path, &table), 0);
        CHECK_STR(table.slot[0].label, "provost_0.6.1");
        CHECK(strcasecmp(table.slot[0].uuid, running.uuid) == 0);
        CHECK_STR(table.slot[1].label, "_empty");
        CHECK_EQ_INT(table.slot[1].start, 13 * MB);
        CHECK_EQ_INT(table.esp.size, 4 * MB);
        unlink(path);
}

TEST(a_slot_is_emptied_and_the_other_one_stays)
{
        file_of(64 * MB);
        CHECK_EQ_INT(disk_table_make(path, &layout, &running, &table), 0);
        CHECK_EQ_INT(disk_table_empty(path, &table.slot[0]), 0);
        CHECK_EQ_INT(disk_table_read(path, &table), 0);
        CHECK_STR(table.slot[0].label, "_empty");
        CHECK_EQ_INT(table.slot[0].start, 5 * MB);
        CHECK_EQ_INT(table.slot[0].size, 8 * MB);
        unlink(path);
}

TEST(what_a_disk_holds_is_said)
{
        char holds[80];
        int fd;

        file_of(64 * MB);
        CHECK_EQ_INT(disk_table_holds(path, holds, sizeof holds), 0);
        CHECK_STR(holds, "");
        CHECK_EQ_INT(disk_table_make(path, &layout, &running, &table), 0);
        CHECK_EQ_INT(disk_table_holds(path, holds, sizeof holds), 0);
        CHECK_STR(holds, "an installation of Provost");
        /* the label of an ext4 file system */
        CHECK_EQ_INT(truncate(path, 0), 0);
        CHECK_EQ_INT(truncate(path, 64 * MB), 0);
        fd = open(path, O_WRONLY);
        CHECK_EQ_INT(pwrite(fd, "\x53\xef", 2, 1024 + 56), 2);
        CHECK_EQ_INT(pwrite(fd, "\x00\x40\x00\x00", 4, 1024 + 4), 4);
        CHECK_EQ_INT(pwrite(fd, "\x01", 1, 1024 + 76), 1);
        close(fd);
        CHECK_EQ_INT(disk_table_holds(path, holds, sizeof holds), 0);
        CHECK(*holds);
        unlink(path);
}

TEST(what_has_no_slots_of_ours_is_no_disk_of_ours)
{
        file_of(64 * MB);
        CHECK_EQ_INT(disk_table_read(path, &table), PV_EUNSET);
        unlink(path);
        CHECK_EQ_INT(disk_table_read(path, &table), PV_ESYSTEM);
}

TEST(a_disk_that_is_too_small_is_not_made)
{
        file_of(16 * MB);
        CHECK(disk_table_make(path, &layout, &running, &table) < 0);
        unlink(path);
}
