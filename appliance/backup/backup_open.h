#ifndef PROVOST_BACKUP_OPEN_H
#define PROVOST_BACKUP_OPEN_H

#include <stdbool.h>

#include "appliance/backup/backup_content.h"
#include "appliance/backup/backup_key.h"
#include "appliance/backup/backup_progress.h"
#include "appliance/backup/backup_refusal.h"
#include "appliance/backup/backup_schedule.h"

/* A backup that was unpacked into a folder of ours: store/provost.db, pki, firmware, keep/schedule.json. The keys are here alone. */
struct backup_opened {
        struct backup_content content;
        uint8_t store_key[BACKUP_KEY_SIZE], pki_key[BACKUP_KEY_SIZE];
        bool has_store_key, has_pki_key, has_database, has_authority;
        char password[BACKUP_SCHEDULE_WORD];    /* of the share; "" none. Never in the folder */
};

struct backup_open_how {
        int fd;                         /* the file */
        const char *passphrase, *folder;
        bool with_firmware;             /* a drill reads it and does not write it */
        struct backup_progress *progress;
};

/*
 * Everything in the folder is replaced. Only when it returns 0 was every byte of the file read and found to be what was written.
 * PV_EREFUSED: *ret_refusal says why; the folder is empty then. backup_key_forget() for the result.
 */
int backup_open(const struct backup_open_how *how, struct backup_opened *ret_opened, struct backup_refusal *ret_refusal) PV_MUST_CHECK;
/* When a backup was made, as its head says it; that anybody can write. PV_EUNSET: no backup. */
int backup_open_look(int fd, int64_t *ret_made_at) PV_MUST_CHECK;

#endif
