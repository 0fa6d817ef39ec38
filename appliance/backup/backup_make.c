/*
 * backup_make: one file of everything.
 *
 * In:   store's copy of its database, pki's files, the keys of both, firmware, the schedule.
 * Out:  an encrypted file.
 * Not:  the journal, and what belongs to this machine alone (its id, its own secret), stay out.
 */
#include "appliance/backup/backup_make.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_machine.h"
#include "appliance/backup/backup_record.h"
#include "appliance/backup/backup_schedule.h"
#include "appliance/backup/backup_seal.h"
#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/service/service.h"
#include "appliance/service/service_field.h"

#define STORE "/run/provost/store"
#define SNAPSHOT_MS (10 * 60 * 1000)
#define CALL_MS 10000
#define KEY_SIZE 32

struct making {
        struct backup_sealer *sealer;
        struct backup_progress *progress;
        struct backup_refusal *refusal;
        struct backup_content *content;
        char database[BACKUP_FILES_PATH];
        int64_t total, done;
};

void backup_make_name(const char *site, int64_t made_at, char ret[static BACKUP_MAKE_NAME_SIZE])
{
        char word[33] = "", moment[24];
        time_t at = (time_t)made_at;
        struct tm parts = {0};
        size_t n = 0;

        for (; *site && n < sizeof word - 1; site++) {
                char c = *site;

                if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
                        word[n++] = c;
                else if (c >= 'A' && c <= 'Z')
                        word[n++] = (char)(c - 'A' + 'a');
                else if (n && word[n - 1] != '-')
                        word[n++] = '-';
        }
        while (n && word[n - 1] == '-')
                n--;
        word[n] = 0;
        (void)gmtime_r(&at, &parts);
        (void)strftime(moment, sizeof moment, "%Y%m%d-%H%M%S", &parts);
        (void)snprintf(ret, BACKUP_MAKE_NAME_SIZE, "provost-%s%s%s.backup", word, n ? "-" : "", moment);
}

/* --- pieces ----------------------------------------------------------------------- */

static int sealed_failed(struct making *m, int r)
{
        return r < 0 && r != PV_EREFUSED ? backup_refuse_system(m->refusal, "The backup cannot be written") : r;
}

static int add_bytes(struct making *m, const char *name, const void *data, size_t size)
{
        int r = backup_record_put(m->sealer, name, (int64_t)size);

        if (r == 0)
                r = backup_sealer_write(m->sealer, data, size);
        return sealed_failed(m, r);
}

static void advance(struct making *m, size_t size)
{
        m->done += (int64_t)size;
        backup_progress_set(m->progress, "writing", m->total ? (int)(m->done * 100 / m->total) : 0, "The backup is being written.");
}

/* Exactly as many bytes as it had when it was opened: a file that changes meanwhile is none of ours. */
static int add_file(struct making *m, const char *name, int fd)
{
        uint8_t block[BACKUP_SEAL_CHUNK];
        struct stat status;
        int64_t left;
        int r;

        if (fstat(fd, &status) < 0)
                return backup_refuse_system(m->refusal, "A file cannot be read");
        left = status.st_size;
        r = backup_record_put(m->sealer, name, left);
        while (r == 0 && left > 0) {
                ssize_t n = read(fd, block, left < (int64_t)sizeof block ? (size_t)left : sizeof block);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0) {
                        errno = n < 0 ? errno : EIO;
                        return backup_refuse_system(m->refusal, "A file cannot be read");
                }
                r = backup_sealer_write(m->sealer, block, (size_t)n);
                left -= n;
                advance(m, (size_t)n);
        }
        return sealed_failed(m, r);
}

static int add_path(struct making *m, const char *name, const char *path)
{
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), r;

        if (fd < 0)
                return backup_refuse_system(m->refusal, "A file cannot be opened");
        r = add_file(m, name, fd);
        close(fd);
        return r;
}

typedef int (*with_file)(struct making *m, const char *name, const char *path);

