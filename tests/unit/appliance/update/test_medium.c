/*
 * test_medium: disks and sticks as the kernel lists them, in a folder of the same form.
 */
#include "appliance/update/medium.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/update/transfer_file.h"
#include "tests/support/test.h"

static char place[64];
static struct medium media[MEDIA_MAX];

static void put(const char *file, const char *text)
{
        char path[256];
        int fd;

        snprintf(path, sizeof path, "%s/%s", place, file);
        for (char *slash = path + strlen(place) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = 0;
                mkdir(path, 0700);
                *slash = '/';
        }
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        CHECK_EQ_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
}

static void list_as(const char *name, const char *device)
{
        char path[256], target[256];

        snprintf(path, sizeof path, "%s/class/block/%s", place, name);
        snprintf(target, sizeof target, "../../%s", device);
        CHECK_EQ_INT(symlink(target, path), 0);
}

static const struct medium *find(size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(media[i].name, name) == 0)
                        return &media[i];
        return NULL;
}

TEST(disks_and_partitions_are_listed_and_other_devices_not)
{
        strcpy(place, "/tmp/medium-XXXXXX");
        CHECK(mkdtemp(place));
        put("class/block/x", "");
        put("devices/pci/virtio1/block/vda/size", "2097152\n");
        put("devices/pci/virtio1/block/vda/removable", "0\n");
        put("devices/pci/virtio1/block/vda/vda1/size", "2048\n");
        put("devices/pci/virtio1/block/vda/vda1/partition", "1\n");
        put("devices/pci/usb1/1-1/host2/block/sda/size", "4096\n");
        put("devices/pci/usb1/1-1/host2/block/sda/removable", "0\n");
        put("devices/pci/usb1/1-1/host2/block/sda/device/model", "Stick   \n");
        put("devices/virtual/block/loop0/size", "100\n");
        put("devices/virtual/block/dm-0/size", "100\n");
        put("devices/virtual/block/sdb/size", "0\n");
        list_as("vda", "devices/pci/virtio1/block/vda");
        list_as("vda1", "devices/pci/virtio1/block/vda/vda1");
        list_as("sda", "devices/pci/usb1/1-1/host2/block/sda");
        list_as("loop0", "devices/virtual/block/loop0");
        list_as("dm-0", "devices/virtual/block/dm-0");
        list_as("sdb", "devices/virtual/block/sdb");
        size_t n = media_list(place, media);

        CHECK_EQ_INT(n, 3);
        CHECK(find(n, "vda") && medium_is_whole(find(n, "vda")) && !find(n, "vda")->is_removable);
        CHECK_EQ_INT(find(n, "vda")->size, 1ULL << 30);
        CHECK(!medium_is_whole(find(n, "vda1")));
        CHECK_STR(find(n, "vda1")->whole, "vda");
        CHECK(find(n, "sda")->is_removable);
        CHECK_STR(find(n, "sda")->model, "Stick");
        char command[96];
        snprintf(command, sizeof command, "%s", place);
        CHECK_EQ_INT(access(command, F_OK), 0);
}

TEST(names_of_devices_are_plain)
{
        CHECK(medium_is_name("nvme0n1p2") && medium_is_name("sda"));
        CHECK(!medium_is_name("") && !medium_is_name("../sda") && !medium_is_name("sda/x") && !medium_is_name("SDA") && !medium_is_name("a b"));
}

TEST(the_definitions_of_a_transfer_hold_what_they_are_given_and_no_second_line)
{
        char text[TRANSFER_FILE_SIZE];

        CHECK_EQ_INT(transfer_file_root("/dev/vda", "/data/update/ready/source", "0.6.1", text), 0);
        CHECK(strstr(text, "\nType=partition\n") && strstr(text, "\nPath=/dev/vda\n") && strstr(text, "ProtectVersion=0.6.1\n"));
        CHECK_EQ_INT(transfer_file_kernel("/x/EFI/Linux", "/data/update/ready/source", "0.6.1", text), 0);
        CHECK(strstr(text, "\nTriesLeft=0\n"));
        CHECK_EQ_INT(transfer_file_root("/dev/vda\nPath=/dev/vdb", "/s", "0.6.1", text), PV_EREFUSED);
}
