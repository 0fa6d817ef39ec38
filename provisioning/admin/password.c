/*
 * password: Argon2id and its PHC form.
 *
 * In:   a password, whole and as it was typed; a PHC text of the store.
 * Out:  a PHC text; whether one fits the other.
 * Not:  no policy (see password_refusal.c), nothing is kept.
 */
#include "provisioning/admin/password.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "provisioning/admin/secret.h"

#define MEMORY_KIB 19456
#define PASSES 2
#define MEMORY_KIB_MAX 65536
#define PASSES_MAX 10
#define BASE64_SALT 22          /* characters of 16 bytes without padding */
#define BASE64_HASH 43          /* of 32 */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void to_base64(const uint8_t *data, size_t size, char *ret)
{
        uint32_t held = 0;
        unsigned bits = 0;

        for (size_t i = 0; i < size; i++) {
                held = (held << 8 | data[i]) & 0xffff;
                for (bits += 8; bits >= 6; bits -= 6)
                        *ret++ = alphabet[held >> (bits - 6) & 63];
        }
        if (bits > 0)
                *ret++ = alphabet[held << (6 - bits) & 63];
        *ret = 0;
}

/* Exactly `size` bytes, the spare bits 0. */
static int from_base64(struct cursor *in, uint8_t *ret, size_t size)
{
        uint32_t held = 0;
        unsigned bits = 0;
        size_t n = 0;

        while (cursor_left(in) > 0) {
                const char *at = memchr(alphabet, cursor_u8(in), sizeof alphabet - 1);

                if (!at || n > size)
                        return PV_EMALFORMED;
                held = (held << 6 | (uint32_t)(at - alphabet)) & 0xffff;
                bits += 6;
                if (bits < 8)
                        continue;
                bits -= 8;
                if (n < size)
                        ret[n] = (uint8_t)(held >> bits);
                n++;
        }
        return n == size && (held & ((1u << bits) - 1)) == 0 && bits < 6 ? 0 : PV_EMALFORMED;
}

static int number_of(struct cursor *in, const char *name, uint8_t stop, uint32_t max, uint32_t *ret)
{
        struct cursor part = cursor_until(in, stop, 16);
        char text[17];
        int r = cursor_to_text(&part, text, sizeof text);

        if (r || in->error || !text_starts(text, name))
                return PV_EMALFORMED;
        return text_to_u32(text + strlen(name), max, ret);
}

int password_phc_parse(const char *text, struct password_phc *ret_phc)
{
        struct cursor in = cursor_of_text(text), part;
        struct password_phc phc = {0};
        int r;

        (void)cursor_until(&in, '$', 0);
        part = cursor_until(&in, '$', 16);
        if (in.error || !cursor_equals(&part, "argon2id"))
                return PV_EMALFORMED;
        part = cursor_until(&in, '$', 16);
        if (in.error || !cursor_equals(&part, "v=19"))
                return PV_EMALFORMED;
        r = number_of(&in, "m=", ',', MEMORY_KIB_MAX, &phc.memory_kib);
        if (!r)
                r = number_of(&in, "t=", ',', PASSES_MAX, &phc.passes);
        if (!r)
                r = number_of(&in, "p=", '$', 1, &phc.lanes);
        if (r || phc.memory_kib < 8 || phc.passes < 1 || phc.lanes < 1)
                return PV_EMALFORMED;
        part = cursor_until(&in, '$', BASE64_SALT);
        if (in.error || from_base64(&part, phc.salt, sizeof phc.salt) || from_base64(&in, phc.hash, sizeof phc.hash))
                return PV_EMALFORMED;
        *ret_phc = phc;
        return 0;
}

int password_phc_format(const struct password_phc *phc, char ret[static PASSWORD_PHC_SIZE])
{
        char salt[BASE64_SALT + 1], hash[BASE64_HASH + 1];
        int n;

        to_base64(phc->salt, sizeof phc->salt, salt);
        to_base64(phc->hash, sizeof phc->hash, hash);
        n = snprintf(ret, PASSWORD_PHC_SIZE, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", phc->memory_kib, phc->passes, phc->lanes, salt, hash);
        return n > 0 && n < PASSWORD_PHC_SIZE ? 0 : PV_ETOOLARGE;
}

static int derive(const char *password, const struct password_phc *phc, uint8_t ret_hash[static 32])
{
        EVP_KDF *kdf = EVP_KDF_fetch(NULL, "ARGON2ID", NULL);
        EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
        uint32_t memory = phc->memory_kib, passes = phc->passes, lanes = phc->lanes;
        uint8_t salt[sizeof phc->salt];
        OSSL_PARAM params[] = {
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, (void *)password, strlen(password)),
                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt, sizeof salt),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
                OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory),
                OSSL_PARAM_construct_end(),
        };
        bool done;

        memcpy(salt, phc->salt, sizeof salt);
        done = context && EVP_KDF_derive(context, ret_hash, 32, params) == 1;
        EVP_KDF_CTX_free(context);
        EVP_KDF_free(kdf);
        return done ? 0 : PV_ENOMEM;
}

int password_hash(const char *password, char ret[static PASSWORD_PHC_SIZE])
{
        struct password_phc phc = {.memory_kib = MEMORY_KIB, .passes = PASSES, .lanes = 1};
        int r = secret_random(phc.salt, sizeof phc.salt);

        if (!r)
                r = derive(password, &phc, phc.hash);
        return r ? r : password_phc_format(&phc, ret);
}

bool password_is(const char *password, const char *phc)
{
        struct password_phc kept = {.memory_kib = MEMORY_KIB, .passes = PASSES, .lanes = 1};
        uint8_t hash[32];
        bool known = phc && password_phc_parse(phc, &kept) == 0;
        bool equal = derive(password, &kept, hash) == 0 && secret_equal(hash, kept.hash, sizeof hash);

        explicit_bzero(hash, sizeof hash);
        return known && equal;
}
