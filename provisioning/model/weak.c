/*
 * weak: which secrets are weak.
 *
 * In:   a password or PIN, and what stands on the phone: its MAC and extension.
 * Out:  whether it is guessable, whether it is good.
 * Not:  no dictionary, no judgement on passwords of other phones.
 */
#include "provisioning/model/weak.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const words[] = {
        "0000", "00000000", "1111", "1234", "12345", "123456", "12345678", "123456789", "1234567890", "4321", "admin",
        "administrator", "changeme", "default", "geheim", "letmein", "passwd", "passwort", "password", "password1", "phone",
        "provost", "qwerty", "root", "secret", "service", "snom", "test", "user", "welcome",
};
#define WORD_MAX 13                     /* of the longest of them */
/* Digits that are a shape on the keypad, or everybody's joke. */
static const char *const shapes[] = {"2580", "0852", "1397", "7931", "1379", "1590", "3570", "147258369", "123321", "159753", "1004", "6969", "4711"};

static bool is_one_of(const char *const *list, size_t n, const char *value)
{
        for (size_t i = 0; i < n; i++)
                if (!strcasecmp(value, list[i]))
                        return true;
        return false;
}

/* Each character is so much more than the one before; 9 is followed by 0. */
static bool is_row(const char *value, int step)
{
        size_t i = 1;

        for (; value[0] && value[i]; i++) {
                int next = value[i - 1] + step;

                if (value[i - 1] == '9' && step == 1)
                        next = '0';
                if (value[i - 1] == '0' && step == -1)
                        next = '9';
                if (value[i] != next)
                        return false;
        }
        return i > 1;
}

/* The first `size` characters over and over. */
static bool repeats(const char *value, size_t size)
{
        size_t length = strlen(value);

        if (length < 2 * size || length % size)
                return false;
        for (size_t i = size; i < length; i++)
                if (value[i] != value[i - size])
                        return false;
        return true;
}

/* The value without colons and dashes is the MAC, or the half of it that differs between phones. */
static bool is_mac(const char *value, const char *mac)
{
        char bare[13];
        size_t n = 0;

        if (!mac || strlen(mac) != 12)
                return false;
        for (; *value; value++) {
                if (*value == ':' || *value == '-' || *value == '.')
                        continue;
                if (n + 1 == sizeof bare)
                        return false;
                bare[n++] = *value;
        }
        bare[n] = 0;
        return !strcasecmp(bare, mac) || !strcasecmp(bare, mac + 6);
}

/* The extension once or several times. */
static bool is_extension(const char *value, const char *extension)
{
        size_t size = extension ? strlen(extension) : 0;

        if (!size || strncasecmp(value, extension, size) != 0)
                return false;
        return !value[size] || repeats(value, size);
}

bool weak_is_guessable(const char *value, const char *mac, const char *extension)
{
        bool may_be_word = strnlen(value, WORD_MAX + 1) <= WORD_MAX;

        return (may_be_word && is_one_of(words, sizeof words / sizeof *words, value)) || repeats(value, 1) || is_row(value, 1) || is_row(value, -1) ||
               is_mac(value, mac) || is_extension(value, extension);
}

static int kinds_of(const char *value)
{
        bool lower = false, upper = false, digit = false, other = false;

        for (; *value; value++) {
                unsigned char c = (unsigned char)*value;

                lower = lower || islower(c);
                upper = upper || isupper(c);
                digit = digit || isdigit(c);
                other = other || !isalnum(c);
        }
        return lower + upper + digit + other;
}

bool weak_is_good_password(const char *value, const char *mac, const char *extension)
{
        return strlen(value) >= WEAK_PASSWORD_GOOD && kinds_of(value) >= 3 && !weak_is_guessable(value, mac, extension);
}

static bool is_year(const char *value)
{
        return strlen(value) == 4 && (!strncmp(value, "19", 2) || !strncmp(value, "20", 2));
}

static bool is_in_mac(const char *value, const char *mac)
{
        return mac && strstr(mac, value);
}

bool weak_is_good_pin(const char *value, const char *mac, const char *extension)
{
        size_t size = strlen(value);

        return size >= WEAK_PIN_MIN && strspn(value, "0123456789") == size && !weak_is_guessable(value, mac, extension) &&
               !is_one_of(shapes, sizeof shapes / sizeof *shapes, value) && !is_year(value) && !repeats(value, 2) &&
               !repeats(value, size / 2) && !is_in_mac(value, mac);
}
