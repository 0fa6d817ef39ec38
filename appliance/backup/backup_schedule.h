#ifndef PROVOST_BACKUP_SCHEDULE_H
#define PROVOST_BACKUP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/backup/backup_key.h"
#include "appliance/backup/backup_refusal.h"

/* What an owner decided about backups that are made by themselves. */

#define BACKUP_SCHEDULE_URL 1024
#define BACKUP_SCHEDULE_WORD 256
#define BACKUP_SCHEDULE_KEEP_MAX 60
#define BACKUP_SCHEDULE_SENT_MAX 64
#define BACKUP_SCHEDULE_NAME 96
#define BACKUP_SCHEDULE_PEM 8192

enum backup_schedule_to { BACKUP_SCHEDULE_OFF, BACKUP_SCHEDULE_STICK, BACKUP_SCHEDULE_SHARE };

struct backup_schedule {
        enum backup_schedule_to to;
        char url[BACKUP_SCHEDULE_URL];          /* of the folder on the share */
        char user[BACKUP_SCHEDULE_WORD];
        char at[6];                             /* "HH:MM", UTC */
        int64_t keep;                           /* so many backups stay there */
        bool has_key;
        struct backup_key key;
        int64_t set_at, tried_at;               /* seconds since 1970; 0: never */
        char sent[BACKUP_SCHEDULE_SENT_MAX][BACKUP_SCHEDULE_NAME];      /* names of those that are there, oldest first */
        int n_sent;
        char authorities[BACKUP_SCHEDULE_PEM];  /* PEM of those that are believed about the share beside the public ones */
        /* In a backup alone; on the disk it is in a file of systemd-creds. "": none */
        char password[BACKUP_SCHEDULE_WORD];
};

/* At first: off, 03:00, seven are kept. */
void backup_schedule_default(struct backup_schedule *ret);
/* The file's text, for the caller to free. with_password: for a backup. */
int backup_schedule_write(const struct backup_schedule *schedule, bool with_password, char **ret_text) PV_MUST_CHECK;
int backup_schedule_read(const char *text, struct backup_schedule *ret) PV_MUST_CHECK;
/* The parameters of SetSchedule but the passphrase, one by one; what is not given stays. PV_EREFUSED with the field. */
int backup_schedule_change(struct backup_schedule *schedule, sd_json_variant *parameters, struct backup_refusal *ret_refusal) PV_MUST_CHECK;
/* What would keep it from working: off is always good. */
int backup_schedule_check(const struct backup_schedule *schedule, bool has_password, struct backup_refusal *ret_refusal) PV_MUST_CHECK;

/* The first moment after `now` at its time of the day; 0 when off. */
int64_t backup_schedule_next(const struct backup_schedule *schedule, int64_t now);
/* A moment has passed since it was set and tried last: also after the appliance was switched off. */
bool backup_schedule_is_due(const struct backup_schedule *schedule, int64_t now);
/* One more is there. ret_old: a name that should go, "" none; ask again until then. */
void backup_schedule_note_sent(struct backup_schedule *schedule, const char *name);
bool backup_schedule_take_old(struct backup_schedule *schedule, char ret_old[static BACKUP_SCHEDULE_NAME]);

const char *backup_schedule_to_text(enum backup_schedule_to to);

#endif
