/*
 * args: words and options.
 */
#include "appliance/console/args.h"

#include "tests/support/test.h"

#define PARSE(options, ...)                                                                                      \
        args_parse(options, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *),                         \
                   (const char *const[]){__VA_ARGS__}, &args, problem)

static struct args args;
static char problem[ARGS_PROBLEM_SIZE];

TEST(options_stand_anywhere_and_values_in_either_form)
{
        CHECK_EQ_INT(PARSE("--name= --approve", "--name", "Front desk", "mac", "--approve", "--json"), 0);
        CHECK_EQ_INT(args.n_words, 1);
        CHECK_STR(args.words[0], "mac");
        CHECK_STR(args_option(&args, "--name"), "Front desk");
        CHECK(args_has(&args, "--approve"));
        CHECK(args_has(&args, "--json"));
        CHECK(!args_has(&args, "--help"));
        CHECK_EQ_INT(PARSE("--name=", "--name=a=b"), 0);
        CHECK_STR(args_option(&args, "--name"), "a=b");
        CHECK_EQ_INT(PARSE("--name=", "--name="), 0);
        CHECK_STR(args_option(&args, "--name"), "");
}

TEST(what_no_command_asked_for_is_refused)
{
        CHECK_EQ_INT(PARSE("--name=", "--nam", "x"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("--name=", "--names=x"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("--name=", "--name"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("--approve", "--approve=yes"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("", "--"), 0);
        CHECK_EQ_INT(PARSE("", "--="), PV_EMALFORMED);
        CHECK(strstr(problem, "\"--=\""));
}

TEST(two_dashes_end_the_options)
{
        CHECK_EQ_INT(PARSE("", "a", "--", "--json"), 0);
        CHECK_EQ_INT(args.n_words, 2);
        CHECK(!args_has(&args, "--json"));
}

TEST(the_last_of_equal_options_counts)
{
        CHECK_EQ_INT(PARSE("--name=", "--name", "a", "--name", "b"), 0);
        CHECK_EQ_INT(args.n_options, 2);
        CHECK_STR(args_option(&args, "--name"), "b");
}

TEST(too_many_words_or_options_are_refused)
{
        const char *many[ARGS_WORDS_MAX + 1];

        for (size_t i = 0; i < ARGS_WORDS_MAX + 1; i++)
                many[i] = "x";
        CHECK_EQ_INT(args_parse("", ARGS_WORDS_MAX, many, &args, problem), 0);
        CHECK_EQ_INT(args_parse("", ARGS_WORDS_MAX + 1, many, &args, problem), PV_ETOOLARGE);
        for (size_t i = 0; i < ARGS_WORDS_MAX + 1; i++)
                many[i] = "--json";
        CHECK_EQ_INT(args_parse("", ARGS_OPTIONS_MAX, many, &args, problem), 0);
        CHECK_EQ_INT(args_parse("", ARGS_OPTIONS_MAX + 1, many, &args, problem), PV_ETOOLARGE);
}
