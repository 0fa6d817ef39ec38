/*
 * provost-stick: sticks, for one request.
 *
 * In:   a request on its standard input (stick.h); the block devices that can be pulled out; a file system of anybody's.
 * Out:  names of backups, their bytes to a descriptor, a backup onto a stick.
 * Not:  it runs in a mount name space of its own, without network; nothing on a stick is run or followed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/backup/backup_open.h"
#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"

#define CONNECTION STDIN_FILENO
#define BLOCKS "/sys/class/block"
#define PLACE "/run/provost-stick"
#define ENDING ".backup"
#define DEVICES_MAX 16
#define FILES_MAX 64

struct stick {
        sd_json_variant *request, *files;
        const char *verb, *name;
        int fd, n_files;
        bool is_done;
        const char *code;
        char text[256];
        char devices[DEVICES_MAX][32];
        int n_devices;
};

static void trouble(struct stick *s, const char *code, const char *text)
{
        s->code = code;
        (void)snprintf(s->text, sizeof s->text, "%s", text);
}

/* --- which devices ---------------------------------------------------------------------- */

static bool is_one(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char c = 0;

        if (fd < 0)
                return false;
        if (read(fd, &c, 1) != 1)
                c = 0;
        close(fd);
        return c == '1';
}

/* The disk says that it is removable, or hangs at USB. A partition asks its disk. */
static bool is_stick(const char *name)
{
        char path[320], target[512];
        ssize_t n;

        (void)snprintf(path, sizeof path, BLOCKS "/%s", name);
        n = readlink(path, target, sizeof target - 1);
        if (n <= 0)
                return false;
        target[n] = 0;
        if (strstr(target, "/virtual/"))
                return false;
        (void)snprintf(path, sizeof path, BLOCKS "/%s/removable", name);
        if (is_one(path))
                return true;
        (void)snprintf(path, sizeof path, BLOCKS "/%s/../removable", name);
        return is_one(path) || strstr(target, "/usb") != NULL;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(a, b);
}

static void find_devices(struct stick *s)
{
        DIR *dir = opendir(BLOCKS);
        const struct dirent *entry;

        while (dir && s->n_devices < DEVICES_MAX && (entry = readdir(dir)))
                if (entry->d_name[0] != '.' && strlen(entry->d_name) < sizeof s->devices[0] && is_stick(entry->d_name))
                        (void)text_copy(s->devices[s->n_devices++], sizeof s->devices[0], entry->d_name);
        if (dir)
                closedir(dir);
        qsort(s->devices, (size_t)s->n_devices, sizeof s->devices[0], by_name);
}

/* --- one that is mounted ------------------------------------------------------------------ */

static bool is_backup(const char *name)
{
        size_t n = strlen(name), m = strlen(ENDING);

        return n > m && n < 200 && text_is_printable(name) && name[0] != '.' && !strchr(name, '/') && strcmp(name + n - m, ENDING) == 0;
}

