#ifndef PROVOST_CONSOLE_CTL_H
#define PROVOST_CONSOLE_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-json.h>

#include "appliance/console/args.h"

/* One run of provostctl: where it reads and writes. */
struct ctl {
        FILE *in, *out, *err;
        bool json;
        bool is_remote;         /* asked through the hypervisor channel or at the prompt: no files of the appliance are read */
};

/* Exit codes; also what a command's run() returns. */
enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

struct ctl_command {
        const char *words;              /* "phone add" */
        const char *usage;              /* what follows: "MAC [--name NAME]" */
        const char *help;               /* sentences, lines ended by \n */
        const char *options;            /* see args.h */
        size_t min_words, max_words;
        int (*run)(struct ctl *ctl, const struct args *args);
};

/* All commands; ends with .words == NULL. */
extern const struct ctl_command *const ctl_groups[];

/* argv without the program's name. Returns an exit code. */
int ctl_run(struct ctl *ctl, size_t n, const char *const *argv);
/* A sentence on err, and CTL_FAILED or CTL_USAGE. */
int ctl_fail(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
int ctl_misused(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Calls io.provost.<Interface>.<method>; `station` is its socket's name.
 * CTL_OK and a reply of the caller's, or CTL_FAILED with the sentence already
 * on err. Takes over `parameters`, which may be NULL.
 */
int ctl_call(struct ctl *ctl, const char *station, const char *method, sd_json_variant *parameters,
             uint64_t deadline_ms, sd_json_variant **ret_reply);
/* The same, silent on failure; ret_reason: a sentence of the caller's to free. */
int ctl_try(const char *station, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
            sd_json_variant **ret_reply, char **ret_reason);
struct table_column;
/* ctl_call(), and the reply as JSON or its array `list` as a table. */
int ctl_list(struct ctl *ctl, const char *station, const char *method, sd_json_variant *parameters, const char *list,
             const struct table_column *columns);
/* With --json: writes the reply as it is and returns true. */
bool ctl_as_json(struct ctl *ctl, sd_json_variant *reply);

/* Adds a text to an object under construction; NULL leaves it out. -ENOMEM and the like as libsystemd. */
int ctl_add(sd_json_variant **object, const char *name, const char *value);
/* A MAC in any usual form as {"mac": ...}; CTL_USAGE with the sentence on err. */
int ctl_mac(struct ctl *ctl, const char *word, sd_json_variant **ret_parameters);
/*
 * The content of a file, or of standard input for "-", without its last line
 * end when `is_line`. At most 256 KiB, no NUL. CTL_FAILED with the sentence on err.
 */
int ctl_read(struct ctl *ctl, const char *path, bool is_line, char **ret_text);
/* Any bytes, at most `max`, for the caller to free; a NUL that does not count stands behind them. */
int ctl_read_bytes(struct ctl *ctl, const char *path, size_t max, char **ret_bytes, size_t *ret_size);
/* --limit as "limit"; CTL_USAGE with the sentence on err. */
int ctl_add_limit(struct ctl *ctl, const struct args *args, uint32_t otherwise, sd_json_variant **parameters);
/* --reason as "reason", when it was given. */
int ctl_add_reason(struct ctl *ctl, const struct args *args, sd_json_variant **parameters);

/* One value in the answer to GetSite; "" when it is not there. */
const char *ctl_site_value(sd_json_variant *site, const char *name);

/* How long a person waits for one call, and for one that touches every phone. */
#define CTL_CALL_MS 10000
#define CTL_LONG_CALL_MS 120000

#endif
