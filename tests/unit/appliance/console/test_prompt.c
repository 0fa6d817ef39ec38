/*
 * prompt_line, complete, manual: what stands behind the console's prompt.
 */
#include "appliance/base/text.h"
#include "appliance/console/complete.h"
#include "appliance/console/ctl.h"
#include "appliance/console/manual.h"
#include "appliance/console/prompt_line.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"

static struct prompt_line line;

static int split(const char *text)
{
        return prompt_line_split(text, strlen(text), &line);
}

TEST(blanks_part_words_and_quotes_hold_them_together)
{
        CHECK_EQ_INT(split("  phone add\t000413AABBCC --name \"Front desk\"\r\n"), 0);
        CHECK_EQ_INT(line.n_words, 5);
        CHECK_STR(line.words[0], "phone");
        CHECK_STR(line.words[4], "Front desk");
        CHECK(!line.is_open && !line.is_in_quotes);
        CHECK_EQ_INT(split("a'b c'd\\ e \"f\\\"g\" '' '\\'"), 0);
        CHECK_EQ_INT(line.n_words, 4);
        CHECK_STR(line.words[0], "ab cd e");
        CHECK_STR(line.words[1], "f\"g");
        CHECK_STR(line.words[2], "");
        CHECK_STR(line.words[3], "\\");
}

TEST(nothing_of_a_shell_is_obeyed)
{
        CHECK_EQ_INT(split("a $HOME `b` ; | > * ~"), 0);
        CHECK_EQ_INT(line.n_words, 8);
        CHECK_STR(line.words[1], "$HOME");
        CHECK_STR(line.words[2], "`b`");
        CHECK_STR(line.words[6], "*");
}

TEST(an_unfinished_line_says_what_is_open)
{
        CHECK_EQ_INT(split("phone sh"), 0);
        CHECK(line.is_open && !line.is_in_quotes);
        CHECK_EQ_INT(split("phone \"sh"), 0);
        CHECK(line.is_open && line.is_in_quotes);
        CHECK_EQ_INT(split("phone "), 0);
        CHECK(!line.is_open);
}

TEST(a_line_too_long_is_refused_whole)
{
        static char text[PROMPT_LINE_MAX + 8], words[2 * PROMPT_WORDS_MAX + 4];

        memset(text, 'a', sizeof text);
        CHECK_EQ_INT(prompt_line_split(text, PROMPT_LINE_MAX - 1, &line), 0);
        CHECK_EQ_INT(prompt_line_split(text, PROMPT_LINE_MAX, &line), PV_ETOOLARGE);
        for (size_t i = 0; i < sizeof words; i++)
                words[i] = i % 2 ? ' ' : 'a';
        CHECK_EQ_INT(prompt_line_split(words, 2 * PROMPT_WORDS_MAX, &line), 0);
        CHECK_EQ_INT(prompt_line_split(words, 2 * PROMPT_WORDS_MAX + 1, &line), PV_ETOOLARGE);
        CHECK_EQ_INT(prompt_line_split("a\0b", 3, &line), PV_ETOOLARGE);
}

/* --- completion ------------------------------------------------------------------- */

static char offered[4096];

static void take(const char *word, void *userdata)
{
        (void)userdata;
        strcat(strcat(offered, word), " ");
}

static const char *complete(const char *text)
{
        offered[0] = 0;
        CHECK_EQ_INT(split(text), 0);
        size_t n = line.is_open ? line.n_words - 1 : line.n_words;
        (void)complete_word(n, line.words, line.is_open ? line.words[n] : "", take, NULL);
        return offered;
}

TEST(the_next_word_of_a_command_is_offered_once)
{
        CHECK_STR(complete("enr"), "enrol ");
        CHECK_STR(complete("phone rev"), "revoke reveal ");
        CHECK_STR(complete("help enr"), "enrol ");
        CHECK_STR(complete("nothing of this kind"), "");
        complete("");
        CHECK(text_starts(offered, "help ") && strstr(offered, " phone ") && strstr(offered, " phone ") == strstr(offered, " phone "));
}

TEST(options_are_offered_for_a_whole_command)
{
        CHECK_STR(complete("phone revoke 000413aabbcc --s"), "--stolen ");
        CHECK_STR(complete("alarm list -"), "--all --json --help ");
        CHECK_STR(complete("alarm --"), "");
}

TEST(every_command_can_be_typed_with_completion_alone)
{
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++) {
                        char text[96], wanted[96];
                        const char *last = strrchr(c->words, ' ');

                        snprintf(text, sizeof text, "%.*s", last ? (int)(last + 1 - c->words) : 0, c->words);
                        snprintf(wanted, sizeof wanted, "%s ", last ? last + 1 : c->words);
                        CHECK(strstr(complete(text), wanted));
                }
}

/* --- the man page ------------------------------------------------------------------- */

TEST(the_man_page_in_docs_is_the_one_of_the_tables)
{
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);

        manual_write(file);
        fclose(file);
        for (char *at = strchr(text, '\n'); at && at[1]; at = strchr(at + 1, '\n'))
                CHECK(at[1] != '\'');
        CHECK_GOLDEN("../../docs/provostctl.1", text, size);
        free(text);
}
