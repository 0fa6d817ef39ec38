/*
 * store_generate: passwords and PINs of the phones.
 *
 * In:   random bytes of the system.
 * Out:  texts drawn evenly from all that pass the rules: one that does not is thrown away whole, never repaired.
 * Not:  no storage, nothing about which phone has which.
 */
#include "provisioning/store/store_generate.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <string.h>

#include "provisioning/model/weak.h"

/* Of Snom's set without what people confuse (0 O 1 l I) and what XML, URLs or shells treat specially: 64 of them. */
#define LETTERS "ABCDEFGHJKLMNPQRSTUVWXYZ" "abcdefghijkmnopqrstuvwxyz" DIGITS SYMBOLS
#define DIGITS "23456789"
#define SYMBOLS ".+-_:@,"

#define TRIES 1000                      /* a password passes in two of three tries, a PIN in three of four */

static bool has(const char *text, char first, char last)
{
        for (; *text; text++)
                if (*text >= first && *text <= last)
                        return true;
        return false;
}

static bool has_every_kind(const char *password)
{
        return has(password, 'a', 'z') && has(password, 'A', 'Z') && has(password, '0', '9') && strpbrk(password, SYMBOLS);
}

int store_generate_password(char ret[static STORE_GENERATE_PASSWORD + 1])
{
        static const char letters[] = LETTERS;
        uint8_t random[STORE_GENERATE_PASSWORD];

        _Static_assert(sizeof letters - 1 == 64, "every six bits choose one character");
        for (int tries = 0; tries < TRIES; tries++) {
                if (RAND_bytes(random, sizeof random) != 1)
                        return PV_ESYSTEM;
                for (size_t i = 0; i < sizeof random; i++)
                        ret[i] = letters[random[i] & 63];
                ret[STORE_GENERATE_PASSWORD] = 0;
                OPENSSL_cleanse(random, sizeof random);
                if (has_every_kind(ret))
                        return 0;
        }
        return PV_ESYSTEM;
}

/* --- PINs ---------------------------------------------------------------- */

static unsigned number(const char *digits, size_t n)
{
        unsigned value = 0;

        while (n--)
                value = 10 * value + (unsigned)(*digits++ - '0');
        return value;
}

static bool is_day_of_month(unsigned day, unsigned month)
{
        static const unsigned days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

        return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* DDMMYY, MMDDYY, YYMMDD, or a month and a year of the last and this century. */
static bool is_date(const char *pin)
{
        unsigned a = number(pin, 2), b = number(pin + 2, 2), c = number(pin + 4, 2);

        return is_day_of_month(a, b) || is_day_of_month(b, a) || is_day_of_month(c, b) ||
               ((a == 19 || a == 20) && c >= 1 && c <= 12) || (a >= 1 && a <= 12 && (b == 19 || b == 20));
}

static unsigned different_digits(const char *pin)
{
        unsigned seen = 0;

        for (; *pin; pin++)
                seen |= 1U << (*pin - '0');
        return (unsigned)__builtin_popcount(seen);
}

/* The longest stretch in which each digit follows the one before by `step`. */
static unsigned longest(const char *pin, int step)
{
        unsigned best = 1, n = 1;

        for (const char *p = pin; *p && p[1]; p++) {
                n = p[1] - p[0] == step ? n + 1 : 1;
                best = n > best ? n : best;
        }
        return best;
}

bool store_generate_is_weak(const char pin[static STORE_GENERATE_PIN + 1])
{
        return different_digits(pin) < 4 || longest(pin, 0) > 2 || longest(pin, 1) > 3 || longest(pin, -1) > 3 ||
               !memcmp(pin, pin + STORE_GENERATE_PIN / 2, STORE_GENERATE_PIN / 2) || is_date(pin) || !weak_is_good_pin(pin, "", "");
}

/* Even: bytes beyond the last full ten are passed over. */
static int draw_digits(char *ret, size_t n)
{
        uint8_t random[2 * STORE_GENERATE_PIN];
        size_t at = 0;

        while (at < n) {
                if (RAND_bytes(random, sizeof random) != 1)
                        return PV_ESYSTEM;
                for (size_t i = 0; i < sizeof random && at < n; i++)
                        if (random[i] < 250)
                                ret[at++] = (char)('0' + random[i] % 10);
        }
        ret[n] = 0;
        OPENSSL_cleanse(random, sizeof random);
        return 0;
}

int store_generate_pin(char ret[static STORE_GENERATE_PIN + 1])
{
        for (int tries = 0; tries < TRIES; tries++) {
                if (draw_digits(ret, STORE_GENERATE_PIN) < 0)
                        return PV_ESYSTEM;
                if (!store_generate_is_weak(ret))
                        return 0;
        }
        return PV_ESYSTEM;
}
