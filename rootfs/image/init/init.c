/*
 * init: the first program of the initramfs.
 *
 * In:   the kernel's command line, signed with the kernel: provost.root=HASH provost.salt=HEX provost.blocks=N (the root),
 *       provost.reset=1 (wipe the data partition), provost.data=DEVICE (tests: another data partition).
 * Out:  the root, each block of which is checked when it is read; the data partition on /data and /var; this machine's id over
 *       /etc/machine-id; a command line of known words over /proc/cmdline; /run/provost/boot.json; systemd as process 1. When that cannot be: one sentence on the consoles, and the
 *       kernel restarts.
 * Not:  no udev, no shell, no repair of a file system beyond its journal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rootfs/image/init/apart.h"
#include "rootfs/image/init/blocks.h"
#include "rootfs/image/init/console.h"
#include "rootfs/image/init/crypt.h"
#include "rootfs/image/init/data.h"
#include "rootfs/image/init/facts.h"
#include "rootfs/image/init/modules.h"
#include "rootfs/image/init/options.h"
#include "rootfs/image/init/say.h"
#include "rootfs/image/init/tpm.h"
#include "rootfs/image/init/verity.h"

#define SYSTEMD "/usr/lib/systemd/systemd"
#define EFI_VARIABLES "/sys/firmware/efi/efivars"
#define LOADER_PARTITION EFI_VARIABLES "/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define DISK_WAIT_S 30
#define OWN_DISK_WAIT_S 15              /* for the disk that the loader came from; after that, any with this version */
#define CONFIRM_S 120

static void mount_or_give_up(const char *source, const char *target, const char *type, unsigned long flags,
                             const char *options, const char *what)
{
        if (mount(source, target, type, flags, options) < 0)
                give_up("%s cannot be mounted: %s. The machine restarts", what, strerror(errno));
}

