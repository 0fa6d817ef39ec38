/*
 * password_refusal: which passwords are not taken.
 *
 * In:   a password, the person's name, the site's.
 * Out:  the sentence that says why it is refused, or none.
 * Not:  no hashing.
 *
 * No list of passwords: a password is taken apart into what guessing programs try first (words that many choose, the person's and the site's own
 * names, years, runs along the alphabet or the keyboard, repetitions), with the usual replacements of letters undone. What is left over is what has
 * to be guessed, and of that there must be enough.
 */
#include "provisioning/admin/password.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "appliance/base/text.h"

#define REST_MIN 5      /* characters that no part explains */
#define PART_MIN 3

/* Whole words and beginnings, in lower case with letters for digits; longer ones first. */
static const char *const words[] = {
        "correcthorsebatterystaple", "administrator", "administration", "passwort", "password", "kennwort", "geheimnis", "sunshine", "princess", "football",
        "baseball", "superman", "starwars", "iloveyou", "ichliebedich", "sommer", "winter", "fruehling", "fruhling", "herbst", "summer", "spring", "autumn",
        "welcome", "willkommen", "hallo", "hello", "letmein", "letme", "changeme", "change", "default", "standard", "provost", "telefon", "telephone", "phone",
        "snom", "asterisk", "freepbx", "secret", "geheim", "master", "monkey", "dragon", "shadow", "michael", "jordan", "hunter", "killer", "batman",
        "computer", "internet", "firma", "company", "office", "buero", "server", "system", "service", "support", "security", "sicherheit", "netzwerk",
        "network", "router", "schatz", "liebe", "blume", "hase", "katze", "hund", "monday", "montag", "freitag", "friday", "januar", "january", "februar",
        "maerz", "april", "august", "september", "oktober", "october", "november", "dezember", "december", "deutschland", "germany", "berlin", "muenchen",
        "hamburg", "admin", "owner", "guest", "login", "start", "super", "test", "user", "root", "pass", "qwert", "qwertz", "love", "access", "trustno",
        "freedom", "whatever", "nothing", "batterystaple", "horse", "correct", "battery", "staple",
};
static const char *const rows[] = {
        "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1234567890", "0123456789", "qazwsxedcrfvtgbyhnujmikolp",
        "1qaz2wsx3edc4rfv5tgb6zhn7ujm8ik9ol", "1q2w3e4r5t6z7u8i9o0p", "1q2w3e4r5t6y7u8i9o0p",
};

/* Letters in the place of the digits and signs that people write for them. */
static char plain(char c)
{
        static const char signs[] = "@4301!$57|8", letters[] = "aaeoiisstlb";
        const char *at = c ? strchr(signs, c) : NULL;

        return at ? letters[at - signs] : (char)tolower((unsigned char)c);
}

static size_t word_at(const char *text, const char *word, bool plainly)
{
        size_t n = 0;

        for (; word[n]; n++)
                if (!text[n] || (plainly ? plain(text[n]) : (char)tolower((unsigned char)text[n])) != word[n])
                        return 0;
        return n;
}

static size_t longest_word(const char *text)
{
        size_t best = 0;

        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
                size_t n = word_at(text, words[i], true);

                best = n > best ? n : best;
        }
        return best;
}

/* A run along a row, either way: "4567", "lkjh". */
static size_t longest_run(const char *text)
{
        size_t best = 0;

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                for (const char *at = rows[i]; *at; at++) {
                        size_t n = 0, back = 0;

                        while (text[n] && at[n] && tolower((unsigned char)text[n]) == at[n])
                                n++;
                        while (text[back] && at - rows[i] >= (ptrdiff_t)back && tolower((unsigned char)text[back]) == at[-(ptrdiff_t)back])
                                back++;
                        best = n > best ? n : best;
                        best = back > best ? back : best;
                }
        }
        return best >= PART_MIN ? best : 0;
}

/* "aaaa", "abab", "abcabc": what repeats what stands just before it. */
static size_t longest_repeat(const char *start, const char *at)
{
        size_t best = 0;

        for (size_t period = 1; period <= (size_t)(at - start) && period <= 8; period++) {
                size_t n = 0;

                while (at[n] && tolower((unsigned char)at[n]) == tolower((unsigned char)at[(ptrdiff_t)n - (ptrdiff_t)period]))
                        n++;
                if (n >= period && n >= 2)
                        best = n > best ? n : best;
        }
        return best;
}

/* Digits in a row: years, birthdays, house numbers. */
static size_t digits(const char *text)
{
        size_t n = strspn(text, "0123456789");

        return n > 8 ? 8 : n;
}

static size_t own_name(const char *text, const char *name)
{
        char lower[65];
        size_t n = 0;

        for (; name && name[n] && n < sizeof lower - 1; n++)
                lower[n] = (char)tolower((unsigned char)name[n]);
        lower[n] = 0;
        if (n < PART_MIN)
                return 0;
        return word_at(text, lower, false) ? n : word_at(text, lower, true);
}

static size_t explained(const char *start, const char *at, const char *name, const char *site)
{
        const size_t parts[] = {longest_word(at), longest_run(at), longest_repeat(start, at), digits(at), own_name(at, name), own_name(at, site)};
        size_t best = 0;

        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
                best = parts[i] > best ? parts[i] : best;
        return best;
}

static size_t rest_of(const char *password, const char *name, const char *site)
{
        size_t rest = 0;

        for (const char *at = password; *at;) {
                size_t n = explained(password, at, name, site);

                rest += n == 0 && ((unsigned char)*at < 0x80 || (unsigned char)*at >= 0xc0);   /* a character of UTF-8 counts once */
                at += n > 0 ? n : 1;
        }
        return rest;
}

const char *password_refusal(const char *password, const char *name, const char *site)
{
        size_t size = strlen(password);

        if (size < PASSWORD_MIN_BYTES)
                return "A password has at least 12 characters; four words that have nothing to do with each other are easy to keep.";
        if (size > PASSWORD_MAX_BYTES)
                return "A password has at most 256 bytes.";
        if (rest_of(password, name, site) < REST_MIN)
                return "This password is among those that are guessed first: common words, names, years, runs of keys. Add words that have nothing to do with it.";
        return NULL;
}
