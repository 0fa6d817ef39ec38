#ifndef PROVOST_BACKUP_WORK_H
#define PROVOST_BACKUP_WORK_H

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "appliance/backup/backup_drill.h"
#include "appliance/backup/backup_make.h"
#include "appliance/backup/backup_schedule.h"

/* What takes its time: done by one thread beside the loop, one thing at a time. Nothing of the loop's is touched by it. */

enum backup_work_kind { BACKUP_WORK_CREATE, BACKUP_WORK_SCHEDULED, BACKUP_WORK_DRILL, BACKUP_WORK_RESTORE, BACKUP_WORK_TAKE, BACKUP_WORK_LIST };

struct backup_work {
        enum backup_work_kind kind;
        struct backup_progress *progress;
        /* In. */
        char path[160];                 /* of the backup that is made, looked at or taken */
        int fd;                         /* of the backup that is looked at; -1 else. The work closes it */
        char *passphrase;               /* NULL: the schedule's key. Forgotten by backup_work_done() */
        struct backup_schedule schedule;
        char password[BACKUP_SCHEDULE_WORD];
        char device[32], name[256];     /* of a file on a stick */
        /* Out. */
        int result;                     /* 0 or PV_EREFUSED */
        struct backup_refusal refusal;
        struct backup_made made;
        struct backup_opened opened;    /* its content */
        struct backup_report report;
        sd_json_variant *files;         /* on sticks */
};

/* Blocks. */
void backup_work_run(struct backup_work *work);
void backup_work_done(struct backup_work *work);
/* The three words of an outcome. */
const char *backup_work_kind_text(const struct backup_work *work);
const char *backup_work_place(const struct backup_work *work);

#endif
