/*
 * store_seal: secrets at rest, AES-256-GCM.
 *
 * In:   the store's key (a credential of its unit), texts, and where they stand.
 * Out:  version byte, 12-byte random nonce, ciphertext, 16-byte tag; and back.
 * Not:  no key rotation yet: the version byte is there for it.
 */
#include "provisioning/store/store_seal.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/writer.h"

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define PLACE_SIZE 512

/* One key for each purpose. */
static int derive(struct store_seal *seal)
{
        static const char purpose[] = "provost store digest 1";

        _Static_assert(SHA256_DIGEST_LENGTH == STORE_SEAL_KEY_SIZE, "one digest makes one key");
        return HMAC(EVP_sha256(), seal->key, STORE_SEAL_KEY_SIZE, (const uint8_t *)purpose, strlen(purpose), seal->digest_key, NULL) ? 0
                                                                                                                                  : PV_ESYSTEM;
}

int store_seal_load(const char *path, struct store_seal *ret_seal)
{
        uint8_t bytes[STORE_SEAL_KEY_SIZE + 1];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t size = 0;
        ssize_t n = 0;

        if (fd < 0)
                return PV_EUNSET;
        while (size < sizeof bytes && (n = read(fd, bytes + size, sizeof bytes - size)) > 0)
                size += (size_t)n;
        close(fd);
        if (n >= 0 && size == STORE_SEAL_KEY_SIZE)
                memcpy(ret_seal->key, bytes, STORE_SEAL_KEY_SIZE);
        OPENSSL_cleanse(bytes, sizeof bytes);
        return n >= 0 && size == STORE_SEAL_KEY_SIZE ? derive(ret_seal) : PV_EMALFORMED;
}

void store_seal_done(struct store_seal *seal)
{
        OPENSSL_cleanse(seal, sizeof *seal);
}

static void add_part(struct writer *w, const char *text)
{
        writer_u16(w, (uint16_t)strlen(text));
        writer_text(w, text);
}

/* Length before each part, so that no two places have the same bytes. */
static int place_bytes(const struct store_place *place, uint8_t *ret, int *ret_size)
{
        struct writer w = writer_of(ret, PLACE_SIZE);

        add_part(&w, place->table);
        add_part(&w, place->row);
        add_part(&w, place->name);
        writer_u32(&w, (uint32_t)place->index);
        *ret_size = (int)writer_used(&w);
        return w.error;
}

int store_seal_close(const struct store_seal *seal, const struct store_place *place, const void *data, size_t size, uint8_t *ret)
{
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        uint8_t where[PLACE_SIZE], *nonce = ret + 1, *text = nonce + NONCE_SIZE;
        int where_size = 0, n = 0;
        int r = PV_ESYSTEM;

        if (!context)
                return PV_ENOMEM;
        ret[0] = VERSION;
        if (place_bytes(place, where, &where_size) == 0 && size < INT32_MAX &&
            RAND_bytes(nonce, NONCE_SIZE) == 1 &&
            EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, seal->key, nonce) == 1 &&
            EVP_EncryptUpdate(context, NULL, &n, where, where_size) == 1 &&
            EVP_EncryptUpdate(context, text, &n, data, (int)size) == 1 &&
            EVP_EncryptFinal_ex(context, text + n, &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, text + size) == 1)
                r = 0;
        EVP_CIPHER_CTX_free(context);
        return r;
}

int store_seal_open(const struct store_seal *seal, const struct store_place *place, const void *sealed, size_t size, char **ret_text)
{
        const uint8_t *bytes = sealed;
        uint8_t where[PLACE_SIZE], tag[TAG_SIZE];
        EVP_CIPHER_CTX *context = NULL;
        char *text = NULL;
        int where_size = 0, n = 0, last = 0;
        int r = PV_EREFUSED;

        if (!bytes || size < STORE_SEAL_EXTRA || bytes[0] != VERSION || size > INT32_MAX ||
            place_bytes(place, where, &where_size) < 0)
                return PV_EREFUSED;
        size -= STORE_SEAL_EXTRA;
        memcpy(tag, bytes + 1 + NONCE_SIZE + size, TAG_SIZE);
        context = EVP_CIPHER_CTX_new();
        text = malloc(size + 1);
        if (!context || !text) {
                r = PV_ENOMEM;
                goto out;
        }
        if (EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, seal->key, bytes + 1) == 1 &&
            EVP_DecryptUpdate(context, NULL, &n, where, where_size) == 1 &&
            EVP_DecryptUpdate(context, (uint8_t *)text, &n, bytes + 1 + NONCE_SIZE, (int)size) == 1 &&
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
            EVP_DecryptFinal_ex(context, (uint8_t *)text + n, &last) == 1) {
                text[size] = 0;
                *ret_text = text;
                text = NULL;
                r = 0;
        }
out:
        if (text)
                OPENSSL_cleanse(text, size);
        free(text);
        EVP_CIPHER_CTX_free(context);
        return r;
}

void store_seal_forget(char *text)
{
        if (text)
                OPENSSL_cleanse(text, strlen(text));
        free(text);
}

int store_seal_digest(const struct store_seal *seal, const char *text, uint8_t ret[static STORE_DIGEST_SIZE])
{
        uint8_t whole[SHA256_DIGEST_LENGTH];

        if (!HMAC(EVP_sha256(), seal->digest_key, STORE_SEAL_KEY_SIZE, (const uint8_t *)text, strlen(text), whole, NULL))
                return PV_ESYSTEM;
        memcpy(ret, whole, STORE_DIGEST_SIZE);
        return 0;
}
