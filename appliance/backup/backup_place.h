#ifndef PROVOST_BACKUP_PLACE_H
#define PROVOST_BACKUP_PLACE_H

#include "appliance/backup/backup_work.h"

/* Where backups go by themselves, and where they come from: a share (provost-transfer) or a stick (provost-stick). All of it blocks. */

/* The backup at work->path gets work->made.name there; old ones of ours go, and work->schedule says what is there then. */
int backup_place_put(struct backup_work *work) PV_MUST_CHECK;
/* work->files: an array of BackupFile. */
int backup_place_list(struct backup_work *work) PV_MUST_CHECK;
/* work->device, work->name to a new file at work->path. */
int backup_place_take(struct backup_work *work) PV_MUST_CHECK;

#endif
