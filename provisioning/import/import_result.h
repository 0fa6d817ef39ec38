#ifndef PROVOST_IMPORT_IMPORT_RESULT_H
#define PROVOST_IMPORT_IMPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * What a reading found, as plain data. All texts live in the result and are
 * wiped with it. It has one bound for all: the size of the answer that carries it.
 */
#define IMPORT_NO_INDEX (-1)
#define IMPORT_PHONES_MAX 10000
#define IMPORT_SETTINGS_MAX 100000
#define IMPORT_PROBLEMS_MAX 1000
#define IMPORT_ATTRIBUTES_MAX 16
#define IMPORT_PROFILES_MAX 16
#define IMPORT_ANSWER_MAX (12U << 20)           /* bytes of JSON; a Varlink message may have 16 MiB */

struct import_attribute {
        const char *name, *value;
};

struct import_setting {
        unsigned line;
        const char *name, *value, *permission;
        int index;                              /* IMPORT_NO_INDEX: none */
        const struct import_attribute *attributes;
        size_t n_attributes;
};

struct import_settings {
        struct import_setting *list;
        size_t n, room;
        size_t n_settled;                       /* of files before */
};

/* Texts are NULL where nothing was said. */
struct import_phone {
        unsigned line;
        const char *file;
        struct mac mac;
        const char *name, *model, *key_type, *lan_address, *sip_user, *sip_secret;
        const char *profiles[IMPORT_PROFILES_MAX];
        size_t n_profiles;
        struct import_settings settings;
};

struct import_shared {
        const char *file, *model;               /* model "": for all */
        struct import_settings settings;
};

struct import_problem {
        const char *file, *what, *reason;
        unsigned line;
        bool is_error;
};

struct import_chunk;
struct import_result {
        const char *found;                      /* "phones", "settings", "folder" */
        struct import_settings settings;
        struct import_phone *phones;
        size_t n_phones, phones_room;
        struct import_shared *shared;
        size_t n_shared, shared_room;
        struct import_problem *problems;
        size_t n_problems, problems_room;
        bool has_error;
        size_t n_settings, answer_size;
        struct import_chunk *chunks;
};

void import_result_init(struct import_result *result);
void import_result_done(struct import_result *result);

/* Nothing but the problems stays: of a file that is too much nothing can be used. */
void import_result_empty(struct import_result *result);
/* A copy that lives as long as the result; NULL: no memory, or the answer would be too large. */
const char *import_result_text(struct import_result *result, const char *text);
/*
 * Copies. PV_ETOOLARGE when a bound is reached (a problem says so), PV_ENOMEM.
 * A phone's or file's place may move with the next one: use its number.
 */
int import_result_add_setting(struct import_result *result, struct import_settings *settings, const struct import_setting *setting) PV_MUST_CHECK;
int import_result_add_phone(struct import_result *result, const struct import_phone *phone) PV_MUST_CHECK;
int import_result_add_shared(struct import_result *result, const char *file, const char *model) PV_MUST_CHECK;
/* Past IMPORT_PROBLEMS_MAX they are only counted in; the last one says so. */
void import_result_problem(struct import_result *result, bool is_error, const char *file, unsigned line, const char *what,
                           const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Of several with one name and index the last one stays, with a warning. Keeps the order. */
int import_result_settle(struct import_result *result, struct import_settings *settings, const char *file) PV_MUST_CHECK;

#endif
