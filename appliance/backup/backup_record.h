#ifndef PROVOST_BACKUP_RECORD_H
#define PROVOST_BACKUP_RECORD_H

#include <stdint.h>

#include "appliance/backup/backup_seal.h"

/* The stream inside: records with a name and a size, the manifest first, a mark at the end. */

enum backup_record_kind {
        BACKUP_RECORD_MANIFEST,         /* "manifest" */
        BACKUP_RECORD_DATABASE,         /* "store/provost.db" */
        BACKUP_RECORD_CREDENTIAL,       /* "credentials/store.key", "credentials/pki.key": 32 bytes, as they are */
        BACKUP_RECORD_PKI,              /* "pki/NAME.sealed" */
        BACKUP_RECORD_FIRMWARE,         /* "firmware/NAME" */
        BACKUP_RECORD_SCHEDULE,         /* "backup/schedule.json" */
        BACKUP_RECORD_END,
};

#define BACKUP_RECORD_NAME_SIZE 128
#define BACKUP_RECORD_SMALL_MAX 65536   /* of all but databases and firmware */

struct backup_record {
        enum backup_record_kind kind;
        char file[BACKUP_RECORD_NAME_SIZE];     /* without its folder: a name, never a path */
        int64_t size;
};

/* What a name and a size mean. PV_EREFUSED: no such record is known here (of a newer system). PV_EMALFORMED: no record has that form. */
int backup_record_parse(const char *name, int64_t size, struct backup_record *ret_record) PV_MUST_CHECK;

/* name NULL: the end. */
int backup_record_put(struct backup_sealer *sealer, const char *name, int64_t size) PV_MUST_CHECK;
int backup_record_next(struct backup_opener *opener, struct backup_record *ret_record) PV_MUST_CHECK;

#endif
