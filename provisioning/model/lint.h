#ifndef PROVOST_MODEL_LINT_H
#define PROVOST_MODEL_LINT_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * Whether the settings of one phone are sound. An error never reaches a phone;
 * a warning is shown to the admin and changes nothing. The rules are the
 * tables at the end of lint_one.c and in lint_more.c.
 */
#define LINT_NO_INDEX (-1)

struct site;
struct merge_input;
struct merge_result;
struct merge_setting;

struct lint_setting {
        const char *name;
        int index;                      /* LINT_NO_INDEX: none */
        const char *value, *permission;
};

/* What is known of the phone; each may be "" or NULL. */
struct lint_phone {
        const char *mac;                /* 12 hex digits */
        const char *model;              /* "snomD785" */
        const char *extension;          /* its SIP user */
};

enum lint_severity { LINT_WARNING, LINT_ERROR };

struct lint_finding {
        enum lint_severity severity;
        const char *rule;               /* static storage: "weak-login" */
        const char *name;               /* borrowed from the setting */
        int index;
        char sentence[320];             /* names the setting, says what to do; never a secret's value */
};

typedef void (*lint_each)(const struct lint_finding *finding, void *userdata);

/* The rules that need no other setting. Returns how many errors were found; each finding goes to `each`, which may be NULL. */
size_t lint_setting(const struct lint_setting *setting, const struct lint_phone *phone, lint_each each, void *userdata);
/* The same for each setting of a merged document, and the rules about several of them. */
size_t lint_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone, lint_each each, void *userdata);
/*
 * The same with all that a setting can have: attributes too. lint_merged() besides knows the site and the firmware, and is what
 * a document should be judged with.
 */
size_t lint_item(const struct merge_setting *setting, const struct lint_phone *phone, lint_each each, void *userdata);
size_t lint_settings(const struct merge_setting *settings, size_t n_settings, const struct lint_phone *phone, lint_each each, void *userdata);
size_t lint_merged(const struct merge_input *input, const struct merge_result *result, lint_each each, void *userdata);
/* The first error of a setting or a document as a sentence: PV_EREFUSED with *ret_finding filled, or 0. */
int lint_check_setting(const struct lint_setting *setting, const struct lint_phone *phone, struct lint_finding *ret_finding) PV_MUST_CHECK;
int lint_check_document(const struct lint_setting *settings, size_t n_settings, const struct lint_phone *phone,
                        struct lint_finding *ret_finding) PV_MUST_CHECK;
int lint_check_item(const struct merge_setting *setting, const struct lint_phone *phone, struct lint_finding *ret_finding) PV_MUST_CHECK;
int lint_check_settings(const struct merge_setting *settings, size_t n_settings, const struct lint_phone *phone,
                        struct lint_finding *ret_finding) PV_MUST_CHECK;
int lint_check_merged(const struct merge_input *input, const struct merge_result *result, struct lint_finding *ret_finding) PV_MUST_CHECK;
/* Whether the phone's user may not change a setting with these flags; unknown flags are no protection. */
bool lint_is_read_only(const char *flags);
/* Whether this host, perhaps with :port, is an address inside the site's tunnel; names are not. */
bool lint_is_in_tunnel(const struct site *site, const char *host);
/* The i-th rule's name, NULL past the end: for tests and documents. */
const char *lint_rule_name(size_t i);

#endif
