/*
 * backup_open: a backup, unpacked into a folder.
 *
 * In:   a file of anybody's, a passphrase.
 * Out:  the files that were in it, and the two keys in memory; or why not.
 * Not:  what the files hold is for the checks of store and pki.
 */
#include "appliance/backup/backup_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_head.h"
#include "appliance/backup/backup_record.h"
#include "appliance/backup/backup_seal.h"
#include "appliance/base/text.h"

#define DAMAGED "The backup is damaged or was cut: not all of it is as it was written. Take another copy of it."

struct opening {
        const struct backup_open_how *how;
        struct backup_opened *opened;
        struct backup_refusal *refusal;
        struct backup_opener *opener;
        int64_t size;
        bool has_manifest;
};

/* Folders of the result; pki and store look at theirs as themselves. */
static const struct folder {
        const char *name, *user, *group;
        mode_t mode;
} folders[] = {
        {"store", "provost-store", "provost-store", 0700},
        {"pki", "provost-pki", "provost-tls", 0700},
        {"firmware", "provost-settings", "provost", 0755},
        {"keep", "root", "root", 0700},
};

static int damaged(struct opening *o)
{
        return backup_refuse(o->refusal, "damaged", "upload", DAMAGED);
}

static int read_failed(struct opening *o, int r)
{
        return r == PV_EMALFORMED ? damaged(o) : backup_refuse_system(o->refusal, "The backup cannot be read");
}

/* --- one record ---------------------------------------------------------------------- */

static int take_manifest(struct opening *o, const struct backup_record *record)
{
        char text[BACKUP_RECORD_SMALL_MAX + 1];
        int r = backup_opener_read(o->opener, text, (size_t)record->size);

        if (r < 0)
                return read_failed(o, r);
        text[record->size] = 0;
        r = strlen(text) == (size_t)record->size ? backup_content_read(text, &o->opened->content) : PV_EMALFORMED;
        if (r == PV_EUNSET)
                return backup_refuse(o->refusal, "foreign", "upload", "This is a backup of another product, not of a Provost.");
        if (r == PV_EREFUSED)
                return backup_refuse(o->refusal, "newer", "upload", "This backup is of a newer system. Update this appliance first.");
        o->has_manifest = r == 0;
        return r < 0 ? damaged(o) : 0;
}

static int take_key(struct opening *o, const struct backup_record *record)
{
        bool is_store = text_equal(record->file, "store.key");
        int r = backup_opener_read(o->opener, is_store ? o->opened->store_key : o->opened->pki_key, BACKUP_KEY_SIZE);

        *(is_store ? &o->opened->has_store_key : &o->opened->has_pki_key) = true;
        return r < 0 ? read_failed(o, r) : 0;
}

static int copy(struct opening *o, int64_t left, int fd)
{
        uint8_t block[16384];

        while (left > 0) {
                size_t n = left < (int64_t)sizeof block ? (size_t)left : sizeof block;
                int r = backup_opener_read(o->opener, block, n);

                if (r < 0)
                        return read_failed(o, r);
                if (fd >= 0 && write(fd, block, n) != (ssize_t)n)
                        return backup_refuse_system(o->refusal, "The backup cannot be unpacked");
                left -= (int64_t)n;
                backup_progress_set(o->how->progress, "checking", (int)(backup_opener_at(o->opener) * 90 / o->size), "The backup is being read.");
        }
        return 0;
}

static const struct folder *folder_of(enum backup_record_kind kind)
{
        switch (kind) {
        case BACKUP_RECORD_DATABASE: return &folders[0];
        case BACKUP_RECORD_PKI: return &folders[1];
        default: return &folders[2];
        }
}

