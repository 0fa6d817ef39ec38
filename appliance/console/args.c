/*
 * args: words and options of one command line.
 *
 * In:   argv, from a person or from the hypervisor channel.
 * Out:  a struct args that points into it.
 * Not:  no meaning of any option.
 */
#include "appliance/console/args.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"

/* 1: known with a value, 0: known without, -1: unknown. */
static int kind_of(const char *options, const char *name, size_t size)
{
        const char *at = options;

        while (*at) {
                size_t length = strcspn(at, " ");
                bool takes_value = length && at[length - 1] == '=';

                if (length - takes_value == size && strncmp(at, name, size) == 0)
                        return takes_value;
                at += length;
                at += strspn(at, " ");
        }
        return (size == 6 && strncmp(name, "--json", 6) == 0) || (size == 6 && strncmp(name, "--help", 6) == 0) ? 0 : -1;
}

/* "The option "--x" needs a value." */
static int complain(char *problem, int error, const char *before, const char *word, const char *after)
{
        char escaped[48];

        (void)snprintf(problem, ARGS_PROBLEM_SIZE, "%s \"%s\"%s.", before,
                       text_escape(escaped, sizeof escaped, word, strlen(word)), after);
        return error;
}

/* One option at argv[i]; ret_used: how many words it took. */
static int take_option(const char *options, size_t left, const char *const *argv, struct args *args, size_t *ret_used,
                       char *problem)
{
        const char *equals = strchr(argv[0], '=');
        size_t size = equals ? (size_t)(equals - argv[0]) : strlen(argv[0]);
        int kind = kind_of(options, argv[0], size);
        const char *value = equals ? equals + 1 : "";

        if (kind < 0)
                return complain(problem, PV_EMALFORMED, "There is no option", argv[0], " here");
        if (kind == 0 && equals)
                return complain(problem, PV_EMALFORMED, "The option", argv[0], " takes no value");
        *ret_used = 1;
        if (kind == 1 && !equals) {
                if (left < 2)
                        return complain(problem, PV_EMALFORMED, "The option", argv[0], " needs a value");
                value = argv[1];
                *ret_used = 2;
        }
        if (args->n_options >= ARGS_OPTIONS_MAX)
                return complain(problem, PV_ETOOLARGE, "There are too many options, from", argv[0], " on");
        args->options[args->n_options].name = argv[0];
        args->options[args->n_options].name_size = size;
        args->options[args->n_options++].value = value;
        return 0;
}

int args_parse(const char *options, size_t n, const char *const *argv, struct args *ret_args,
               char problem[static ARGS_PROBLEM_SIZE])
{
        struct args args = {0};
        bool is_open = true;
        size_t used;
        int r;

        for (size_t i = 0; i < n; i += used) {
                used = 1;
                if (is_open && text_equal(argv[i], "--")) {
                        is_open = false;
                } else if (is_open && text_starts(argv[i], "--")) {
                        r = take_option(options, n - i, argv + i, &args, &used, problem);
                        if (r < 0)
                                return r;
                } else if (args.n_words >= ARGS_WORDS_MAX) {
                        return complain(problem, PV_ETOOLARGE, "There are too many words, from", argv[i], " on");
                } else {
                        args.words[args.n_words++] = argv[i];
                }
        }
        *problem = 0;
        *ret_args = args;
        return 0;
}

const char *args_option(const struct args *args, const char *name)
{
        for (size_t i = args->n_options; i-- > 0;)
                if (args->options[i].name_size == strlen(name) &&
                    strncmp(args->options[i].name, name, args->options[i].name_size) == 0)
                        return args->options[i].value;
        return NULL;
}

bool args_has(const struct args *args, const char *name)
{
        return args_option(args, name) != NULL;
}
