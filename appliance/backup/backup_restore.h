#ifndef PROVOST_BACKUP_RESTORE_H
#define PROVOST_BACKUP_RESTORE_H

#include <stdbool.h>

#include "appliance/backup/backup_content.h"
#include "appliance/backup/backup_open.h"
#include "appliance/backup/backup_refusal.h"

/*
 * A restore happens between two starts: what was unpacked is staged; early at the next start each part changes its place with the one in use
 * (one atomic step each, so a power cut leaves a state from which it goes on); when store, pki and box work with it, the former parts are
 * removed, else everything changes back.
 *
 *   staged ─▶ swapping ─▶ trying ─▶ (over)
 *                           └─▶ back ─▶ (over)
 */

enum backup_restore_phase { BACKUP_RESTORE_NONE, BACKUP_RESTORE_STAGED, BACKUP_RESTORE_SWAPPING, BACKUP_RESTORE_TRYING, BACKUP_RESTORE_BACK };

#define BACKUP_RESTORE_STARTS_MAX 3     /* that did not get as far as a judgement */

struct backup_restore {
        enum backup_restore_phase phase;
        int64_t starts;                 /* of the trial */
        struct backup_content content;
        char why[240];                  /* it went back */
};

/* home: "/data" (tests have another). The unpacked folder becomes the staged one; its keys are sealed for this machine. */
int backup_restore_stage(const char *home, const char *folder, const struct backup_opened *opened, struct backup_refusal *ret_refusal) PV_MUST_CHECK;
/* Forgets what is staged. */
int backup_restore_discard(const char *home) PV_MUST_CHECK;
/* How far it is. */
int backup_restore_load(const char *home, struct backup_restore *ret_restore) PV_MUST_CHECK;

/* Early at each start, before any station: the next steps of the picture above. ret_restore: what it is then; ret_went_back: it is over. */
int backup_restore_start(const char *home, struct backup_restore *ret_restore, bool *ret_went_back) PV_MUST_CHECK;
/* The trial was good: the former state is removed. */
int backup_restore_keep(const char *home) PV_MUST_CHECK;
/* It was not: the next start changes everything back. */
int backup_restore_give_up(const char *home, const char *why) PV_MUST_CHECK;

/* For tests: is called before each step that changes the disk. */
extern void (*backup_restore_step)(void);

#endif
