#ifndef PROVOST_STORE_SEAL_H
#define PROVOST_STORE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

#define STORE_SEAL_KEY_SIZE 32
#define STORE_SEAL_EXTRA 29             /* version, nonce and tag */

struct store_seal {
        uint8_t key[STORE_SEAL_KEY_SIZE];
};

/* Reads exactly 32 bytes. PV_EUNSET no such file, PV_EMALFORMED another size. */
int store_seal_load(const char *path, struct store_seal *ret_seal) PV_MUST_CHECK;
/* Forgets the key. */
void store_seal_done(struct store_seal *seal);

/*
 * Where a sealed value stands: sealed for one place it opens at no other, so
 * that nobody who can write the file can move a secret to another phone.
 */
struct store_place {
        const char *table, *row, *name;
        int64_t index;                  /* of a setting; 0 for secrets */
};

/* ret has room for size + STORE_SEAL_EXTRA bytes. */
int store_seal_close(const struct store_seal *seal, const struct store_place *place, const void *data, size_t size,
                     uint8_t *ret) PV_MUST_CHECK;
/* A text as a NUL-terminated string, freed with store_seal_forget(). PV_EREFUSED when it was changed, moved, or the key is another. */
int store_seal_open(const struct store_seal *seal, const struct store_place *place, const void *sealed, size_t size,
                    char **ret_text) PV_MUST_CHECK;
void store_seal_forget(char *text);
/* `length` characters that Snom accepts in a password (snom.md 1.2) and that survive XML, URLs and shells; ret has room for length + 1. */
int store_seal_password(char *ret, size_t length) PV_MUST_CHECK;

#endif
