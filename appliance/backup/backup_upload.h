#ifndef PROVOST_BACKUP_UPLOAD_H
#define PROVOST_BACKUP_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/backup/backup_refusal.h"

/* Backups that come in, piece by piece, and those that wait for their download: files with an id that cannot be guessed, forgotten after a while. */

#define BACKUP_UPLOAD_ID 33             /* 32 hex digits */
#define BACKUP_UPLOAD_OPEN_MAX 3
#define BACKUP_UPLOAD_SIZE_MAX (INT64_C(20) << 30)
#define BACKUP_UPLOAD_PART_MAX (4 << 20)
#define BACKUP_UPLOAD_HELD_MS (15 * 60 * 1000)

struct backup_upload {
        char id[BACKUP_UPLOAD_ID];      /* "" free */
        char path[160];
        char sha256[65];
        int64_t size, at;
        uint64_t used_ms;
        bool is_busy;                   /* somebody reads it now */
};

struct backup_uploads {
        const char *folder;
        struct backup_upload all[BACKUP_UPLOAD_OPEN_MAX];
};

/* Removes what an earlier run left in the folder. */
int backup_uploads_init(struct backup_uploads *uploads, const char *folder) PV_MUST_CHECK;
/* A new one; the oldest that nobody reads goes for it. The file is for the caller to make (backups) or to begin (uploads). */
int backup_upload_new(struct backup_uploads *uploads, uint64_t now_ms, struct backup_upload **ret_upload) PV_MUST_CHECK;
/* NULL: there is none of this id. */
struct backup_upload *backup_upload_find(struct backup_uploads *uploads, const char *id, uint64_t now_ms);
void backup_upload_remove(struct backup_upload *upload);
/* Those that nobody used for their time. True when some are left. */
bool backup_uploads_tidy(struct backup_uploads *uploads, uint64_t now_ms);

int backup_upload_begin(struct backup_uploads *uploads, int64_t size, const char *sha256, uint64_t now_ms, struct backup_upload **ret_upload,
                        struct backup_refusal *ret_refusal) PV_MUST_CHECK;
int backup_upload_append(struct backup_upload *upload, int64_t offset, const void *data, size_t size, struct backup_refusal *ret_refusal) PV_MUST_CHECK;
/* Whole, and what was announced. ret_fd is open for reading then. */
int backup_upload_open(const struct backup_upload *upload, int *ret_fd, struct backup_refusal *ret_refusal) PV_MUST_CHECK;

#endif
