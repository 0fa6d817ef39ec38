/*
 * pki_vault: files sealed with AES-256-GCM.
 *
 * In:   names and bytes; the key from the credential pki.key.
 * Out:  "<name>.sealed": 8 bytes of format, 12 of nonce, the sealed bytes, 16 of tag. Format and name are authenticated.
 * Not:  no knowledge of what is inside (see pki_authority, pki_leaf).
 */
#include "vpn/pki/pki_vault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vpn/pki/pki_files.h"

#define FORMAT "PVSEAL1\n"
#define FORMAT_SIZE 8
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define OVERHEAD (FORMAT_SIZE + NONCE_SIZE + TAG_SIZE)

void pki_vault_forget(void *data, size_t size)
{
        if (data)
                OPENSSL_cleanse(data, size);
        free(data);
}

static int read_key(const char *key_directory, const char *key_name, uint8_t ret_key[static PKI_VAULT_KEY_SIZE])
{
        int directory = open(key_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;
        uint8_t *data = NULL;
        size_t size = 0;

        if (directory < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        result = pki_files_read(directory, key_name, &data, &size);
        close(directory);
        if (result == 0 && size != PKI_VAULT_KEY_SIZE)
                result = PV_EMALFORMED;
        if (result == 0)
                memcpy(ret_key, data, PKI_VAULT_KEY_SIZE);
        pki_vault_forget(data, size);
        return result;
}

int pki_vault_open(const char *directory, const char *key_directory, const char *key_name, struct pki_vault *ret_vault)
{
        struct pki_vault vault = {.directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        int result;

        if (vault.directory < 0)
                return errno == ENOENT ? PV_EUNSET : PV_ESYSTEM;
        result = read_key(key_directory, key_name, vault.key);
        if (result < 0) {
                close(vault.directory);
                return result;
        }
        *ret_vault = vault;
        OPENSSL_cleanse(&vault, sizeof vault);
        return 0;
}

void pki_vault_close(struct pki_vault *vault)
{
        if (vault->directory >= 0)
                close(vault->directory);
        OPENSSL_cleanse(vault, sizeof *vault);
        vault->directory = -1;
}

static void file_name(const char *name, char ret[static 48])
{
        int n = snprintf(ret, 48, "%s.sealed", name);

        assert(n > 0 && n < 48);
}

/* The first half of both directions: key, nonce, and what is authenticated beside the bytes. */
static bool start(EVP_CIPHER_CTX *context, const struct pki_vault *vault, const uint8_t *nonce, const char *name, int seal)
{
        int n;

        return EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), vault->key, nonce, seal, NULL) == 1 &&
               EVP_CipherUpdate(context, NULL, &n, (const uint8_t *)FORMAT, FORMAT_SIZE) == 1 &&
               EVP_CipherUpdate(context, NULL, &n, (const uint8_t *)name, (int)strlen(name)) == 1;
}

static bool seal_into(const struct pki_vault *vault, const char *name, const void *data, size_t size, uint8_t *ret_file)
{
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t *nonce = ret_file + FORMAT_SIZE, *sealed = nonce + NONCE_SIZE;
        int n = 0;
        bool done;

        memcpy(ret_file, FORMAT, FORMAT_SIZE);
        done = context && RAND_bytes(nonce, NONCE_SIZE) == 1 && start(context, vault, nonce, name, 1) &&
               EVP_CipherUpdate(context, sealed, &n, data, (int)size) == 1 && (size_t)n == size &&
               EVP_CipherFinal_ex(context, sealed + size, &n) == 1 && n == 0 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, sealed + size) == 1;
        EVP_CIPHER_CTX_free(context);
        return done;
}

int pki_vault_put(const struct pki_vault *vault, const char *name, const void *data, size_t size)
{
        char name_on_disk[48];
        uint8_t *file;
        int result = PV_ESYSTEM;

        if (size > PKI_FILES_MAX - OVERHEAD)
                return PV_ETOOLARGE;
        file = malloc(size + OVERHEAD);
        if (!file)
                return PV_ENOMEM;
        file_name(name, name_on_disk);
        errno = EIO;
        if (seal_into(vault, name, data, size, file))
                result = pki_files_write(vault->directory, name_on_disk, file, size + OVERHEAD, 0600);
        free(file);
        return result;
}

static bool unseal(const struct pki_vault *vault, const char *name, uint8_t *file, size_t size, uint8_t *ret_data)
{
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t *nonce = file + FORMAT_SIZE, *sealed = nonce + NONCE_SIZE;
        size_t inner = size - OVERHEAD;
        int n = 0;
        bool done;

        done = context && start(context, vault, nonce, name, 0) &&
               EVP_CipherUpdate(context, ret_data, &n, sealed, (int)inner) == 1 && (size_t)n == inner &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, sealed + inner) == 1 &&
               EVP_CipherFinal_ex(context, ret_data + inner, &n) == 1;
        EVP_CIPHER_CTX_free(context);
        return done;
}

int pki_vault_get(const struct pki_vault *vault, const char *name, uint8_t **ret_data, size_t *ret_size)
{
        char name_on_disk[48];
        uint8_t *file = NULL, *data = NULL;
        size_t size = 0;
        int result;

        file_name(name, name_on_disk);
        result = pki_files_read(vault->directory, name_on_disk, &file, &size);
        if (result < 0)
                return result;
        if (size < OVERHEAD || memcmp(file, FORMAT, FORMAT_SIZE) != 0) {
                free(file);
                return PV_EREFUSED;
        }
        data = calloc(1, size - OVERHEAD + 1);
        result = !data ? PV_ENOMEM : unseal(vault, name, file, size, data) ? 0 : PV_EREFUSED;
        free(file);
        if (result < 0) {
                pki_vault_forget(data, size - OVERHEAD);
                return result;
        }
        *ret_data = data;
        *ret_size = size - OVERHEAD;
        return 0;
}

int pki_vault_remove(const struct pki_vault *vault, const char *name)
{
        char name_on_disk[48];

        file_name(name, name_on_disk);
        return pki_files_remove(vault->directory, name_on_disk);
}
