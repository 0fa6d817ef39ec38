#ifndef PROVOST_BACKUP_BACKUP_H
#define PROVOST_BACKUP_BACKUP_H

#include "appliance/backup/backup_upload.h"
#include "appliance/backup/backup_work.h"
#include "appliance/service/service.h"

/* The station's state: what it does now, what waits, what was decided. */
struct backup;

/* Told when the state is not as before. */
typedef void (*backup_changed)(void *userdata);
/* Ends a work that was begun: work is borrowed. */
typedef void (*backup_worked)(struct backup_work *work, void *userdata);

int backup_new(struct service *service, backup_changed changed, void *userdata, struct backup **ret_backup) PV_MUST_CHECK;
void backup_free(struct backup *backup);

/* The type State. */
int backup_state_json(struct backup *backup, sd_json_variant **ret) PV_MUST_CHECK;
/* The parameters of SetSchedule. PV_EREFUSED with the reason. */
int backup_set_schedule(struct backup *backup, sd_json_variant *parameters, struct backup_refusal *ret_refusal) PV_MUST_CHECK;

struct backup_uploads *backup_uploads_in(struct backup *backup);
struct backup_uploads *backup_uploads_out(struct backup *backup);
bool backup_has_passphrase(const struct backup *backup);
bool backup_is_scheduled(const struct backup *backup);
/* Takes over what work points to. PV_EBUSY: something else is being done; work is done away with. worked may be NULL. */
int backup_begin(struct backup *backup, struct backup_work *work, backup_worked worked, void *userdata) PV_MUST_CHECK;
/* The backup that the schedule wants, now. */
int backup_begin_scheduled(struct backup *backup) PV_MUST_CHECK;
/* The appliance starts anew in a moment. */
void backup_restart(struct backup *backup);

#endif
