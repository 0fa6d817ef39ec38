/*
 * data: the data partition, ready under NEW_ROOT/data.
 *
 * In:   the disk that the root is on; the verified root's systemd-repart and mkfs.
 * Out:  /data and /var mounted, and what was done for that.
 * Not:  no repair: what is damaged stays as it is, and is said. Nothing is made where something unknown is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rootfs/image/init/apart.h"
#include "rootfs/image/init/blocks.h"
#include "rootfs/image/init/crypt.h"
#include "rootfs/image/init/data.h"
#include "rootfs/image/init/disk_state.h"
#include "rootfs/image/init/modules.h"
#include "rootfs/image/init/say.h"
#include "rootfs/image/init/wipe.h"

#define DATA NEW_ROOT "/data"
#define LABEL "provost-data"
#define MAPPED "/dev/mapper/" LABEL
#define REQUEST DATA "/factory-reset.request"
#define KEY_FILE DATA "/disk.key"
#define ROUNDS_MAX 4                    /* made, wiped on request, made anew: no start needs more */
#define EXT4_RESIZE _IOW('f', 16, uint64_t)

struct job {
        const char *disk, *device;      /* device: "" or a partition that somebody chose */
        bool reset, without_tpm;        /* without_tpm: it was tried in vain */
        char opened[64];                /* what is mounted: the partition, or what it holds */
        struct data *data;
};

/* --- partition table ------------------------------------------------------ */

static bool find_partition(struct job *job, bool *ret_grows)
{
        static struct blocks blocks;
        const struct block *block;

        *ret_grows = false;
        if (*job->device) {
                snprintf(job->data->device, sizeof(job->data->device), "%s", job->device);
                return true;
        }
        blocks_read(&blocks);
        block = blocks_labelled(&blocks, job->disk, LABEL);
        if (!block && job->data->created)
                block = blocks_just_made(&blocks, job->disk);
        if (!block)
                return false;
        snprintf(job->data->device, sizeof(job->data->device), "/dev/%s", block->name);
        *ret_grows = disk_state_grows(blocks_room_behind(&blocks, block, blocks_sectors_of(job->disk)) * 512);
        return true;
}

/*
 * systemd-repart with one of our two definitions. anew: the partition that is there (wiped) goes and comes back. That way a cut of
 * the power at any moment leaves either the old table or the new one, with the file system already in it.
 */
static int repart(const struct job *job, bool anew, bool sealed, char *ret_last, size_t size)
{
        char disk[48], again[] = "--factory-reset=yes";
        char *words[16] = {(char[]){"/usr/bin/systemd-repart"}, (char[]){"--dry-run=no"}, (char[]){"--empty=refuse"}, (char[]){"--seed=random"},
                           (char[]){"--no-pager"}, (char[]){"--no-legend"}, (char[]){"--definitions=/usr/lib/provost/repart-plain"}};
        char *const for_tpm[] = {(char[]){"--definitions=/usr/lib/provost/repart-sealed"}, (char[]){"--tpm2-device=auto"},
                                 (char[]){"--tpm2-pcrs=7"}, (char[]){"--tpm2-public-key=/run/systemd/tpm2-pcr-public-key.pem"},
                                 (char[]){"--tpm2-public-key-pcrs=11"}};
        size_t count = 7;

        modules_load_one("loop");
        if (sealed) {
                crypt_place_policy();
                crypt_load_modules();
                memcpy(words + 6, for_tpm, sizeof(for_tpm));
                count = 6 + sizeof(for_tpm) / sizeof(for_tpm[0]);
        }
        if (anew)
                words[count++] = again;
        snprintf(disk, sizeof(disk), "/dev/%s", job->disk);
        words[count++] = disk;
        return apart_run(words, ret_last, size);
}

/* An appliance that runs unencrypted, and says so, is better than one that a broken TPM keeps from starting. */
static void make_partition(const struct job *job, bool anew, const char *what)
{
        char last[256];

        bool sealed = crypt_has_tpm() && !job->without_tpm;

        if (sealed && repart(job, anew, true, last, sizeof(last)) == 0)
                return;
        if (sealed)
                say(LEVEL_SHOWN, "%s with the TPM failed: %s. It is made without encryption", what, last);
        if (repart(job, anew, false, last, sizeof(last)) < 0)
                give_up("%s on the disk %s failed: %s. The disk needs at least 256 MB behind the system's partitions. The machine restarts",
                        what, job->disk, last);
}

