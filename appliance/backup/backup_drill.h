#ifndef PROVOST_BACKUP_DRILL_H
#define PROVOST_BACKUP_DRILL_H

#include <stdbool.h>
#include <systemd/sd-json.h>

#include "appliance/backup/backup_open.h"

/* What was found in a backup that was unpacked. */
struct backup_report {
        sd_json_variant *checks;        /* an array of Check */
        bool is_ok, is_newer;
        char first_bad[400];            /* "" when all is well */
};

/*
 * Station store's and station pki's programs look at the folder, each as its own user and at its own part. PV_EREFUSED: they could not be
 * asked. The database is brought to this system's version by it.
 */
int backup_drill(const struct backup_opened *opened, const char *folder, struct backup_progress *progress, struct backup_report *ret_report,
                 struct backup_refusal *ret_refusal) PV_MUST_CHECK;
void backup_report_done(struct backup_report *report);

#endif
