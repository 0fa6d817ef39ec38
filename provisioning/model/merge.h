#ifndef PROVOST_MODEL_MERGE_H
#define PROVOST_MODEL_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/model/hardening.h"
#include "provisioning/model/site.h"

/*
 * Everything one phone should be set to, from plain data: built-in hardening,
 * then site, model, profiles in order, phone; later wins. Pure: the same input
 * gives the same output, in the same order.
 */
#define MERGE_NO_INDEX (-1)
#define MERGE_SETTINGS_MAX 4096

enum merge_scope { MERGE_BUILT_IN, MERGE_SITE, MERGE_MODEL, MERGE_PROFILE, MERGE_PHONE };

struct merge_attribute { const char *name, *value; };

struct merge_setting {
        const char *name;
        int index;                      /* MERGE_NO_INDEX: none */
        const char *value, *permission;
        const struct merge_attribute *attributes;       /* borrowed from the input; NULL: none */
        size_t n_attributes;
        enum merge_scope scope;         /* where it comes from; ignored in the input */
        const char *owner;              /* of the scope: "sales"; ignored in the input */
};

struct merge_layer {
        enum merge_scope scope;
        const char *owner;              /* "" site, "snomD785", "sales", MAC */
        const struct merge_setting *settings;
        size_t n_settings;
};

/* A row of the hardening profile switched at one scope; the last scope that says something wins. */
struct merge_switch {
        enum merge_scope scope;
        const char *owner, *row, *reason, *actor;
        bool on;
};

/* Secrets made for this phone, each NULL when it has none. The names are those of the settings. */
struct merge_secrets {
        const char *sip_secret, *http_pass, *admin_mode_password, *service_mode_pass, *keyboard_lock_pw, *uboot_lock,
                *webserver_user_password, *webserver_admin_password;
};

struct merge_phone {
        struct mac mac;
        const char *name, *model, *firmware, *sip_user; /* "" unknown */
        bool seal_is_good;              /* a tamper seal is recorded and its inspection is not overdue */
        bool seal_is_overdue;
        bool is_legacy;                 /* one of the old phones: its tunnel network and our address there are others */
        const char *bundle_serial;      /* of the bundle it shall fetch through its tunnel (tunnel_url_serial); NULL: none */
};

struct merge_input {
        struct merge_phone phone;
        const struct site *site;
        struct merge_secrets secrets;
        const struct merge_layer *layers;       /* in merge order, without the built-in one */
        size_t n_layers;
        const struct merge_switch *switches;
        size_t n_switches;
};

struct merge_result {
        const struct merge_setting *settings;   /* in the order of the document; values expanded */
        size_t n_settings;
        const char *firmware;                   /* the version asked for by the setting "firmware"; NULL: none */
        const char *firmware_origin;            /* owner of its scope */
        bool may_downgrade;                     /* firmware_downgrade=on stands beside it */
};

/* Memory for merging, used again and again: nothing is allocated for a document once it has grown. Wiped when freed. */
struct merge;
int merge_new(struct merge **ret_merge) PV_MUST_CHECK;
void merge_free(struct merge *merge);

/*
 * The result is borrowed from `merge` (and from the input) until its next use.
 * PV_ETOOLARGE: more than MERGE_SETTINGS_MAX. Variables in values of layers:
 * {mac} {MAC} {ext} {name} {site} {model} {domain} {sip_host} become the
 * phone's; {{ is a brace; other {words} stay for the phone itself.
 */
int merge_settings(struct merge *merge, const struct merge_input *input, struct merge_result *ret_result) PV_MUST_CHECK;

/*
 * The file of the firmware asked for is there: the document lets the phone fetch it (update_policy=auto_update, firmware_status).
 * `result` is that of the last merge_settings() with this `merge` and is changed.
 */
int merge_add_firmware(struct merge *merge, const struct merge_input *input, struct merge_result *result) PV_MUST_CHECK;

/* Whether only the appliance decides this setting: no layer may hold it. */
bool merge_is_locked(const char *name);
/* The i-th row of the hardening profile with a sentence of what it sets; NULL past the end. */
const char *merge_row_name(size_t i, const char **ret_sentence);

/*
 * Score of a merged document: each row met, open, waived (by a switch), impossible on this model, or unused.
 * ret_met of ret_total; unused and impossible rows do not count, waived ones count as not met.
 */
void merge_score(const struct merge_input *input, const struct merge_result *result, hardening_each each, void *userdata,
                 size_t *ret_met, size_t *ret_total);

#endif