/* --- one round: from what is there to a partition that can be opened -------- */

static void read_head(const char *device, uint8_t ret_bytes[DISK_STATE_BYTES])
{
        int file = open(device, O_RDONLY | O_CLOEXEC);

        if (file < 0 || read(file, ret_bytes, DISK_STATE_BYTES) != DISK_STATE_BYTES)
                give_up("the data partition %s cannot be read: %s. The machine restarts", device, strerror(errno));
        close(file);
}

static void wipe(struct job *job)
{
        int r;

        say(LEVEL_SHOWN, "the data partition %s is being wiped", job->data->device);
        if ((r = wipe_partition(job->data->device)) < 0)
                give_up("the data partition %s cannot be wiped: %s. The machine restarts and goes on with it", job->data->device, strerror(-r));
        say(LEVEL_SHOWN, "the data partition %s is wiped", job->data->device);
        job->data->wiped = true;
}

/* True when the partition holds something that can be opened now; false when it was changed and is to be looked at again. */
static bool settle(struct job *job, enum disk_state *ret_state)
{
        uint8_t head[DISK_STATE_BYTES];
        bool grows;

        if (!find_partition(job, &grows)) {
                say(LEVEL_SHOWN, "making the data partition on %s", job->disk);
                make_partition(job, false, "making the data partition");
                job->data->created = true;
                job->reset = false;
                return false;
        }
        if (grows) {
                char last[256];

                if (repart(job, false, false, last, sizeof(last)) < 0)
                        say(LEVEL_SHOWN, "the data partition does not grow: %s. It goes on with its old size", last);
                else
                        job->data->grown = true;
                if (!find_partition(job, &grows))
                        give_up("the data partition is gone after the disk %s grew. The machine restarts", job->disk);
        }
        if (job->reset) {
                wipe(job);
                job->reset = false;
        }
        read_head(job->data->device, head);
        *ret_state = disk_state_of(head);
        if (*ret_state == DISK_STATE_WIPING)
                wipe(job);
        if (*ret_state == DISK_STATE_EMPTY || *ret_state == DISK_STATE_WIPING) {
                if (*job->device)
                        give_up("the partition %s is empty", job->device);
                make_partition(job, true, "making the data partition anew");
                job->data->created = true;
                return false;
        }
        return true;
}

/* A partition that its TPM does not open when it was just made would open never: it is made anew without. */
static void give_up_tpm(struct job *job)
{
        static const uint8_t zeros[DISK_STATE_BYTES];
        int file = open(job->data->device, O_WRONLY | O_CLOEXEC);

        say(LEVEL_SHOWN, "the TPM does not open what it just sealed. The data partition is made without encryption");
        if (file < 0 || pwrite(file, zeros, sizeof(zeros), 0) != (ssize_t)sizeof(zeros) || fsync(file) < 0)
                give_up("the data partition %s cannot be written: %s. The machine restarts", job->data->device, strerror(errno));
        close(file);
        job->without_tpm = true;
}

/* False when the partition has to be made anew. */
static bool open_partition(struct job *job, enum disk_state state)
{
        snprintf(job->opened, sizeof(job->opened), "%s", job->data->device);
        job->data->encryption = "none";
        if (state != DISK_STATE_ENCRYPTED)
                return true;
        crypt_place_policy();
        snprintf(job->opened, sizeof(job->opened), "%s", MAPPED);
        if (job->data->created && crypt_open_by_tpm(job->data->device) < 0) {
                give_up_tpm(job);
                return false;
        }
        if (!job->data->created)
                job->data->encryption = crypt_open(job->data->device) == 0 ? "tpm" : "recovery";
        else
                job->data->encryption = "tpm";
        return true;
}

static void mount_partition(struct job *job)
{
        if (mount(job->opened, DATA, "ext4", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, "errors=remount-ro") < 0)
                give_up("the data partition %s is damaged and cannot be mounted: %s. Nothing on it was changed. "
                        "The machine restarts; restore a backup if this repeats", job->data->device, strerror(errno));
}

