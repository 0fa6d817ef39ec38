#ifndef PROVOST_BACKUP_FILES_H
#define PROVOST_BACKUP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "appliance/base/error.h"

/* Where things are. /var is mounted from /data/var: renames stay on one side. */
#define BACKUP_FILES_HOME "/data/backup"
#define BACKUP_FILES_KEEP BACKUP_FILES_HOME "/keep"             /* the schedule; part of a backup */
#define BACKUP_FILES_SCHEDULE BACKUP_FILES_KEEP "/schedule.json"
#define BACKUP_FILES_PASSWORD "share.password"                 /* in keep; the share's, sealed for this machine */
#define BACKUP_FILES_OUT BACKUP_FILES_HOME "/out"               /* backups that wait for their download */
#define BACKUP_FILES_IN BACKUP_FILES_HOME "/in"                 /* backups that were uploaded */
#define BACKUP_FILES_SCRATCH BACKUP_FILES_HOME "/scratch"       /* drills */
#define BACKUP_FILES_LAST BACKUP_FILES_HOME "/last.json"
#define BACKUP_FILES_RESTORE "/data/restore"
#define BACKUP_FILES_STATE "/data/var/lib/provost"
#define BACKUP_FILES_CREDENTIALS "/data/credentials"
#define BACKUP_FILES_SPARE (INT64_C(64) << 20)                  /* of the data disk stay free */
#define BACKUP_FILES_PATH 320

/* "<a>/<b>" into BACKUP_FILES_PATH bytes; PV_ETOOLARGE. */
int backup_files_path(char ret[static BACKUP_FILES_PATH], const char *a, const char *b) PV_MUST_CHECK;
/* Everything in the directory goes; links are not followed. The directory itself too, with `also`. Absent is good. */
int backup_files_clear(const char *path, bool also);
/* A new directory of this user's ("root" for root's) and mode. */
int backup_files_make(const char *path, const char *user, const char *group, mode_t mode) PV_MUST_CHECK;
/* Gives a file to a user. */
int backup_files_give(int fd, const char *user, const char *group) PV_MUST_CHECK;
/* Bytes that may be used on the disk of this path, beside the spare ones; negative: none. */
int64_t backup_files_room(const char *path);
/* A small file, all of it, ended by a NUL that ret_size does not count; for the caller to free. PV_EUNSET: absent. */
int backup_files_read(const char *path, char **ret_text, size_t *ret_size) PV_MUST_CHECK;
/* The whole file, durable, in place of the one that is there; 0600. */
int backup_files_write(const char *path, const char *text) PV_MUST_CHECK;
/* SHA-256 of a file in hex, and its size. */
int backup_files_sum(int fd, char ret_hex[static 65], int64_t *ret_size) PV_MUST_CHECK;

#endif
