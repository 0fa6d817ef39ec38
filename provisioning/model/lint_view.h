#ifndef PROVOST_MODEL_LINT_VIEW_H
#define PROVOST_MODEL_LINT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/model/catalogue.h"
#include "provisioning/model/lint.h"
#include "provisioning/model/merge.h"
#include "provisioning/model/model_family.h"

/* What the rules of lint look at; for the lint_*.c files alone. */

/* What a setting is, so that only rules which can concern it look at it. */
enum lint_kind {
        LINT_KIND_ANY = 1 << 0,
        LINT_KIND_UNKNOWN = 1 << 1,     /* not in the catalogue */
        LINT_KIND_KNOWN = 1 << 2,
        LINT_KIND_NUMBERED = 1 << 3,
        LINT_KIND_NUMBER_MISSING = 1 << 4,
        LINT_KIND_ODD_PERMISSION = 1 << 5,      /* neither R nor RW nor empty */
        LINT_KIND_RW = 1 << 6,          /* must have RW */
        LINT_KIND_SECRET = 1 << 7,
        LINT_KIND_LOGIN = 1 << 8,
        LINT_KIND_ACCOUNT_SECRET = 1 << 9,
        LINT_KIND_PIN = 1 << 10,
        LINT_KIND_PROTECTION = 1 << 11, /* of a row of the hardening profile, and not the user's */
        LINT_KIND_RECOMMENDED = 1 << 12,
        LINT_KIND_LOCKED = 1 << 13,
        LINT_KIND_FOREIGN = 1 << 14,    /* phones of this kind do not know it */
        LINT_KIND_SINCE = 1 << 15,      /* known from some firmware on */
        LINT_KIND_PART = 1 << 16,       /* no plain setting, or one with attributes */
        LINT_KIND_TWICE = 1 << 17,
};

struct lint_item {
        const struct catalogue_entry *entry;    /* NULL: unknown */
        uint32_t kinds;
};

struct lint_view {
        const struct catalogue *catalogue;
        const struct lint_phone *phone;
        struct model_family family;
        const struct site *site;        /* NULL: not known */
        const char *running, *wanted;   /* firmware; NULL: not known, none */
        bool may_downgrade;
        bool knows_attributes;
        bool errors_only;               /* nobody wants to hear warnings */

        const struct merge_setting *settings;   /* the whole document; NULL with rules about one setting */
        size_t n_settings;
        struct lint_item *items;        /* one for each */
        uint16_t *slots;                /* by name and index: place + 1 */
        size_t n_slots;                 /* a power of two */
        unsigned accounts;              /* bit k: something is set for account k */

        const struct merge_setting *s;  /* the one at hand */
        const struct catalogue_entry *entry;    /* of it; NULL: unknown */
        uint32_t kinds;
        int account;                    /* with rules about accounts */
        const char *name;               /* what a finding is about */
        int index;
        char label[96];
        char *sentence;
        size_t size;
};

struct lint_rule {
        const char *name;
        enum lint_severity severity;
        uint32_t kinds;                 /* of settings it can concern; 0: of a rule that is asked once */
        bool (*is_broken)(struct lint_view *v);
};

/*
 * About one setting; about one among others; about an account; about the document. Errors stand before warnings, so that who asks for
 * errors alone can stop there. All end with a name of NULL.
 */
extern const struct lint_rule lint_one[], lint_among[], lint_accounts[], lint_whole[];

/* Says what is wrong, in a sentence without a secret's value. Always true. */
__attribute__((format(printf, 2, 3))) bool lint_say(struct lint_view *v, const char *format, ...);
/* "user_pass[1]", fit to be shown: the setting at hand. */
const char *lint_label(struct lint_view *v);
/* Makes another setting of the document the one at hand. */
void lint_turn_to(struct lint_view *v, const char *name, int index);
const struct merge_setting *lint_find(const struct lint_view *v, const char *name, int index);
/* "" when it is not there. */
const char *lint_value(const struct lint_view *v, const char *name, int index);
bool lint_is_kept_by_user(const char *flags);
bool lint_is_permission(const char *flags);

#endif