static bool is_wipe_requested(struct job *job)
{
        if (*job->device || access(REQUEST, F_OK) < 0)
                return false;
        if (umount(DATA) < 0 || (strcmp(job->opened, MAPPED) == 0 && crypt_close() < 0))
                give_up("the data partition cannot be closed for the wipe that was asked for: %s. The machine restarts", strerror(errno));
        job->reset = true;
        return true;
}

/* The file system over all of its partition, which may have grown. It is mounted; the kernel does that. */
static void grow_file_system(struct job *job)
{
        uint8_t head[DISK_STATE_BYTES];
        uint64_t length = 0;
        int device = open(job->opened, O_RDONLY | O_CLOEXEC), folder = -1;

        read_head(job->opened, head);
        uint64_t used = disk_state_length(head);
        if (device >= 0 && ioctl(device, BLKGETSIZE64, &length) == 0 && used && length > used && disk_state_grows(length - used)) {
                uint64_t blocks = length / disk_state_block_size(head);

                folder = open(DATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (folder < 0 || ioctl(folder, EXT4_RESIZE, &blocks) < 0)
                        say(LEVEL_SHOWN, "the data partition's file system does not grow: %s. It goes on with its old size", strerror(errno));
                else
                        job->data->grown = true;
        }
        if (folder >= 0)
                close(folder);
        if (device >= 0)
                close(device);
}

void data_open(const char *disk, const char *device, bool reset, struct data *ret_data)
{
        struct job job = {.disk = disk, .device = device, .reset = reset, .data = ret_data};
        enum disk_state state = DISK_STATE_UNKNOWN;
        int round = 0;

        *ret_data = (struct data){.encryption = "none"};
        do {
                while (!settle(&job, &state) || !open_partition(&job, state))
                        if (++round > ROUNDS_MAX)
                                give_up("the data partition on %s cannot be made. The machine restarts", disk);
                mount_partition(&job);
        } while (is_wipe_requested(&job) && ++round <= ROUNDS_MAX);
        grow_file_system(&job);
        if (strcmp(ret_data->encryption, "tpm") == 0)
                crypt_keep_key(ret_data->device, KEY_FILE);
        if (mkdir(DATA "/var", 0755) < 0 && errno != EEXIST)
                give_up("the data partition %s cannot be written: %s. The machine restarts", ret_data->device, strerror(errno));
        if (mount(DATA "/var", NEW_ROOT "/var", NULL, MS_BIND, NULL) < 0)
                give_up("/var cannot be mounted: %s. The machine restarts", strerror(errno));
}

/* --- the machine's id ------------------------------------------------------ */

static bool is_machine_id(const char *path)
{
        char text[40];
        int file = open(path, O_RDONLY | O_CLOEXEC);

        if (file < 0)
                return false;
        ssize_t length = read(file, text, sizeof(text));
        close(file);
        return length == 33 && strspn(text, "0123456789abcdef") == 32 && text[32] == '\n';
}

/* A new id is whole on the disk before it has its name. */
static void write_machine_id(const char *path, const char *draft)
{
        unsigned char bytes[16];
        char text[34];

        if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                give_up("the kernel gives no random numbers: %s", strerror(errno));
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        for (size_t i = 0; i < sizeof(bytes); i++)
                snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        text[32] = '\n';
        int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0444);
        if (file < 0 || write(file, text, 33) != 33 || fsync(file) < 0 || close(file) < 0 ||
            rename(draft, path) < 0)
                give_up("the machine's id cannot be written to the data partition: %s. The machine restarts",
                        strerror(errno));
}

void data_bind_machine_id(void)
{
        if (!is_machine_id(DATA "/machine-id"))
                write_machine_id(DATA "/machine-id", DATA "/machine-id.new");
        if (mount(DATA "/machine-id", NEW_ROOT "/etc/machine-id", NULL, MS_BIND, NULL) < 0)
                give_up("the machine's id cannot be put over /etc/machine-id: %s. The machine restarts", strerror(errno));
        mount(NULL, NEW_ROOT "/etc/machine-id", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
}
