/*
 * settings_upload: firmware files, part by part.
 *
 * In:   what an admin announces, and bytes.
 * Out:  files in one folder, readable by the edge.
 * Not:  what is in a file is not looked at; which phone gets it is the store's business.
 */
#include "provisioning/settings/settings_upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "provisioning/phone/phone_firmware.h"

#define UNFINISHED ".upload-"
#define SYNC_BYTES (INT64_C(8) << 20)   /* written through in small pieces, so that no end takes long */

struct open_upload {
        int64_t number;                 /* 0: free */
        int fd;
        EVP_MD_CTX *hash;
        int64_t have, synced;
        uint64_t last_ms;
        char unfinished[32];
        struct settings_upload_done claim;
};

struct settings_upload {
        int folder;
        int64_t last_number, spare_bytes;
        struct open_upload open[SETTINGS_UPLOAD_OPEN_MAX];
};

static int refuse(struct settings_upload_problem *problem, const char *error, const char *name, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

static int refuse(struct settings_upload_problem *problem, const char *error, const char *name, const char *format, ...)
{
        va_list list;

        *problem = (struct settings_upload_problem){.error = error, .name = name};
        va_start(list, format);
        (void)vsnprintf(problem->reason, sizeof problem->reason, format, list);
        va_end(list);
        return PV_EREFUSED;
}

/* --- the folder ------------------------------------------------------------------- */

static int remove_files(int folder, bool (*is_to_go)(const char *name, void *userdata), void *userdata, size_t *ret_removed)
{
        int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        *ret_removed = 0;
        if (!dir) {
                if (copy >= 0)
                        close(copy);
                return PV_ESYSTEM;
        }
        while ((entry = readdir(dir)))
                if (is_to_go(entry->d_name, userdata) && unlinkat(folder, entry->d_name, 0) == 0)
                        (*ret_removed)++;
        closedir(dir);
        return 0;
}

static bool is_unfinished(const char *name, void *userdata)
{
        (void)userdata;
        return text_starts(name, UNFINISHED);
}

struct keeping {
        bool (*is_kept)(const char *file, void *userdata);
        void *userdata;
};

static bool is_left_over(const char *name, void *userdata)
{
        const struct keeping *keeping = userdata;

        return phone_firmware_is_file(name) && !keeping->is_kept(name, keeping->userdata);
}

int settings_upload_tidy(struct settings_upload *u, bool (*is_kept)(const char *file, void *userdata), void *userdata, size_t *ret_removed)
{
        return remove_files(u->folder, is_left_over, &(struct keeping){is_kept, userdata}, ret_removed);
}

int settings_upload_new(const char *folder, int64_t spare_bytes, struct settings_upload **ret_upload)
{
        struct settings_upload *u = calloc(1, sizeof *u);
        size_t removed;

        if (!u)
                return PV_ENOMEM;
        u->spare_bytes = spare_bytes;
        u->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < SETTINGS_UPLOAD_OPEN_MAX; i++)
                u->open[i].fd = -1;
        if (u->folder < 0 || remove_files(u->folder, is_unfinished, NULL, &removed) < 0) {
                settings_upload_free(u);
                return PV_ESYSTEM;
        }
        *ret_upload = u;
        return 0;
}

/* Its unfinished file goes too, when it still has that name. */
static void give_up(struct settings_upload *u, struct open_upload *o)
{
        if (o->fd >= 0)
                close(o->fd);
        if (*o->unfinished)
                (void)unlinkat(u->folder, o->unfinished, 0);
        EVP_MD_CTX_free(o->hash);
        *o = (struct open_upload){.fd = -1};
}

void settings_upload_free(struct settings_upload *u)
{
        if (!u)
                return;
        for (size_t i = 0; i < SETTINGS_UPLOAD_OPEN_MAX; i++)
                if (u->open[i].number)
                        give_up(u, &u->open[i]);
        if (u->folder >= 0)
                close(u->folder);
        free(u);
}

/* --- what is announced ------------------------------------------------------------ */

static bool is_word(const char *text, size_t max, const char *also)
{
        size_t n = strlen(text);

        if (n == 0 || n > max)
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = text[i];
                if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr(also, c))))
                        return false;
        }
        return true;
}

