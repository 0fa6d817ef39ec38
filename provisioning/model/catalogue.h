#ifndef PROVOST_MODEL_CATALOGUE_H
#define PROVOST_MODEL_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/model/model_family.h"

/*
 * What is known about the settings of Snom desk phones: settings.catalogue as
 * structs. The meaning of each field stands at the top of that file.
 */
enum catalogue_index { CATALOGUE_INDEX_NONE, CATALOGUE_INDEX_IDENTITY, CATALOGUE_INDEX_KEY, CATALOGUE_INDEX_EITHER, CATALOGUE_INDEX_ITEM };
enum catalogue_type {
        CATALOGUE_TYPE_TEXT, CATALOGUE_TYPE_SWITCH, CATALOGUE_TYPE_NUMBER, CATALOGUE_TYPE_CHOICE, CATALOGUE_TYPE_PASSWORD,
        CATALOGUE_TYPE_PIN, CATALOGUE_TYPE_CLOCK, CATALOGUE_TYPE_URL, CATALOGUE_TYPE_HOST,
};
enum catalogue_secret {
        CATALOGUE_SECRET_NO, CATALOGUE_SECRET_SECRET, CATALOGUE_SECRET_LOGIN, CATALOGUE_SECRET_ACCOUNT, CATALOGUE_SECRET_PIN,
};
enum catalogue_change { CATALOGUE_CHANGE_ADMIN, CATALOGUE_CHANGE_USER, CATALOGUE_CHANGE_RW, CATALOGUE_CHANGE_APPLIANCE };

#define CATALOGUE_IDENTITY_MAX 12
#define CATALOGUE_KEY_MAX 255
#define CATALOGUE_ITEM_MAX 65535

/* Texts are those of the catalogue it stands in. */
struct catalogue_entry {
        const char *name;
        enum catalogue_index index;
        enum catalogue_type type;
        const char *values;             /* of a number "1..12" or "", of a choice "a,b,c" */
        const char *default_text;       /* NULL: not known */
        enum catalogue_secret secret;
        enum catalogue_change change;
        const char *row;                /* of the hardening profile; "" none */
        const char *recommended;        /* NULL: no recommendation; of a choice "a,b": either */
        bool is_own;                    /* recommended is another value for each phone */
        const char *where;              /* "" nothing known */
        const char *since;              /* firmware it is known from, begins `where`: "10.1"; "" not known */
        bool is_desk, is_dect;          /* who knows it */
        const char *source;             /* "S", "G", "T" or "I" */
        const char *purpose;
};

#define CATALOGUE_ENTRIES_MAX 512
#define CATALOGUE_TEXT_MAX 65536
#define CATALOGUE_SLOTS 2048

/* Sorted by name. Big: static storage or heap. */
struct catalogue {
        struct catalogue_entry entries[CATALOGUE_ENTRIES_MAX];
        size_t n_entries;
        uint16_t slots[CATALOGUE_SLOTS];        /* by catalogue_hash(): place + 1; 0 free */
        char text[CATALOGUE_TEXT_MAX];
};

struct catalogue_problem {
        unsigned line;
        char reason[128];
};

/* PV_EMALFORMED or PV_ETOOLARGE with *ret_problem filled: the line and what is wrong with it. */
int catalogue_parse(const char *text, size_t size, struct catalogue *ret_catalogue, struct catalogue_problem *ret_problem) PV_MUST_CHECK;
/* The one built in. Its tests keep it sound; should it not be, it is empty and every setting unknown. */
const struct catalogue *catalogue_builtin(void);
/* NULL: unknown. */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *name);
/* The same for who has the name's hash already. */
const struct catalogue_entry *catalogue_find_hashed(const struct catalogue *catalogue, const char *name, uint32_t hash);
uint32_t catalogue_hash(const char *name);
/* Whether phones of this dialect know the setting; of a dialect that nobody documents, all is thought possible. */
bool catalogue_is_spoken(const struct catalogue_entry *entry, enum model_dialect dialect);
/* The known name that is only a slip of the finger away; NULL: none. */
const char *catalogue_near(const struct catalogue *catalogue, const char *name);
/* Whether the text is a legal value; else what is legal in words ("on or off"), without the value. */
bool catalogue_takes(const struct catalogue_entry *entry, const char *value, char *ret_legal, size_t size);
/* False only when another value is recommended; a shorter time than recommended is as good. */
bool catalogue_is_as_recommended(const struct catalogue_entry *entry, const char *value);
/* Whether values must never be shown: known as secret, or unknown and named (almost) like one. */
bool catalogue_is_secret(const struct catalogue *catalogue, const char *name);

#endif
