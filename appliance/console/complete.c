/*
 * complete: which words could come next in a command.
 *
 * In:   the words so far and the beginning of the next one.
 * Out:  candidates from the tables of commands.
 * Not:  no station is asked: names of phones and settings are not completed.
 */
#include "appliance/console/complete.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl.h"

#define WORD_SIZE 48
#define SEEN_MAX 64

struct search {
        const char *prefix;
        complete_found found;
        void *userdata;
        char seen[SEEN_MAX][WORD_SIZE];
        size_t n;
};

static void offer(struct search *search, const char *word, size_t size)
{
        char text[WORD_SIZE];

        if (size >= sizeof text || search->n == SEEN_MAX)
                return;
        memcpy(text, word, size);
        text[size] = 0;
        if (!text_starts(text, search->prefix))
                return;
        for (size_t i = 0; i < search->n; i++)
                if (text_equal(search->seen[i], text))
                        return;
        memcpy(search->seen[search->n++], text, size + 1);
        search->found(text, search->userdata);
}

/* The name's words that stand in `words`, up to all of it; where the next one begins, NULL when the words are another command's. */
static const char *next_word(const struct ctl_command *c, size_t n, const char *const *words, size_t *ret_n_matched)
{
        const char *at = c->words;
        size_t matched = 0;

        while (*at && matched < n) {
                size_t size = strcspn(at, " ");

                if (strlen(words[matched]) != size || memcmp(words[matched], at, size) != 0)
                        return NULL;
                matched++;
                at += size;
                at += strspn(at, " ");
        }
        *ret_n_matched = matched;
        return at;
}

/* "--name= --approve" */
static void offer_options(struct search *search, const char *options)
{
        while (*options) {
                size_t size = strcspn(options, " ");

                offer(search, options, size);
                options += size;
                options += strspn(options, " ");
        }
        offer(search, "--json", 6);
        offer(search, "--help", 6);
}

size_t complete_word(size_t n, const char *const *words, const char *prefix, complete_found found, void *userdata)
{
        struct search search = {.prefix = prefix, .found = found, .userdata = userdata};
        const struct ctl_command *whole = NULL;
        size_t longest = 0;

        if (n > 0 && text_equal(words[0], "help"))
                n--, words++;
        else if (n == 0)
                offer(&search, "help", 4);
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++) {
                        size_t matched = 0;
                        const char *at = next_word(c, n, words, &matched);

                        if (at && *at && matched == n)
                                offer(&search, at, strcspn(at, " "));
                        if (at && !*at && matched > longest) {
                                whole = c;
                                longest = matched;
                        }
                }
        if (whole && *prefix == '-')
                offer_options(&search, whole->options);
        return search.n;
}
