#ifndef PROVOST_BACKUP_MAKE_H
#define PROVOST_BACKUP_MAKE_H

#include "appliance/backup/backup_content.h"
#include "appliance/backup/backup_key.h"
#include "appliance/backup/backup_progress.h"
#include "appliance/backup/backup_refusal.h"

#define BACKUP_MAKE_NAME_SIZE 96

/* A backup that was made. */
struct backup_made {
        struct backup_content content;
        char name[BACKUP_MAKE_NAME_SIZE];       /* for people: provost-SITE-20261122-030000.backup */
        char sha256[65];
};

/*
 * Everything of the running appliance into a new file at `path`; takes its time. On failure nothing of it is left. PV_EREFUSED: *ret_refusal
 * says why.
 */
int backup_make(const struct backup_key *key, const char *path, struct backup_progress *progress, struct backup_made *ret_made,
                struct backup_refusal *ret_refusal) PV_MUST_CHECK;
/* The name of a backup of this site and moment. */
void backup_make_name(const char *site, int64_t made_at, char ret[static BACKUP_MAKE_NAME_SIZE]);

#endif