static int take_file(struct opening *o, const struct backup_record *record)
{
        const struct folder *folder = folder_of(record->kind);
        char path[BACKUP_FILES_PATH];
        int fd, r;

        if (snprintf(path, sizeof path, "%s/%s/%s", o->how->folder, folder->name, record->file) >= (int)sizeof path)
                return damaged(o);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, folder->mode & 0666);
        if (fd < 0)
                return errno == EEXIST ? damaged(o) : backup_refuse_system(o->refusal, "The backup cannot be unpacked");
        r = fchmod(fd, folder->mode & 0666) < 0 || backup_files_give(fd, folder->user, folder->group) < 0
                    ? backup_refuse_system(o->refusal, "The backup cannot be unpacked") : copy(o, record->size, fd);
        close(fd);
        if (r == 0 && record->kind == BACKUP_RECORD_DATABASE)
                o->opened->has_database = true;
        if (r == 0 && record->kind == BACKUP_RECORD_PKI && text_equal(record->file, "authority.sealed"))
                o->opened->has_authority = true;
        return r;
}

/* The share's password stays in memory: a file would leave it on the disk. */
static int keep_schedule(struct opening *o, const char *text)
{
        struct backup_schedule schedule;
        char path[BACKUP_FILES_PATH], *clean = NULL;
        int r = backup_schedule_read(text, &schedule);

        if (r == 0) {
                memcpy(o->opened->password, schedule.password, sizeof o->opened->password);
                r = backup_schedule_write(&schedule, false, &clean);
        }
        if (r == 0)
                r = backup_files_path(path, o->how->folder, "keep/schedule.json");
        if (r == 0)
                r = backup_files_write(path, clean);
        backup_key_forget(&schedule, sizeof schedule);
        free(clean);
        return r == PV_EMALFORMED ? damaged(o) : r < 0 ? backup_refuse_system(o->refusal, "The backup cannot be unpacked") : 0;
}

static int take_schedule(struct opening *o, const struct backup_record *record)
{
        char text[BACKUP_RECORD_SMALL_MAX + 1];
        int r = backup_opener_read(o->opener, text, (size_t)record->size);

        if (r < 0)
                return read_failed(o, r);
        text[record->size] = 0;
        r = keep_schedule(o, text);
        backup_key_forget(text, sizeof text);
        return r;
}

static int take_record(struct opening *o, const struct backup_record *record)
{
        /* What is inside is known before anything of it is written. */
        if ((record->kind == BACKUP_RECORD_MANIFEST) == o->has_manifest)
                return damaged(o);
        switch (record->kind) {
        case BACKUP_RECORD_MANIFEST: return take_manifest(o, record);
        case BACKUP_RECORD_CREDENTIAL: return take_key(o, record);
        case BACKUP_RECORD_FIRMWARE: return o->how->with_firmware ? take_file(o, record) : copy(o, record->size, -1);
        case BACKUP_RECORD_SCHEDULE: return take_schedule(o, record);
        default: return take_file(o, record);
        }
}

/* --- all of them ------------------------------------------------------------------------ */

static int take_records(struct opening *o)
{
        for (;;) {
                struct backup_record record;
                int r = backup_record_next(o->opener, &record);

                if (r == PV_EREFUSED)
                        return backup_refuse(o->refusal, "newer", "upload", "This backup holds something that this system does not know. Update this appliance first.");
                if (r < 0)
                        return read_failed(o, r);
                if (record.kind == BACKUP_RECORD_END)
                        break;
                r = take_record(o, &record);
                if (r < 0)
                        return r;
        }
        if (backup_opener_finish(o->opener) < 0)
                return damaged(o);
        if (!o->has_manifest || !o->opened->has_store_key || !o->opened->has_pki_key || !o->opened->has_database || !o->opened->has_authority)
                return backup_refuse(o->refusal, "foreign", "upload", "The backup is not complete: it lacks the database, the certificate authority or a key.");
        return 0;
}

