#ifndef PROVOST_CONSOLE_ARGS_H
#define PROVOST_CONSOLE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * The words behind a command: options anywhere, "--" ends them. `options` names
 * what is allowed, blank apart, with '=' behind those that take a value:
 * "--name= --approve". --json and --help are always allowed.
 */
#define ARGS_WORDS_MAX 64
#define ARGS_OPTIONS_MAX 32
#define ARGS_PROBLEM_SIZE 160

struct args {
        const char *words[ARGS_WORDS_MAX];
        size_t n_words;
        struct { const char *name; size_t name_size; const char *value; } options[ARGS_OPTIONS_MAX];
        size_t n_options;
};

/* Borrows argv. PV_EMALFORMED or PV_ETOOLARGE with a sentence in `problem`. */
int args_parse(const char *options, size_t n, const char *const *argv, struct args *ret_args,
               char problem[static ARGS_PROBLEM_SIZE]) PV_MUST_CHECK;
/* The value of the last option of this name, NULL when it was not given; "" for one without a value. */
const char *args_option(const struct args *args, const char *name);
bool args_has(const struct args *args, const char *name);

#endif