static int check(const struct settings_upload_claim *c, struct settings_upload_problem *p)
{
        if (!phone_firmware_is_file(c->file))
                return refuse(p, "InvalidValue", "file",
                              "A file's name has letters, digits, '.', '_' and '-', at most 96, and begins with a letter or digit.");
        if (!is_word(c->model, 24, "") || strncmp(c->model, "snom", 4) != 0)
                return refuse(p, "InvalidValue", "model", "The model is what phones call it, as in snomD785.");
        if (!is_word(c->version, 32, ".-") || c->version[0] < '0' || c->version[0] > '9')
                return refuse(p, "InvalidValue", "version", "The version is what phones call it, as in 10.1.184.15.");
        if (!text_equal(c->kind, "firmware") && !text_equal(c->kind, "vpn-feature"))
                return refuse(p, "InvalidValue", "kind", "The kind is firmware or vpn-feature.");
        if (strlen(c->sha256) != 64 || strspn(c->sha256, "0123456789abcdef") != 64)
                return refuse(p, "InvalidValue", "sha256", "The SHA-256 of the file is 64 hex digits, in lower case.");
        if (c->size <= 0 || c->size > SETTINGS_UPLOAD_MAX_BYTES)
                return refuse(p, "InvalidValue", "size", "A firmware file has 1 byte to 512 MiB.");
        return 0;
}

/* Room for this one, for what others have announced and not sent yet, and to spare. */
static int check_room(struct settings_upload *u, int64_t size, struct settings_upload_problem *p)
{
        struct statvfs disk;
        int64_t wanted = size + u->spare_bytes, room;

        if (fstatvfs(u->folder, &disk) < 0)
                return refuse(p, "StorageTrouble", NULL, "The room left on the disk cannot be read (%s).", strerror(errno));
        for (size_t i = 0; i < SETTINGS_UPLOAD_OPEN_MAX; i++)
                if (u->open[i].number)
                        wanted += u->open[i].claim.size - u->open[i].have;
        room = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
        if (room < wanted)
                return refuse(p, "StorageTrouble", NULL, "The data disk has %lld MiB left, and %lld MiB are needed: remove other firmware first.",
                              (long long)(room >> 20), (long long)(wanted >> 20));
        return 0;
}

static int check_name(struct settings_upload *u, const char *file, struct settings_upload_problem *p)
{
        struct stat status;

        if (fstatat(u->folder, file, &status, AT_SYMLINK_NOFOLLOW) == 0)
                return refuse(p, "NotAllowed", NULL, "There is a file %s already; remove it first, or give this one another name.", file);
        for (size_t i = 0; i < SETTINGS_UPLOAD_OPEN_MAX; i++)
                if (u->open[i].number && text_equal(u->open[i].claim.file, file))
                        return refuse(p, "NotAllowed", NULL, "%s is being uploaded already.", file);
        return 0;
}

/* A free place; or the one that nobody has touched for long. */
static struct open_upload *place(struct settings_upload *u, uint64_t now_ms)
{
        for (size_t i = 0; i < SETTINGS_UPLOAD_OPEN_MAX; i++) {
                struct open_upload *o = &u->open[i];

                if (o->number && now_ms - o->last_ms >= SETTINGS_UPLOAD_IDLE_MS)
                        give_up(u, o);
                if (!o->number)
                        return o;
        }
        return NULL;
}

