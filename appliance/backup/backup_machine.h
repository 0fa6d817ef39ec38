#ifndef PROVOST_BACKUP_MACHINE_H
#define PROVOST_BACKUP_MACHINE_H

#include <stddef.h>

#include "appliance/base/error.h"

/* What only this machine can open: systemd-creds with its own secret. Names stand in what it makes, so one cannot take another's place. */

/* Both ends are pipes: the text is on no disk and no command line. size: what there is room for; ret_size: what it was. PV_EREFUSED:
 * systemd-creds did not do it, and said why in the journal. */
int backup_machine_open(const char *name, const char *path, void *ret_data, size_t size, size_t *ret_size) PV_MUST_CHECK;
/* Into a new file that only root may read, on the disk when it returns. */
int backup_machine_seal(const char *name, const void *data, size_t size, const char *path) PV_MUST_CHECK;

#endif
