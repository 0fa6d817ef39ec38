/*
 * backup_key: from a passphrase to the key of a file.
 *
 * In:   a passphrase, or what was kept of it; a head.
 * Out:  keys, in memory alone.
 * Not:  no passphrase is kept.
 */
#include "appliance/backup/backup_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

#define MEMORY_KIB (64 * 1024)
#define PASSES 3
#define LANES 1
#define FILE_INFO "provost backup 1 file"

struct secrets {
        uint8_t private_key[BACKUP_HEAD_POINT];
        uint8_t writer[BACKUP_KEY_SIZE];
};

void backup_key_forget(void *data, size_t size)
{
        OPENSSL_cleanse(data, size);
}

/* --- the passphrase --------------------------------------------------------- */

static int stretch(const char *passphrase, const uint8_t *salt, uint32_t memory_kib, uint32_t passes, uint32_t lanes, struct secrets *ret)
{
        EVP_KDF *kdf = EVP_KDF_fetch(NULL, "ARGON2ID", NULL);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
        uint32_t threads = 1;
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)passphrase, strlen(passphrase)),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, BACKUP_HEAD_SALT),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory_kib),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_THREADS, &threads),
                OSSL_PARAM_construct_end(),
        };
        int r = context && EVP_KDF_derive(context, (uint8_t *)ret, sizeof *ret, params) == 1 ? 0 : PV_ENOMEM;

        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return r;
}

static int public_of(EVP_PKEY *pair, uint8_t ret[static BACKUP_HEAD_POINT])
{
        size_t size = BACKUP_HEAD_POINT;

        return pair && EVP_PKEY_get_raw_public_key(pair, ret, &size) == 1 && size == BACKUP_HEAD_POINT ? 0 : PV_ESYSTEM;
}

int backup_key_make(const char *passphrase, struct backup_key *ret_key)
{
        struct backup_key key = {.memory_kib = MEMORY_KIB, .passes = PASSES, .lanes = LANES};
        struct secrets secrets;
        EVP_PKEY *pair = NULL;
        int r = RAND_bytes(key.salt, sizeof key.salt) == 1 ? 0 : PV_ESYSTEM;

        if (r == 0)
                r = stretch(passphrase, key.salt, key.memory_kib, key.passes, key.lanes, &secrets);
        if (r == 0) {
                pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secrets.private_key, sizeof secrets.private_key);
                r = public_of(pair, key.recipient);
        }
        if (r == 0) {
                memcpy(key.writer, secrets.writer, sizeof key.writer);
                *ret_key = key;
        }
        EVP_PKEY_free(pair);
        OPENSSL_cleanse(&secrets, sizeof secrets);
        OPENSSL_cleanse(&key, sizeof key);
        return r;
}

/* --- a file's key -------------------------------------------------------------- */

static int agree(EVP_PKEY *own, const uint8_t *theirs, uint8_t ret[static BACKUP_KEY_SIZE])
{
        EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs, BACKUP_HEAD_POINT);
        EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
        size_t size = BACKUP_KEY_SIZE;
        int r = other && context && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, other) == 1 &&
                EVP_PKEY_derive(context, ret, &size) == 1 && size == BACKUP_KEY_SIZE ? 0 : PV_EMALFORMED;

        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(other);
        return r;
}

/* HKDF: what both sides know, salted with the whole head, so that no byte of it can be another. */
static int derive(const uint8_t shared[static BACKUP_KEY_SIZE], const uint8_t writer[static BACKUP_KEY_SIZE], const struct backup_head *head,
                  uint8_t ret[static BACKUP_KEY_SIZE])
{
        uint8_t secret[2 * BACKUP_KEY_SIZE], salt[BACKUP_HEAD_SIZE];
        EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
        EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
        int r = backup_head_write(head, salt);
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, sizeof secret),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)FILE_INFO, strlen(FILE_INFO)),
                OSSL_PARAM_construct_end(),
        };

        memcpy(secret, shared, BACKUP_KEY_SIZE);
        memcpy(secret + BACKUP_KEY_SIZE, writer, BACKUP_KEY_SIZE);
        if (r == 0)
                r = context && EVP_KDF_derive(context, ret, BACKUP_KEY_SIZE, params) == 1 ? 0 : PV_ESYSTEM;
        OPENSSL_cleanse(secret, sizeof secret);
        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return r;
}

int backup_key_seal(const struct backup_key *key, int64_t made_at, struct backup_head *ret_head, uint8_t ret_file_key[static BACKUP_KEY_SIZE])
{
        struct backup_head head = {.made_at = made_at, .memory_kib = key->memory_kib, .passes = key->passes, .lanes = key->lanes};
        EVP_PKEY *ephemeral = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
        uint8_t shared[BACKUP_KEY_SIZE];
        int r;

        memcpy(head.salt, key->salt, sizeof head.salt);
        memcpy(head.recipient, key->recipient, sizeof head.recipient);
        r = public_of(ephemeral, head.ephemeral);
        if (r == 0)
                r = agree(ephemeral, key->recipient, shared);
        if (r == 0)
                r = derive(shared, key->writer, &head, ret_file_key);
        if (r == 0)
                *ret_head = head;
        OPENSSL_cleanse(shared, sizeof shared);
        EVP_PKEY_free(ephemeral);
        return r;
}

int backup_key_open(const struct backup_head *head, const char *passphrase, uint8_t ret_file_key[static BACKUP_KEY_SIZE])
{
        uint8_t recipient[BACKUP_HEAD_POINT], shared[BACKUP_KEY_SIZE];
        struct secrets secrets;
        EVP_PKEY *pair = NULL;
        int r = stretch(passphrase, head->salt, head->memory_kib, head->passes, head->lanes, &secrets);

        if (r < 0)
                return r;
        pair = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secrets.private_key, sizeof secrets.private_key);
        r = public_of(pair, recipient);
        if (r == 0 && CRYPTO_memcmp(recipient, head->recipient, sizeof recipient) != 0)
                r = PV_EREFUSED;
        if (r == 0)
                r = agree(pair, head->ephemeral, shared);
        if (r == 0)
                r = derive(shared, secrets.writer, head, ret_file_key);
        OPENSSL_cleanse(&secrets, sizeof secrets);
        OPENSSL_cleanse(shared, sizeof shared);
        EVP_PKEY_free(pair);
        return r;
}