/* Every file of a folder whose name could be in a backup; others are not ours. */
static int each_file(struct making *m, const char *folder, const char *prefix, with_file act)
{
        DIR *dir = opendir(folder);
        const struct dirent *entry;
        int r = 0;

        if (!dir)
                return errno == ENOENT ? 0 : backup_refuse_system(m->refusal, "A folder cannot be read");
        while (r == 0 && (entry = readdir(dir))) {
                char name[BACKUP_RECORD_NAME_SIZE], path[BACKUP_FILES_PATH];
                struct backup_record record;

                if (snprintf(name, sizeof name, "%s/%s", prefix, entry->d_name) < (int)sizeof name && backup_record_parse(name, 0, &record) == 0 &&
                    backup_files_path(path, folder, entry->d_name) == 0)
                        r = act(m, name, path);
        }
        closedir(dir);
        return r;
}

static int count_file(struct making *m, const char *name, const char *path)
{
        struct stat status;

        (void)name;
        if (lstat(path, &status) == 0)
                m->total += status.st_size;
        return 0;
}

/* --- keys ----------------------------------------------------------------------------- */

static int add_key(struct making *m, const char *file)
{
        char name[BACKUP_RECORD_NAME_SIZE], path[BACKUP_FILES_PATH];
        uint8_t key[KEY_SIZE];
        size_t size = 0;
        int r;

        (void)snprintf(name, sizeof name, "credentials/%s", file);
        (void)snprintf(path, sizeof path, BACKUP_FILES_CREDENTIALS "/%s", file);
        r = backup_machine_open(file, path, key, sizeof key, &size);
        if (r == 0 && size != sizeof key)
                r = PV_EMALFORMED;
        if (r < 0)
                r = backup_refuse(m->refusal, "", "", "The key %s of this appliance cannot be opened; the journal has more.", file);
        else
                r = add_bytes(m, name, key, sizeof key);
        backup_key_forget(key, sizeof key);
        return r;
}

/* --- the database ------------------------------------------------------------------------ */

static int take_snapshot(struct making *m)
{
        sd_json_variant *reply = NULL;
        const char *file, *site;
        char *error = NULL;
        int r = service_call_once(STORE, "io.provost.Store.Snapshot", NULL, SNAPSHOT_MS, &reply, &error);

        file = r == 0 && !error ? service_field_text(reply, "file") : NULL;
        site = service_field_text(reply, "site");
        if (!file || strchr(file, '/') || backup_files_path(m->database, BACKUP_FILES_STATE "/store", file) < 0) {
                const char *reason = service_field_text(reply, "reason");

                r = backup_refuse(m->refusal, "", "", "The database could not be copied: %s", reason ? reason : "station store does not answer. Try again.");
        } else {
                m->content->schema = service_field_integer(reply, "schema", 0);
                m->content->oldest = service_field_integer(reply, "oldest", 0);
                m->content->phones = service_field_integer(reply, "phones", 0);
                (void)snprintf(m->content->site, sizeof m->content->site, "%s", site && text_is_printable(site) ? site : "");
                m->total = service_field_integer(reply, "size", 0);
        }
        free(error);
        sd_json_variant_unref(reply);
        return r;
}

static void drop_snapshot(void)
{
        sd_json_variant *reply = NULL;
        char *error = NULL;

        if (service_call_once(STORE, "io.provost.Store.DropSnapshot", NULL, CALL_MS, &reply, &error) < 0)
                return;                 /* store removes it when it starts */
        free(error);
        sd_json_variant_unref(reply);
}

/* --- all of it ------------------------------------------------------------------------------ */

static int add_manifest(struct making *m)
{
        char *text = NULL;
        int r = backup_content_write(m->content, &text);

        if (r == 0)
                r = add_bytes(m, "manifest", text, strlen(text));
        free(text);
        return r;
}

/* With the share's password, which never was on a disk in the clear, and is not now. */
static int add_schedule(struct making *m)
{
        const char *password = BACKUP_FILES_KEEP "/" BACKUP_FILES_PASSWORD;
        struct backup_schedule schedule;
        char *text = NULL, *whole = NULL;
        size_t size = 0;
        int r = backup_files_read(BACKUP_FILES_SCHEDULE, &text, &size);

        if (r == PV_EUNSET)
                return 0;
        if (r == 0)
                r = backup_schedule_read(text, &schedule);
        size = 0;
        if (r == 0 && access(password, F_OK) == 0)
                r = backup_machine_open(BACKUP_FILES_PASSWORD, password, schedule.password, sizeof schedule.password - 1, &size);
        if (r == 0) {
                schedule.password[size] = 0;
                r = backup_schedule_write(&schedule, true, &whole);
        }
        r = r < 0 ? backup_refuse(m->refusal, "", "", "The schedule of backups cannot be read (%s); set it again.", pv_error_text(r))
                  : add_bytes(m, "backup/schedule.json", whole, strlen(whole));
        if (whole)
                backup_key_forget(whole, strlen(whole));
        backup_key_forget(&schedule, sizeof schedule);
        free(whole);
        free(text);
        return r;
}

