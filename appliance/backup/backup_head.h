#ifndef PROVOST_BACKUP_HEAD_H
#define PROVOST_BACKUP_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * The first bytes of a backup, which anybody can read. docs/backup.md has every byte. Magic, version, size and the sum at its end are
 * where they are in every version to come.
 */

#define BACKUP_HEAD_SIZE 144
#define BACKUP_HEAD_VERSION 1
#define BACKUP_HEAD_SALT 16
#define BACKUP_HEAD_POINT 32            /* of X25519 */

struct backup_head {
        int64_t made_at;
        uint32_t memory_kib, passes, lanes;             /* of Argon2id */
        uint8_t salt[BACKUP_HEAD_SALT];
        uint8_t recipient[BACKUP_HEAD_POINT];           /* the passphrase's public key */
        uint8_t ephemeral[BACKUP_HEAD_POINT];           /* this file's */
};

int backup_head_write(const struct backup_head *head, uint8_t ret[static BACKUP_HEAD_SIZE]) PV_MUST_CHECK;
/*
 * PV_EUNSET: no backup of ours. PV_EREFUSED: of a newer version. PV_EMALFORMED: damaged or cut, or it asks for more work than any of
 * ours does. data: what there is of the file's beginning, BACKUP_HEAD_SIZE bytes at least unless the file is shorter.
 */
int backup_head_read(const void *data, size_t size, struct backup_head *ret_head) PV_MUST_CHECK;

#endif
