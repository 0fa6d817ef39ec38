#ifndef PROVOST_STORE_SETTING_H
#define PROVOST_STORE_SETTING_H

#include "provisioning/store/store_revision.h"
#include "provisioning/store/store_target.h"

/* Where changes go to. */
struct store_change_set {
        const struct store_target *target;
        struct store_draft *draft;      /* of shared scopes */
        const struct store_layer *layer;        /* what a phone has */
        size_t n_changed;               /* of a phone */
};

/* Each name and index once: which of two values counts is not for us to guess. */
int store_setting_check_list(struct store_request *request, sd_json_variant *list) PV_MUST_CHECK;
/* All of a list of SettingChange; replace: what is not named is removed. Nothing is kept when one is refused, if the caller undoes. */
int store_setting_put_all(struct store *store, struct store_request *request, struct store_change_set *set, sd_json_variant *list,
                          bool replace) PV_MUST_CHECK;
/* Removes what the list does not name; NULL: everything. */
int store_setting_remove_others(struct store *store, struct store_change_set *set, const struct store_layer *present,
                                sd_json_variant *list) PV_MUST_CHECK;
/* What is set at this moment. */
int store_setting_present(struct store *store, const struct store_target *target, struct store_layer *ret) PV_MUST_CHECK;

#endif