static int check_room(struct making *m)
{
        int64_t room = backup_files_room(BACKUP_FILES_HOME);

        if (room >= m->total + m->total / 512)
                return 0;
        return backup_refuse(m->refusal, "full", "", "The data disk has too little room for a backup: %lld MiB are needed. Remove firmware that no phone needs, "
                             "or take a larger disk.", (long long)((m->total + BACKUP_FILES_SPARE) >> 20));
}

static int add_all(struct making *m)
{
        int r = add_manifest(m);

        if (r == 0)
                r = add_key(m, "store.key");
        if (r == 0)
                r = add_key(m, "pki.key");
        if (r == 0)
                r = each_file(m, BACKUP_FILES_STATE "/pki", "pki", add_path);
        if (r == 0)
                r = add_schedule(m);
        if (r == 0)
                r = add_path(m, "store/provost.db", m->database);
        if (r == 0)
                r = each_file(m, BACKUP_FILES_STATE "/firmware", "firmware", add_path);
        if (r == 0)
                r = sealed_failed(m, backup_record_put(m->sealer, NULL, 0));
        return r == 0 ? sealed_failed(m, backup_sealer_finish(m->sealer)) : r;
}

static int write_file(struct making *m, const struct backup_key *key, int fd)
{
        uint8_t bytes[BACKUP_HEAD_SIZE], file_key[BACKUP_KEY_SIZE];
        struct backup_head head;
        int r = backup_key_seal(key, m->content->made_at, &head, file_key);

        if (r == 0)
                r = backup_head_write(&head, bytes);
        if (r == 0)
                r = backup_sealer_new(fd, file_key, &m->sealer);
        backup_key_forget(file_key, sizeof file_key);
        if (r < 0)
                return backup_refuse(m->refusal, "", "", "The backup cannot be encrypted: %s.", pv_error_text(r));
        if (write(fd, bytes, sizeof bytes) != sizeof bytes)
                r = backup_refuse_system(m->refusal, "The backup cannot be written");
        if (r == 0)
                r = add_all(m);
        if (r == 0 && fsync(fd) < 0)
                r = backup_refuse_system(m->refusal, "The backup cannot be written");
        backup_sealer_free(m->sealer);
        return r;
}

static int make_at(struct making *m, const struct backup_key *key, const char *path, struct backup_made *made)
{
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), r;

        if (fd < 0)
                return backup_refuse_system(m->refusal, "The backup cannot be written");
        r = write_file(m, key, fd);
        if (r == 0 && backup_files_sum(fd, made->sha256, &m->content->size) < 0)
                r = backup_refuse_system(m->refusal, "The backup cannot be read again");
        close(fd);
        if (r < 0)
                (void)unlink(path);
        return r;
}

int backup_make(const struct backup_key *key, const char *path, struct backup_progress *progress, struct backup_made *ret_made,
                struct backup_refusal *ret_refusal)
{
        struct backup_made made = {.content.made_at = clock_wall_s()};
        struct making m = {.progress = progress, .refusal = ret_refusal, .content = &made.content};
        int r;

        backup_progress_set(progress, "collecting", 0, "The database is being copied.");
        backup_content_own_version(made.content.version, sizeof made.content.version);
        r = take_snapshot(&m);
        if (r < 0)
                return r;
        r = each_file(&m, BACKUP_FILES_STATE "/firmware", "firmware", count_file);
        if (r == 0)
                r = check_room(&m);
        if (r == 0)
                r = make_at(&m, key, path, &made);
        drop_snapshot();
        if (r < 0)
                return r;
        backup_make_name(made.content.site, made.content.made_at, made.name);
        *ret_made = made;
        return 0;
}
