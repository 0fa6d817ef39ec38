/*
 * words: which words of the kernel's command line count.
 *
 * In:   the command line as the kernel has it: the signed words first; behind them whatever boot loader, hypervisor
 *       (SMBIOS) or firmware added.
 * Out:  the value of one of our words; the line that systemd and everything after it is shown.
 * Not:  the kernel's own words are its own business: they had their effect when this runs.
 *
 * systemd does much on a word: another target, a shell, credentials, units, its environment. It is shown none of that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* What ends with "=" or "." is the beginning of a word, the others are whole words. */
static inline bool words_may_pass(const char *word, size_t length)
{
        static const char *const passing[] = {
                "quiet", "loglevel=", "console=", "panic=", "net.ifnames=", "lockdown=", "provost.",
                "systemd.show_status=", "systemd.log_level=", "systemd.log_target=", "udev.log_level=",
        };

        for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
                size_t n = strlen(passing[i]);
                bool is_whole = passing[i][n - 1] != '=' && passing[i][n - 1] != '.';

                if (length >= n && memcmp(word, passing[i], n) == 0 && (!is_whole || length == n))
                        return true;
        }
        return false;
}

/* The next word from *at on; false at the end. A blank between quotation marks is part of its word, as for the kernel. */
static inline bool words_next(const char **at, const char **ret_word, size_t *ret_length)
{
        bool is_quoted = false;
        const char *c = *at + strspn(*at, " \t\n");

        *ret_word = c;
        for (; *c && (is_quoted || !strchr(" \t\n", *c)); c++)
                if (*c == '"')
                        is_quoted = !is_quoted;
        *ret_length = (size_t)(c - *ret_word);
        *at = c;
        return *ret_length > 0;
}

/* Whether an earlier word has the same name: the first one counts, since the signed ones come first. */
static inline bool words_has_earlier(const char *line, const char *word, size_t length)
{
        size_t name = 0, earlier_length;
        const char *at = line, *earlier;

        while (name < length && word[name] != '=')
                name++;
        while (words_next(&at, &earlier, &earlier_length) && earlier < word)
                if (earlier_length >= name && memcmp(earlier, word, name) == 0 &&
                    (earlier_length == name || earlier[name] == '='))
                        return true;
        return false;
}

/* The words that pass, one blank between them. ret_left_out counts the others. What does not fit is left out. */
static inline void words_filter(const char *line, char *ret, size_t size, unsigned *ret_left_out)
{
        size_t length, used = 0;
        const char *at = line, *word;

        *ret_left_out = 0;
        while (words_next(&at, &word, &length)) {
                bool is_many = length > 8 && memcmp(word, "console=", 8) == 0;    /* one for each screen */

                if (!words_may_pass(word, length) || memchr(word, '"', length) || used + length + 2 > size ||
                    (!is_many && words_has_earlier(line, word, length))) {
                        *ret_left_out += 1;
                        continue;
                }
                if (used > 0)
                        ret[used++] = ' ';
                memcpy(ret + used, word, length);
                used += length;
        }
        ret[used] = '\0';
}

/* The value of KEY= that counts; false when no word has that name, or its value does not fit. */
static inline bool words_value(const char *line, const char *key, char *ret, size_t size)
{
        size_t length, name = strlen(key);
        const char *at = line, *word;

        while (words_next(&at, &word, &length)) {
                if (length <= name || word[name] != '=' || memcmp(word, key, name) != 0)
                        continue;
                if (length - name > size)
                        return false;
                memcpy(ret, word + name + 1, length - name - 1);
                ret[length - name - 1] = '\0';
                return true;
        }
        return false;
}
