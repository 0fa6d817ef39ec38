#ifndef PROVOST_STORE_SCOPE_H
#define PROVOST_STORE_SCOPE_H

#include "provisioning/store/store.h"

/* Settings and row switches of the site, of models, profiles and single phones, as the admin gives them. */

/* Settings of profiles as an older system kept them become shared settings. At each start. */
int store_scope_complete(struct store *store) PV_MUST_CHECK;

/*
 * A list of SettingChange for one phone, all or nothing with the request. Nothing else is done: who calls revises the phone
 * (store_phone_revise) when ret_changed is not 0.
 */
int store_scope_set_phone(struct store *store, struct store_request *request, const char *mac, sd_json_variant *settings, bool replace,
                          size_t *ret_changed) PV_MUST_CHECK;

/* What a change of settings comes to. */
struct store_scope_outcome {
        int64_t revision, phones;       /* phones: that get other settings by it */
        sd_json_variant *findings;      /* owned; NULL none */
        bool is_dry;                    /* given: nothing is kept */
        char detail[480];               /* for the audit; "" nothing was changed */
};

/*
 * A list of SharedImport as one revision, all or nothing with the request, and its roll-out. Who calls writes the audit.
 * A refusal names the list it is about.
 */
int store_scope_set_shared(struct store *store, struct store_request *request, sd_json_variant *list, const char *reason,
                           struct store_scope_outcome *outcome) PV_MUST_CHECK;

int store_op_list_scopes(struct store *store, struct store_request *request);
int store_op_list_settings(struct store *store, struct store_request *request);
int store_op_set_settings(struct store *store, struct store_request *request);
int store_op_remove_scope(struct store *store, struct store_request *request);
int store_op_list_rows(struct store *store, struct store_request *request);
int store_op_set_row(struct store *store, struct store_request *request);

#endif
