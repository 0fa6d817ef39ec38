/*
 * backup_seal: a stream in chunks, each sealed with its number.
 *
 * In:   bytes, or a file of anybody's; the file's key, which is used for nothing else.
 * Out:  the sealed file; the same bytes again.
 * Not:  what they mean is backup_record's.
 */
#include "appliance/backup/backup_seal.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/file.h"

#define NONCE_SIZE 12

/* Bytes 3 to 10: the number of the chunk; byte 11: 1 in the last one. */
static void nonce_of(uint64_t number, bool is_last, uint8_t ret[static NONCE_SIZE])
{
        memset(ret, 0, NONCE_SIZE);
        for (int i = 0; i < 8; i++)
                ret[3 + i] = (uint8_t)(number >> (56 - 8 * i));
        ret[11] = is_last;
}

/* --- sealing ----------------------------------------------------------------- */

struct backup_sealer {
        int fd;
        EVP_CIPHER_CTX *context;
        uint64_t number;
        size_t used;
        uint8_t key[BACKUP_KEY_SIZE];
        uint8_t plain[BACKUP_SEAL_CHUNK], sealed[BACKUP_SEAL_CHUNK + BACKUP_SEAL_TAG];
};

int backup_sealer_new(int fd, const uint8_t key[static BACKUP_KEY_SIZE], struct backup_sealer **ret_sealer)
{
        struct backup_sealer *s = calloc(1, sizeof *s);

        if (!s)
                return PV_ENOMEM;
        s->fd = fd;
        s->context = EVP_CIPHER_CTX_new();
        memcpy(s->key, key, sizeof s->key);
        if (!s->context) {
                backup_sealer_free(s);
                return PV_ENOMEM;
        }
        *ret_sealer = s;
        return 0;
}

void backup_sealer_free(struct backup_sealer *s)
{
        if (!s)
                return;
        EVP_CIPHER_CTX_free(s->context);
        OPENSSL_cleanse(s, sizeof *s);
        free(s);
}

static int put_chunk(struct backup_sealer *s, bool is_last)
{
        uint8_t nonce[NONCE_SIZE];
        int n = 0, last = 0;

        nonce_of(s->number++, is_last, nonce);
        if (EVP_EncryptInit_ex(s->context, EVP_aes_256_gcm(), NULL, s->key, nonce) != 1 ||
            EVP_EncryptUpdate(s->context, s->sealed, &n, s->plain, (int)s->used) != 1 ||
            EVP_EncryptFinal_ex(s->context, s->sealed + n, &last) != 1 ||
            EVP_CIPHER_CTX_ctrl(s->context, EVP_CTRL_GCM_GET_TAG, BACKUP_SEAL_TAG, s->sealed + s->used) != 1) {
                errno = EIO;
                return PV_ESYSTEM;
        }
        n = file_write_all(s->fd, s->sealed, s->used + BACKUP_SEAL_TAG);
        s->used = 0;
        return n;
}

int backup_sealer_write(struct backup_sealer *s, const void *data, size_t size)
{
        const uint8_t *bytes = data;

        while (size) {
                size_t n = sizeof s->plain - s->used;

                if (n == 0) {
                        int r = put_chunk(s, false);

                        if (r < 0)
                                return r;
                        continue;
                }
                n = n < size ? n : size;
                memcpy(s->plain + s->used, bytes, n);
                s->used += n;
                bytes += n;
                size -= n;
        }
        return 0;
}

int backup_sealer_finish(struct backup_sealer *s)
{
        return put_chunk(s, true);
}

/* --- opening ------------------------------------------------------------------- */

struct backup_opener {
        int fd;
        EVP_CIPHER_CTX *context;
        uint64_t number;
        int64_t at, size;               /* of the file */
        bool is_last;                   /* the chunk at hand */
        size_t used, have;              /* of the chunk at hand */
        uint8_t key[BACKUP_KEY_SIZE];
        uint8_t plain[BACKUP_SEAL_CHUNK], sealed[BACKUP_SEAL_CHUNK + BACKUP_SEAL_TAG];
};

int backup_opener_new(int fd, int64_t start, int64_t size, const uint8_t key[static BACKUP_KEY_SIZE], struct backup_opener **ret_opener)
{
        struct backup_opener *o = calloc(1, sizeof *o);

        if (!o)
                return PV_ENOMEM;
        o->fd = fd;
        o->at = start;
        o->size = size;
        o->context = EVP_CIPHER_CTX_new();
        memcpy(o->key, key, sizeof o->key);
        if (!o->context) {
                backup_opener_free(o);
                return PV_ENOMEM;
        }
        *ret_opener = o;
        return 0;
}

void backup_opener_free(struct backup_opener *o)
{
        if (!o)
                return;
        EVP_CIPHER_CTX_free(o->context);
        OPENSSL_cleanse(o, sizeof *o);
        free(o);
}

int64_t backup_opener_at(const struct backup_opener *o)
{
        return o->at;
}

static int read_all(int fd, uint8_t *data, size_t size)
{
        while (size) {
                ssize_t n = read(fd, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? PV_ESYSTEM : PV_EMALFORMED;
                data += n;
                size -= (size_t)n;
        }
        return 0;
}

static int take_chunk(struct backup_opener *o)
{
        int64_t left = o->size - o->at;
        size_t size = left < (int64_t)sizeof o->sealed ? (size_t)(left < 0 ? 0 : left) : sizeof o->sealed;
        uint8_t nonce[NONCE_SIZE];
        int n = 0, last = 0, r;

        if (o->is_last || size < BACKUP_SEAL_TAG)
                return PV_EMALFORMED;
        r = read_all(o->fd, o->sealed, size);
        if (r < 0)
                return r;
        o->at += (int64_t)size;
        o->is_last = o->at == o->size;
        nonce_of(o->number++, o->is_last, nonce);
        o->used = 0;
        o->have = size - BACKUP_SEAL_TAG;
        if (EVP_DecryptInit_ex(o->context, EVP_aes_256_gcm(), NULL, o->key, nonce) == 1 &&
            EVP_DecryptUpdate(o->context, o->plain, &n, o->sealed, (int)o->have) == 1 &&
            EVP_CIPHER_CTX_ctrl(o->context, EVP_CTRL_GCM_SET_TAG, BACKUP_SEAL_TAG, o->sealed + o->have) == 1 &&
            EVP_DecryptFinal_ex(o->context, o->plain + n, &last) == 1)
                return 0;
        o->have = 0;
        return PV_EMALFORMED;
}

int backup_opener_read(struct backup_opener *o, void *ret_data, size_t size)
{
        uint8_t *bytes = ret_data;

        while (size) {
                size_t n = o->have - o->used;

                if (n == 0) {
                        int r = take_chunk(o);

                        if (r < 0)
                                return r;
                        continue;
                }
                n = n < size ? n : size;
                memcpy(bytes, o->plain + o->used, n);
                o->used += n;
                bytes += n;
                size -= n;
        }
        return 0;
}

int backup_opener_finish(struct backup_opener *o)
{
        int r = 0;

        /* A stream that filled its last chunk but one ends in an empty one. */
        if (!o->is_last && o->used == o->have)
                r = take_chunk(o);
        return r < 0 ? r : o->is_last && o->used == o->have ? 0 : PV_EMALFORMED;
}
