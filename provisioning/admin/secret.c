/*
 * secret: random secrets, their spellings and their hashes.
 *
 * In:   the kernel's random numbers; texts that people typed.
 * Out:  tokens, codes, SHA-256, base32.
 * Not:  no passwords (see password), nothing is kept.
 */
#include "provisioning/admin/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/random.h>

#include "appliance/base/text.h"

static const char code_alphabet[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";  /* without 0 1 I L O U */
static const char token_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base32_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

int secret_random(void *ret, size_t size)
{
        for (size_t at = 0; at < size;) {
                ssize_t n = getrandom((uint8_t *)ret + at, size - at, 0);

                if (n < 0 && errno != EINTR)
                        return PV_ESYSTEM;
                if (n > 0)
                        at += (size_t)n;
        }
        return 0;
}

void secret_hash(const void *data, size_t size, uint8_t ret[static SECRET_HASH_SIZE])
{
        (void)SHA256(data, size, ret);
}

void secret_hash_text(const char *text, char ret_hex[static SECRET_HASH_TEXT_SIZE])
{
        uint8_t hash[SECRET_HASH_SIZE];

        secret_hash(text, strlen(text), hash);
        text_hex(ret_hex, hash, sizeof hash);
}

bool secret_equal(const void *a, const void *b, size_t size)
{
        return CRYPTO_memcmp(a, b, size) == 0;
}

bool secret_equal_text(const char *a, const char *b)
{
        size_t size = strlen(a);

        return size == strlen(b) && secret_equal(a, b, size);
}

int secret_token(char ret[static SECRET_TOKEN_SIZE])
{
        uint8_t bytes[33] = {0};        /* 256 bits, and the last character has four of them */
        int r = secret_random(bytes, 32);

        if (r)
                return r;
        for (size_t i = 0; i < SECRET_TOKEN_SIZE - 1; i++) {
                unsigned bit = (unsigned)i * 6, pair = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

                ret[i] = token_alphabet[pair >> (10 - bit % 8) & 63];
        }
        ret[SECRET_TOKEN_SIZE - 1] = 0;
        explicit_bzero(bytes, sizeof bytes);
        return 0;
}

/* n_groups of `group` characters; each is drawn until it is without bias. */
static int draw(char *ret, size_t n_groups, size_t group)
{
        const size_t n = sizeof code_alphabet - 1, fair = 256 - 256 % n;

        for (size_t i = 0; i < n_groups * group; i++) {
                uint8_t byte;

                do {
                        int r = secret_random(&byte, 1);

                        if (r)
                                return r;
                } while (byte >= fair);
                if (i > 0 && i % group == 0)
                        *ret++ = '-';
                *ret++ = code_alphabet[byte % n];
        }
        *ret = 0;
        return 0;
}

int secret_code(char ret[static SECRET_CODE_SIZE])
{
        return draw(ret, 4, 4);
}

int secret_setup(char ret[static SECRET_SETUP_SIZE])
{
        return draw(ret, 2, 5);
}

int secret_typed(const char *typed, char ret[static SECRET_TYPED_SIZE])
{
        char text[SECRET_TYPED_SIZE];
        size_t n = 0;

        for (; *typed; typed++) {
                char c = *typed;

                if (c == ' ' || c == '-')
                        continue;
                if (c >= 'a' && c <= 'z')
                        c = (char)(c - 'a' + 'A');
                if (n == sizeof text - 1 || !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
                        return PV_EMALFORMED;
                text[n++] = c;
        }
        if (n == 0)
                return PV_EMALFORMED;
        text[n] = 0;
        memcpy(ret, text, n + 1);
        return 0;
}

void secret_base32(const uint8_t *data, size_t size, char *ret)
{
        uint32_t held = 0;
        unsigned bits = 0;

        for (size_t i = 0; i < size; i++) {
                held = (held << 8 | data[i]) & 0xffff;
                for (bits += 8; bits >= 5; bits -= 5)
                        *ret++ = base32_alphabet[held >> (bits - 5) & 31];
        }
        if (bits > 0)
                *ret++ = base32_alphabet[held << (5 - bits) & 31];
        *ret = 0;
}

int secret_base32_read(const char *text, uint8_t *ret, size_t ret_size)
{
        uint32_t held = 0;
        unsigned bits = 0;
        size_t n = 0;

        for (; *text; text++) {
                const char *at = strchr(base32_alphabet, *text);

                if (!at)
                        return PV_EMALFORMED;
                held = (held << 5 | (uint32_t)(at - base32_alphabet)) & 0xffff;
                bits += 5;
                if (bits < 8)
                        continue;
                if (n == ret_size)
                        return PV_ETOOLARGE;
                ret[n++] = (uint8_t)(held >> (bits -= 8));
        }
        return (int)n;
}