static int fill(struct settings_upload *u, struct open_upload *o, const struct settings_upload_claim *c)
{
        struct settings_upload_done *d = &o->claim;

        *o = (struct open_upload){.number = ++u->last_number, .fd = -1, .hash = EVP_MD_CTX_new()};
        d->size = c->size;
        if (text_copy(d->file, sizeof d->file, c->file) < 0 || text_copy(d->model, sizeof d->model, c->model) < 0 ||
            text_copy(d->version, sizeof d->version, c->version) < 0 || text_copy(d->kind, sizeof d->kind, c->kind) < 0 ||
            text_copy(d->sha256, sizeof d->sha256, c->sha256) < 0)
                return PV_ETOOLARGE;
        if (!o->hash || EVP_DigestInit_ex(o->hash, EVP_sha256(), NULL) != 1)
                return PV_ENOMEM;
        (void)snprintf(o->unfinished, sizeof o->unfinished, UNFINISHED "%lld", (long long)o->number);
        o->fd = openat(u->folder, o->unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        return o->fd < 0 ? PV_ESYSTEM : 0;
}

int settings_upload_begin(struct settings_upload *u, const struct settings_upload_claim *claim, uint64_t now_ms, int64_t *ret_number,
                          struct settings_upload_problem *p)
{
        struct open_upload *o;

        if (check(claim, p) < 0)
                return PV_EREFUSED;
        o = place(u, now_ms);
        if (!o)
                return refuse(p, "NotAllowed", NULL, "Two uploads are under way already; wait until one has ended.");
        if (check_name(u, claim->file, p) < 0 || check_room(u, claim->size, p) < 0)
                return PV_EREFUSED;
        if (fill(u, o, claim) < 0) {
                give_up(u, o);
                return refuse(p, "StorageTrouble", NULL, "No file can be made in the firmware folder (%s).", strerror(errno));
        }
        o->last_ms = now_ms;
        *ret_number = o->number;
        return 0;
}

/* --- parts ------------------------------------------------------------------------ */

static struct open_upload *find(struct settings_upload *u, int64_t number)
{
        for (size_t i = 0; number > 0 && i < SETTINGS_UPLOAD_OPEN_MAX; i++)
                if (u->open[i].number == number)
                        return &u->open[i];
        return NULL;
}

static int write_all(struct open_upload *o, const char *bytes, size_t size)
{
        for (size_t done = 0; done < size;) {
                ssize_t n = pwrite(o->fd, bytes + done, size - done, o->have + (int64_t)done);

                if (n <= 0 && errno != EINTR)
                        return PV_ESYSTEM;
                done += n > 0 ? (size_t)n : 0;
        }
        return EVP_DigestUpdate(o->hash, bytes, size) == 1 ? 0 : PV_ESYSTEM;
}

int settings_upload_append(struct settings_upload *u, int64_t number, int64_t offset, const void *bytes, size_t size, uint64_t now_ms,
                           struct settings_upload_problem *p)
{
        struct open_upload *o = find(u, number);

        if (!o)
                return refuse(p, "NoSuchUpload", NULL, "This upload is over, or the station restarted; begin it again.");
        if (size > SETTINGS_UPLOAD_PART_MAX)
                return refuse(p, "InvalidValue", "content", "A part has at most 1 MiB.");
        if (offset != o->have)
                return refuse(p, "InvalidValue", "offset", "The next part begins at %lld.", (long long)o->have);
        if ((int64_t)size > o->claim.size - o->have)
                return refuse(p, "InvalidValue", "content", "That is more than the %lld bytes that were announced.", (long long)o->claim.size);
        if (write_all(o, bytes, size) < 0) {
                int reason = errno;

                give_up(u, o);
                return refuse(p, "StorageTrouble", NULL, "The part could not be written (%s); the upload is over.", strerror(reason));
        }
        o->have += (int64_t)size;
        o->last_ms = now_ms;
        if (o->have - o->synced >= SYNC_BYTES) {
                (void)fdatasync(o->fd);         /* settings_upload_finish() looks whether all of it arrived */
                o->synced = o->have;
        }
        return 0;
}

/* --- the end ---------------------------------------------------------------------- */

static int check_whole(struct open_upload *o, struct settings_upload_problem *p)
{
        unsigned char digest[EVP_MAX_MD_SIZE];
        char text[2 * 32 + 1];

        if (o->have != o->claim.size)
                return refuse(p, "NotAllowed", NULL, "Only %lld of %lld bytes came; begin it again.", (long long)o->have,
                              (long long)o->claim.size);
        if (EVP_DigestFinal_ex(o->hash, digest, NULL) != 1)
                return refuse(p, "StorageTrouble", NULL, "No hash could be made of the file.");
        if (!text_equal(text_hex(text, digest, 32), o->claim.sha256))
                return refuse(p, "NotAllowed", NULL, "What came is not what was announced: its SHA-256 is %s. Begin it again.", text);
        return 0;
}

/* On the disk under its name, which nobody else has; readable by the edge. */
static int give_name(struct settings_upload *u, struct open_upload *o, struct settings_upload_problem *p)
{
        if (fchmod(o->fd, 0644) < 0 || fsync(o->fd) < 0)
                return refuse(p, "StorageTrouble", NULL, "The file could not be written to the disk (%s).", strerror(errno));
        if (renameat2(u->folder, o->unfinished, u->folder, o->claim.file, RENAME_NOREPLACE) < 0)
                return refuse(p, errno == EEXIST ? "NotAllowed" : "StorageTrouble", NULL, "The file could not get its name %s (%s).",
                              o->claim.file, strerror(errno));
        *o->unfinished = '\0';
        if (fsync(u->folder) < 0) {
                int reason = errno;

                (void)unlinkat(u->folder, o->claim.file, 0);
                return refuse(p, "StorageTrouble", NULL, "The file could not be written to the disk (%s).", strerror(reason));
        }
        return 0;
}

int settings_upload_finish(struct settings_upload *u, int64_t number, struct settings_upload_done *ret_done,
                           struct settings_upload_problem *p)
{
        struct open_upload *o = find(u, number);
        int r;

        if (!o)
                return refuse(p, "NoSuchUpload", NULL, "This upload is over, or the station restarted; begin it again.");
        r = check_whole(o, p);
        if (r == 0)
                r = give_name(u, o, p);
        if (r == 0)
                *ret_done = o->claim;
        give_up(u, o);
        return r;
}

int settings_upload_remove(struct settings_upload *u, const char *file)
{
        if (!phone_firmware_is_file(file) || (unlinkat(u->folder, file, 0) < 0 && errno == ENOENT))
                return PV_EUNSET;
        return fsync(u->folder) < 0 ? PV_ESYSTEM : 0;
}
