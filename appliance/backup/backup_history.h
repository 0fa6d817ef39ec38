#ifndef PROVOST_BACKUP_HISTORY_H
#define PROVOST_BACKUP_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/* How backups, drills and restores ended: the newest twenty, in a file. */
struct backup_outcome {
        int64_t at;
        const char *kind;               /* "backup" "drill" "restore" */
        const char *place;              /* "download" "stick" "share", or "" */
        bool is_done;
        const char *name, *text;
};

/* One more. A file that cannot be read begins anew. */
int backup_history_add(const char *path, const struct backup_outcome *outcome) PV_MUST_CHECK;
/* An array of Outcome, newest first; empty when there is none. */
int backup_history_json(const char *path, sd_json_variant **ret) PV_MUST_CHECK;

#endif
