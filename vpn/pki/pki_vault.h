#ifndef PROVOST_PKI_VAULT_H
#define PROVOST_PKI_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

#define PKI_VAULT_KEY_SIZE 32

/* The state directory of this station: every file in it is sealed with AES-256-GCM under one key, which is not in it. */
struct pki_vault {
        int directory;                          /* -1 when closed */
        uint8_t key[PKI_VAULT_KEY_SIZE];
};

/* Opens the directory and reads the key file, which must hold exactly PKI_VAULT_KEY_SIZE bytes.
 * PV_EUNSET: no directory or no key; PV_EMALFORMED: a key of another size. */
int pki_vault_open(const char *directory, const char *key_directory, const char *key_name,
                   struct pki_vault *ret_vault) PV_MUST_CHECK;
/* Forgets the key. */
void pki_vault_close(struct pki_vault *vault);
/* Seals these bytes into the file "<name>.sealed"; durable when it returns. The name is sealed too: one file cannot
 * stand in for another. */
int pki_vault_put(const struct pki_vault *vault, const char *name, const void *data, size_t size) PV_MUST_CHECK;
/* PV_EUNSET: never put; PV_EREFUSED: changed, or sealed with another key. A NUL follows the bytes; give them back to
 * pki_vault_forget(). */
int pki_vault_get(const struct pki_vault *vault, const char *name, uint8_t **ret_data, size_t *ret_size) PV_MUST_CHECK;
/* Durable when it returns; also when it was never put. */
int pki_vault_remove(const struct pki_vault *vault, const char *name) PV_MUST_CHECK;
/* Overwrites and frees; data may be NULL. */
void pki_vault_forget(void *data, size_t size);

#endif
