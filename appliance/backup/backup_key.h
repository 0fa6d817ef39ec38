#ifndef PROVOST_BACKUP_KEY_H
#define PROVOST_BACKUP_KEY_H

#include <stdint.h>

#include "appliance/backup/backup_head.h"
#include "appliance/base/error.h"

/*
 * Keys of backups. A passphrase gives, by Argon2id, a private key of X25519 and a writer's key. The appliance keeps the public key and
 * the writer's key: with them it makes backups each night, and can open none. Who has a backup and not the writer's key cannot make
 * another one that opens with the same passphrase.
 */

#define BACKUP_KEY_SIZE 32
#define BACKUP_KEY_PASSPHRASE_MIN 12
#define BACKUP_KEY_PASSPHRASE_MAX 1024

/* What the appliance keeps of a passphrase. */
struct backup_key {
        uint32_t memory_kib, passes, lanes;
        uint8_t salt[BACKUP_HEAD_SALT];
        uint8_t recipient[BACKUP_HEAD_POINT];
        uint8_t writer[BACKUP_KEY_SIZE];
};

/* A new salt, and the rest from the passphrase. Takes 64 MiB and a moment. */
int backup_key_make(const char *passphrase, struct backup_key *ret_key) PV_MUST_CHECK;
/* A new file for whoever has the passphrase: its head, and the key of what follows. */
int backup_key_seal(const struct backup_key *key, int64_t made_at, struct backup_head *ret_head, uint8_t ret_file_key[static BACKUP_KEY_SIZE]) PV_MUST_CHECK;
/* The key of a file that exists. PV_EREFUSED: it is another passphrase. */
int backup_key_open(const struct backup_head *head, const char *passphrase, uint8_t ret_file_key[static BACKUP_KEY_SIZE]) PV_MUST_CHECK;
void backup_key_forget(void *data, size_t size);

#endif
