/*
 * backup_upload: files that come in and go out in pieces.
 *
 * In:   what is announced, pieces in order.
 * Out:  a file; pieces of one.
 * Not:  what is in it shows when it is opened.
 */
#include "appliance/backup/backup_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/base/text.h"

int backup_uploads_init(struct backup_uploads *uploads, const char *folder)
{
        *uploads = (struct backup_uploads){.folder = folder};
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                return PV_ESYSTEM;
        return backup_files_clear(folder, false);
}

void backup_upload_remove(struct backup_upload *upload)
{
        (void)unlink(upload->path);
        *upload = (struct backup_upload){0};
}

static struct backup_upload *free_one(struct backup_uploads *uploads)
{
        struct backup_upload *oldest = NULL;

        for (size_t i = 0; i < BACKUP_UPLOAD_OPEN_MAX; i++) {
                struct backup_upload *u = &uploads->all[i];

                if (!*u->id)
                        return u;
                if (!u->is_busy && (!oldest || u->used_ms < oldest->used_ms))
                        oldest = u;
        }
        if (oldest)
                backup_upload_remove(oldest);
        return oldest;
}

int backup_upload_new(struct backup_uploads *uploads, uint64_t now_ms, struct backup_upload **ret_upload)
{
        struct backup_upload *u = free_one(uploads);
        uint8_t id[16];

        if (!u)
                return PV_EBUSY;
        if (getrandom(id, sizeof id, 0) != sizeof id)
                return PV_ESYSTEM;
        *u = (struct backup_upload){.used_ms = now_ms};
        (void)text_hex(u->id, id, sizeof id);
        (void)snprintf(u->path, sizeof u->path, "%s/%s", uploads->folder, u->id);
        *ret_upload = u;
        return 0;
}

struct backup_upload *backup_upload_find(struct backup_uploads *uploads, const char *id, uint64_t now_ms)
{
        for (size_t i = 0; id && *id && i < BACKUP_UPLOAD_OPEN_MAX; i++)
                if (text_equal(uploads->all[i].id, id)) {
                        uploads->all[i].used_ms = now_ms;
                        return &uploads->all[i];
                }
        return NULL;
}

bool backup_uploads_tidy(struct backup_uploads *uploads, uint64_t now_ms)
{
        bool is_some = false;

        for (size_t i = 0; i < BACKUP_UPLOAD_OPEN_MAX; i++) {
                struct backup_upload *u = &uploads->all[i];

                if (*u->id && !u->is_busy && now_ms - u->used_ms >= BACKUP_UPLOAD_HELD_MS)
                        backup_upload_remove(u);
                is_some |= *u->id != 0;
        }
        return is_some;
}

/* --- uploads ------------------------------------------------------------------------- */

int backup_upload_begin(struct backup_uploads *uploads, int64_t size, const char *sha256, uint64_t now_ms, struct backup_upload **ret_upload,
                        struct backup_refusal *ret_refusal)
{
        struct backup_upload *u = NULL;
        int fd, r;

        if (size <= 0 || size > BACKUP_UPLOAD_SIZE_MAX)
                return backup_refuse(ret_refusal, "foreign", "size", "No backup has that size.");
        if (!sha256 || strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
                return backup_refuse(ret_refusal, "", "sha256", "The SHA-256 of the file is 64 hex digits, in lower case.");
        r = backup_upload_new(uploads, now_ms, &u);
        if (r < 0)
                return backup_refuse(ret_refusal, "", "", "Too many backups are being looked at; try again when one is done.");
        if (backup_files_room(uploads->folder) < size) {
                *u = (struct backup_upload){0};
                return backup_refuse(ret_refusal, "full", "size", "The data disk has too little room for this backup (%lld MiB). Remove firmware that no phone needs, "
                                     "or take a larger disk.", (long long)(size >> 20));
        }
        fd = open(u->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) {
                r = backup_refuse_system(ret_refusal, "The backup cannot be kept");
                *u = (struct backup_upload){0};
                return r;
        }
        close(fd);
        u->size = size;
        (void)text_copy(u->sha256, sizeof u->sha256, sha256);
        *ret_upload = u;
        return 0;
}

int backup_upload_append(struct backup_upload *u, int64_t offset, const void *data, size_t size, struct backup_refusal *ret_refusal)
{
        ssize_t n;
        int fd;

        if (offset != u->at)
                return backup_refuse(ret_refusal, "", "offset", "The next piece begins at %lld.", (long long)u->at);
        if (size == 0 || size > BACKUP_UPLOAD_PART_MAX || (int64_t)size > u->size - u->at)
                return backup_refuse(ret_refusal, "", "data", "A piece has 1 byte to 4 MiB, and all together have the announced size.");
        fd = open(u->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
        n = fd < 0 ? -1 : pwrite(fd, data, size, offset);
        if (n >= 0 && n != (ssize_t)size) {
                errno = ENOSPC;
                n = -1;
        }
        if (n < 0) {
                int r = backup_refuse_system(ret_refusal, "The backup cannot be kept");

                if (fd >= 0)
                        close(fd);
                return r;
        }
        close(fd);
        u->at += (int64_t)size;
        return 0;
}

int backup_upload_open(const struct backup_upload *u, int *ret_fd, struct backup_refusal *ret_refusal)
{
        char sum[65];
        int64_t size = 0;
        int fd;

        if (u->at != u->size)
                return backup_refuse(ret_refusal, "", "upload", "The upload is not complete: %lld of %lld bytes have come.", (long long)u->at, (long long)u->size);
        fd = open(u->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || backup_files_sum(fd, sum, &size) < 0) {
                int r = backup_refuse_system(ret_refusal, "The backup cannot be read");

                if (fd >= 0)
                        close(fd);
                return r;
        }
        if (size != u->size || (*u->sha256 && !text_equal(sum, u->sha256))) {
                close(fd);
                return backup_refuse(ret_refusal, "damaged", "upload", "The file changed on its way here: its SHA-256 is another one. Upload it again.");
        }
        *ret_fd = fd;
        return 0;
}