static int make_folders(struct opening *o)
{
        char path[BACKUP_FILES_PATH];
        int r = backup_files_clear(o->how->folder, false);

        if (r == 0 && mkdir(o->how->folder, 0711) < 0 && errno != EEXIST)
                r = PV_ESYSTEM;
        for (size_t i = 0; r == 0 && i < sizeof folders / sizeof folders[0]; i++) {
                r = backup_files_path(path, o->how->folder, folders[i].name);
                if (r == 0)
                        r = backup_files_make(path, folders[i].user, folders[i].group, folders[i].mode);
        }
        return r < 0 ? backup_refuse_system(o->refusal, "The backup cannot be unpacked") : 0;
}

static int take_head(struct opening *o, uint8_t ret_key[static BACKUP_KEY_SIZE])
{
        uint8_t bytes[BACKUP_HEAD_SIZE];
        struct backup_head head = {0};
        ssize_t n = lseek(o->how->fd, 0, SEEK_SET) == 0 ? read(o->how->fd, bytes, sizeof bytes) : -1;
        int r = n < 0 ? PV_ESYSTEM : backup_head_read(bytes, (size_t)n, &head);

        if (r == PV_EUNSET)
                return backup_refuse(o->refusal, "foreign", "upload", "This file is no backup of a Provost.");
        if (r == PV_EREFUSED)
                return backup_refuse(o->refusal, "newer", "upload", "This backup has a form of a newer system. Update this appliance first.");
        if (r < 0)
                return read_failed(o, r);
        backup_progress_set(o->how->progress, "checking", 0, "The passphrase is being tried.");
        r = backup_key_open(&head, o->how->passphrase, ret_key);
        if (r == PV_EREFUSED)
                return backup_refuse(o->refusal, "passphrase", "passphrase", "The backup does not open with this passphrase.");
        if (r == PV_ENOMEM)
                return backup_refuse(o->refusal, "", "", "There is not enough memory to try a passphrase (64 MiB); try again later.");
        return r < 0 ? damaged(o) : 0;
}

static int check_room(struct opening *o)
{
        int64_t room = backup_files_room(o->how->folder);

        return room >= o->size ? 0 : backup_refuse(o->refusal, "full", "", "The data disk has too little room to open this backup: %lld MiB are needed. Remove "
                                                   "firmware that no phone needs, or take a larger disk.",
                                                   (long long)((o->size + BACKUP_FILES_SPARE) >> 20));
}

static int open_all(struct opening *o)
{
        uint8_t key[BACKUP_KEY_SIZE];
        int r = take_head(o, key);

        if (r < 0)
                return r;
        r = make_folders(o);
        if (r == 0)
                r = check_room(o);
        if (r == 0 && backup_opener_new(o->how->fd, BACKUP_HEAD_SIZE, o->size, key, &o->opener) < 0)
                r = backup_refuse_system(o->refusal, "The backup cannot be opened");
        backup_key_forget(key, sizeof key);
        if (r == 0)
                r = take_records(o);
        backup_opener_free(o->opener);
        if (r < 0)
                (void)backup_files_clear(o->how->folder, false);
        return r;
}

int backup_open(const struct backup_open_how *how, struct backup_opened *ret_opened, struct backup_refusal *ret_refusal)
{
        struct backup_opened opened = {0};
        struct opening o = {.how = how, .opened = &opened, .refusal = ret_refusal};
        struct stat status;
        int r = fstat(how->fd, &status) < 0 ? backup_refuse_system(ret_refusal, "The backup cannot be read") : 0;

        if (r == 0) {
                o.size = status.st_size;
                r = open_all(&o);
        }
        if (r == 0) {
                opened.content.size = o.size;
                *ret_opened = opened;
        }
        backup_key_forget(&opened, sizeof opened);
        return r;
}

int backup_open_look(int fd, int64_t *ret_made_at)
{
        uint8_t bytes[BACKUP_HEAD_SIZE];
        struct backup_head head = {0};
        ssize_t n = pread(fd, bytes, sizeof bytes, 0);
        int r = n < 0 ? PV_ESYSTEM : backup_head_read(bytes, (size_t)n, &head);

        if (r == 0)
                *ret_made_at = head.made_at;
        return r == PV_EMALFORMED ? PV_EUNSET : r;
}
