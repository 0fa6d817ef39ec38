/*
 * totp: the codes of an authenticator.
 *
 * In:   a secret, the time, a code that somebody typed.
 * Out:  whether it fits and which step it uses up.
 * Not:  nothing is kept: the store remembers the last step.
 */
#include "provisioning/admin/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "appliance/base/writer.h"
#include "provisioning/admin/secret.h"

int64_t totp_step(int64_t wall_s)
{
        return wall_s > 0 ? wall_s / TOTP_STEP_S : 0;
}

/* RFC 4226 5.3: four bytes from where the last half byte points, without the sign. */
void totp_code(const uint8_t *secret, size_t size, int64_t step, char ret[static TOTP_CODE_SIZE])
{
        uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
        unsigned n = 0, offset;
        uint32_t number;

        for (int i = 0; i < 8; i++)
                counter[i] = (uint8_t)((uint64_t)step >> (8 * (7 - i)));
        if (!HMAC(EVP_sha1(), secret, (int)size, counter, sizeof counter, mac, &n) || n != 20) {
                memcpy(ret, "------", TOTP_CODE_SIZE);      /* no code that can be typed */
                return;
        }
        offset = mac[19] & 15;
        number = (uint32_t)(mac[offset] & 127) << 24 | (uint32_t)mac[offset + 1] << 16 | (uint32_t)mac[offset + 2] << 8 | mac[offset + 3];
        (void)snprintf(ret, TOTP_CODE_SIZE, "%06u", number % 1000000);
}

static bool is_code(const char *code)
{
        return strlen(code) == 6 && strspn(code, "0123456789") == 6;
}

int totp_check(const uint8_t *secret, size_t size, const char *code, int64_t wall_s, int64_t last_step, int64_t *ret_step)
{
        int64_t present = totp_step(wall_s), found = -1;
        bool fine = is_code(code);

        for (int64_t step = present - 1; step <= present + 1; step++) {
                char right[TOTP_CODE_SIZE];

                totp_code(secret, size, step, right);
                if (secret_equal(right, fine ? code : "      ", 6) && step > last_step)
                        found = step;
        }
        if (found < 0)
                return PV_EREFUSED;
        *ret_step = found;
        return 0;
}

static void write_escaped(struct writer *w, const char *text)
{
        for (; *text; text++) {
                unsigned char c = (unsigned char)*text;

                if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_')
                        writer_u8(w, c);
                else
                        writer_format(w, "%%%02X", c);
        }
}

int totp_uri(const char *issuer, const char *name, const char *base32, char ret[static TOTP_URI_SIZE])
{
        struct writer w = writer_of(ret, TOTP_URI_SIZE);

        writer_text(&w, "otpauth://totp/");
        write_escaped(&w, issuer);
        writer_u8(&w, ':');
        write_escaped(&w, name);
        writer_format(&w, "?secret=%s&issuer=", base32);
        write_escaped(&w, issuer);
        return writer_finish_text(&w);
}
