#ifndef PROVOST_ADMIN_BACKUP_MADE_H
#define PROVOST_ADMIN_BACKUP_MADE_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* Backups that were made for download: only the session that made one gets it. In memory, the newest four; from any thread. */
#define BACKUP_MADE_ID_SIZE 65
#define BACKUP_MADE_NAME_SIZE 128

struct backup_made {
        char id[BACKUP_MADE_ID_SIZE];
        char name[BACKUP_MADE_NAME_SIZE];
        uint64_t session;
        uint64_t size;
};

/* The oldest makes room. PV_ETOOLARGE: a text does not fit; a name that does not fit a file's is replaced. */
int backup_made_keep(const char *id, const char *name, uint64_t session, uint64_t size) PV_MUST_CHECK;
/* PV_EUNSET: there is none, or it is somebody else's. */
int backup_made_find(const char *id, uint64_t session, struct backup_made *ret_made) PV_MUST_CHECK;

#endif
