#ifndef PROVOST_STORE_SEAL_H
#define PROVOST_STORE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

#define STORE_SEAL_KEY_SIZE 32
#define STORE_SEAL_EXTRA 29             /* version, nonce and tag */

struct store_seal {
        uint8_t key[STORE_SEAL_KEY_SIZE];
        uint8_t digest_key[STORE_SEAL_KEY_SIZE];        /* made from it */
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
/* Equal for equal texts, and tells nothing of them without the key. */
#define STORE_DIGEST_SIZE 16
int store_seal_digest(const struct store_seal *seal, const char *text, uint8_t ret[static STORE_DIGEST_SIZE]) PV_MUST_CHECK;

#endif