static int open_backup(int root, const char *name, struct stat *ret_status)
{
        int fd = is_backup(name) ? openat(root, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;

        if (fd >= 0 && (fstat(fd, ret_status) < 0 || !S_ISREG(ret_status->st_mode))) {
                close(fd);
                return -1;
        }
        return fd;
}

static void list_one(struct stick *s, const char *device, int root, const char *name)
{
        sd_json_variant *file = NULL;
        struct stat status;
        int64_t made_at = 0;
        int fd = open_backup(root, name, &status);

        if (fd < 0)
                return;
        if (backup_open_look(fd, &made_at) == 0 &&
            sd_json_buildo(&file, SD_JSON_BUILD_PAIR_STRING("device", device), SD_JSON_BUILD_PAIR_STRING("name", name),
                           SD_JSON_BUILD_PAIR_INTEGER("size", status.st_size), SD_JSON_BUILD_PAIR_INTEGER("made_at", made_at)) >= 0 &&
            sd_json_variant_append_array(&s->files, file) >= 0)
                s->n_files++;
        sd_json_variant_unref(file);
        close(fd);
}

static void list(struct stick *s, const char *device, int root)
{
        int copy = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        while (dir && s->n_files < FILES_MAX && (entry = readdir(dir)))
                list_one(s, device, root, entry->d_name);
        if (dir)
                closedir(dir);
        else if (copy >= 0)
                close(copy);
}

static int copy(int from, int to, int64_t size)
{
        while (size > 0) {
                ssize_t n = sendfile(to, from, NULL, size < (1 << 20) ? (size_t)size : 1 << 20);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return PV_ESYSTEM;
                size -= n;
        }
        return 0;
}

static void get(struct stick *s, int root)
{
        struct stat status;
        int fd = open_backup(root, s->name, &status);

        if (fd < 0)
                return;
        if (copy(fd, s->fd, status.st_size) == 0)
                s->is_done = true;
        else
                trouble(s, errno == ENOSPC ? "full" : "", errno == ENOSPC ? "The data disk has too little room for this backup." : "The stick cannot be read; try another one.");
        close(fd);
}

/* Under another name until all of it is there. */
static void put(struct stick *s, int root)
{
        struct stat status;
        int fd, r;

        (void)unlinkat(root, "provost.part", 0);
        fd = openat(root, "provost.part", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || fstat(s->fd, &status) < 0 || lseek(s->fd, 0, SEEK_SET) < 0) {
                trouble(s, "", "The stick cannot be written; is it protected?");
                if (fd >= 0)
                        close(fd);
                return;
        }
        r = copy(s->fd, fd, status.st_size);
        if (r == 0 && fsync(fd) < 0)
                r = PV_ESYSTEM;
        if (r == 0 && renameat(root, "provost.part", root, s->name) < 0)
                r = PV_ESYSTEM;
        if (r < 0) {
                trouble(s, errno == ENOSPC ? "full" : "", errno == ENOSPC ? "The stick has too little room." : "The stick cannot be written; try another one.");
                (void)unlinkat(root, "provost.part", 0);
        } else {
                s->is_done = true;
                *s->text = 0;
                sync();
        }
        close(fd);
}

static void use(struct stick *s, const char *device, int root)
{
        if (text_equal(s->verb, "list"))
                list(s, device, root);
        else if (text_equal(s->verb, "get"))
                get(s, root);
        else if (text_equal(s->verb, "put"))
                put(s, root);
        else if (text_equal(s->verb, "delete") && is_backup(s->name) && unlinkat(root, s->name, 0) == 0)
                s->is_done = true;
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool mount_it(const char *device, bool for_writing)
{
        static const char *const types[] = {"vfat", "exfat", "ext4"};
        unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NOSYMFOLLOW | (for_writing ? 0 : MS_RDONLY);
        char path[64];

        (void)snprintf(path, sizeof path, "/dev/%s", device);
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
                if (mount(path, PLACE, types[i], flags, types[i][0] == 'v' ? "utf8" : NULL) == 0)
                        return true;
        return false;
}

static void visit(struct stick *s, const char *device)
{
        bool for_writing = text_equal(s->verb, "put") || text_equal(s->verb, "delete");
        int root;

        if (!mount_it(device, for_writing))
                return;
        root = open(PLACE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root >= 0) {
                use(s, device, root);
                close(root);
        }
        if (umount2(PLACE, MNT_DETACH) < 0)
                log_reason(LOG_LEVEL_WARNING, "umount-failed", "%s", strerror(errno));
}

static void visit_all(struct stick *s)
{
        const char *device = service_field_text(s->request, "device");
        bool is_list = text_equal(s->verb, "list");

        find_devices(s);
        for (int i = 0; i < s->n_devices && !s->is_done; i++)
                if (!device || !*device || text_equal(device, s->devices[i]))
                        visit(s, s->devices[i]);
        if (is_list || s->is_done || *s->text || text_equal(s->verb, "delete"))
                return;
        trouble(s, "", text_equal(s->verb, "put") ? "No stick that can be written is plugged in; FAT, exFAT and ext4 are known here."
                                                  : "There is no such file on a stick; is it still plugged in?");
}

int main(void)
{
        struct stick s = {.fd = -1, .code = ""};
        sd_json_variant *answer = NULL;
        int fds[CHORE_FDS_MAX] = {-1};
        const char *name;
        bool wants_file;

        log_open("stick");
        if (chore_take(CONNECTION, 1, &s.request, fds) < 0)
                return EXIT_FAILURE;
        s.fd = fds[0];
        name = service_field_text(s.request, "name");
        s.verb = service_field_text(s.request, "verb");
        s.name = name ? name : "";
        wants_file = text_equal(s.verb, "get") || text_equal(s.verb, "put");
        if (!s.verb || (wants_file && s.fd < 0) || (!text_equal(s.verb, "list") && !is_backup(s.name)))
                trouble(&s, "", "No stick knows a file of that name.");
        else if (mkdir(PLACE, 0700) < 0 && errno != EEXIST)
                trouble(&s, "", "Sticks cannot be mounted here.");
        else
                visit_all(&s);
        if (sd_json_buildo(&answer, SD_JSON_BUILD_PAIR_STRING("text", s.text), SD_JSON_BUILD_PAIR_STRING("code", s.code),
                           SD_JSON_BUILD_PAIR_CONDITION(s.files != NULL, "files", SD_JSON_BUILD_VARIANT(s.files))) < 0 ||
            chore_say(CONNECTION, answer) < 0)
                return EXIT_FAILURE;
        sd_json_variant_unref(answer);
        sd_json_variant_unref(s.files);
        sd_json_variant_unref(s.request);
        return EXIT_SUCCESS;
}