static void mount_kernel_files(void)
{
        mkdir("/dev", 0755);
        mkdir("/proc", 0555);
        mkdir("/sys", 0555);
        mkdir(NEW_ROOT, 0755);
        mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755");
        say_open();
        mount_or_give_up("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, "/proc");
        mount_or_give_up("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, "/sys");
}

/* --- the slot -------------------------------------------------------------- */

static void read_verity(struct verity *ret_verity)
{
        char root_hash[80], salt[130], blocks[20];

        if (!options_read("provost.root", root_hash, sizeof(root_hash)) || !options_read("provost.salt", salt, sizeof(salt)) ||
            !options_read("provost.blocks", blocks, sizeof(blocks)) || !verity_from(root_hash, salt, blocks, ret_verity))
                give_up("the kernel's command line does not say which root file system belongs to this kernel. The machine restarts");
}

/* The UUID of the ESP that the loader was started from; "" when no loader said it. An EFI variable: attributes, then UTF-16. */
static void read_loader_partition(char ret_uuid[40])
{
        uint8_t bytes[128];
        size_t length = 0;

        ret_uuid[0] = '\0';
        if (access("/sys/firmware/efi", F_OK) < 0)
                return;
        modules_load_one("efivarfs");
        if (mount("efivarfs", EFI_VARIABLES, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
                return;
        int file = open(LOADER_PARTITION, O_RDONLY | O_CLOEXEC);
        ssize_t got = file < 0 ? -1 : read(file, bytes, sizeof(bytes));
        if (file >= 0)
                close(file);
        for (ssize_t i = 4; i + 1 < got && bytes[i] && length < 36; i += 2)
                ret_uuid[length++] = (char)(bytes[i] >= 'A' && bytes[i] <= 'F' ? bytes[i] + 32 : bytes[i]);
        ret_uuid[length == 36 ? length : 0] = '\0';
}

/* Disks appear a while after their driver. */
static void wait_for_slot(const struct verity *verity, struct block *ret_slot, struct block *ret_esp)
{
        static struct blocks blocks;
        const struct timespec step = {.tv_nsec = 20 * 1000 * 1000};
        char esp[40];

        read_loader_partition(esp);
        for (int i = 0; i < DISK_WAIT_S * 50; i++) {
                blocks_read(&blocks);
                const struct block *slot = blocks_slot(&blocks, verity->uuid, esp, i >= OWN_DISK_WAIT_S * 50);
                if (slot) {
                        const struct block *found = blocks_labelled(&blocks, slot->disk, "provost-esp");

                        *ret_slot = *slot;
                        *ret_esp = found ? *found : (struct block){0};
                        return;
                }
                nanosleep(&step, NULL);
                modules_for_devices();
        }
        give_up("no disk has the root file system of this kernel (partition %s) after %d s. The machine restarts", verity->uuid, DISK_WAIT_S);
}

static void mount_root(const struct verity *verity, const struct block *slot)
{
        char device[48], checked[48];

        snprintf(device, sizeof(device), "/dev/%s", slot->name);
        int r = verity_open(verity, device, checked, sizeof(checked));
        if (r < 0)
                give_up("the root file system on %s cannot be opened: %s. The machine restarts", device, strerror(-r));
        mount_or_give_up(checked, NEW_ROOT, "squashfs", MS_RDONLY | MS_NODEV, NULL, "the root file system");
        say(LEVEL_INFO, "%s is the root file system", device);
        mount_or_give_up("tmpfs", NEW_ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=20%,nr_inodes=800k",
                         "/run");
}

/* --- factory reset from the loader's menu ---------------------------------- */

/* True when the kernel was started for a reset and somebody before the machine means it; a start without a word goes back to normal. */
static bool is_reset_wanted(void)
{
        char value[8], answer[32];

        if (!options_read("provost.reset", value, sizeof(value)) || strcmp(value, "1") != 0)
                return false;
        if (console_ask("\r\nFactory reset: site, phones, certificates and backups on this machine will be gone for good.\r\n"
                        "Type \"erase\" and Enter to go on, anything else to start as usual: ", false, CONFIRM_S, answer, sizeof(answer)) &&
            strcmp(answer, "erase") == 0)
                return true;
        console_tell("\r\nNothing was changed. The machine restarts.\r\n");
        sync();
        reboot(RB_AUTOBOOT);
        return false;
}

/* --- over to systemd ----------------------------------------------------- */

static void save_facts(const struct verity *verity, const struct block *slot, const struct block *esp, const struct data *data)
{
        char device[48], esp_device[48] = "", version[32], text[1024], profile[8];

        snprintf(device, sizeof(device), "/dev/%s", slot->name);
        if (*esp->name)
                snprintf(esp_device, sizeof(esp_device), "/dev/%s", esp->name);
        facts_version(NEW_ROOT "/usr/lib/os-release", version, sizeof(version));
        const struct facts facts = {
                .slot = slot->number == 2 ? "a" : "b", .device = device, .version = version, .root_hash = verity->root_hash, .esp = esp_device,
                .profile = options_read("provost.reset", profile, sizeof(profile)) ? "reset" : "main", .data = data,
        };
        if (facts_write(&facts, text, sizeof(text)))
                facts_save(NEW_ROOT "/run/provost/boot.json", NEW_ROOT "/run/provost", text);
}

/* /var is there: the journal is written to it from its first line, and nothing has to be moved there later. */
static void journal_on_disk(void)
{
        mkdir(NEW_ROOT "/run/systemd", 0755);
        mkdir(NEW_ROOT "/run/systemd/journal", 0755);
        int file = open(NEW_ROOT "/run/systemd/journal/flushed", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (file >= 0)
                close(file);
}

static void enter_root(void)
{
        mount_or_give_up("/dev", NEW_ROOT "/dev", NULL, MS_MOVE, NULL, "/dev");
        mount_or_give_up("/proc", NEW_ROOT "/proc", NULL, MS_MOVE, NULL, "/proc");
        mount_or_give_up("/sys", NEW_ROOT "/sys", NULL, MS_MOVE, NULL, "/sys");
        /* systemd would make it executable; what is there already it takes as it is. */
        mkdir(NEW_ROOT "/dev/shm", 01777);
        mount_or_give_up("tmpfs", NEW_ROOT "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=10%", "/dev/shm");
        mount_or_give_up("tmpfs", NEW_ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_STRICTATIME,
                         "mode=1777,size=20%,nr_inodes=100k", "/tmp");
        journal_on_disk();
        if (chdir(NEW_ROOT) < 0)
                give_up("the root file system cannot be entered: %s", strerror(errno));
        mount_or_give_up(".", "/", NULL, MS_MOVE, NULL, "the root file system");
        if (chroot(".") < 0 || chdir("/") < 0)
                give_up("the root file system cannot be entered: %s", strerror(errno));
}

int main(void)
{
        /* Words the kernel does not know reach its first program as arguments and environment: neither goes on. */
        char *const arguments[] = {(char[]){SYSTEMD}, NULL}, *const environment[] = {(char[]){"TERM=linux"}, NULL};
        struct verity verity;
        struct block slot, esp;
        struct data data;
        char data_device[48];

        mount_kernel_files();
        modules_load();
        read_verity(&verity);
        wait_for_slot(&verity, &slot, &esp);
        mount_root(&verity, &slot);
        options_read("provost.data", data_device, sizeof(data_device));
        bool reset = is_reset_wanted();
        tpm_say_begin();
        data_open(slot.disk, data_device, reset, &data);
        tpm_say_end();
        data_bind_machine_id();
        save_facts(&verity, &slot, &esp, &data);
        modules_drop();
        enter_root();
        options_show();
        execve(SYSTEMD, arguments, environment);
        give_up("systemd cannot be started: %s. The machine restarts", strerror(errno));
}
