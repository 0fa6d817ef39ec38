#ifndef PROVOST_STORE_SETTING_H
#define PROVOST_STORE_SETTING_H

#include "provisioning/store/store.h"

/* Settings of profiles and of single phones, as the admin gives them. */

#define STORE_SETTING_NO_INDEX (-1)

struct store_setting {
        char name[68];
        int64_t index;                  /* STORE_SETTING_NO_INDEX: none */
        char permission[4];
        char *value;                    /* owned: store_seal_forget() */
        const char *origin;             /* static storage: "built-in" "site" "profile" "phone" */
};

/* Calls `each` for every setting of the profile, or of the phone; it may take value (and set it NULL). */
typedef int (*store_setting_each)(struct store_setting *setting, void *userdata);
int store_setting_of_profile(struct store *store, const char *profile, store_setting_each each, void *userdata) PV_MUST_CHECK;
int store_setting_of_phone(struct store *store, const char *mac, store_setting_each each, void *userdata) PV_MUST_CHECK;

int store_op_list_profiles(struct store *store, struct store_request *request);
int store_op_set_profile(struct store *store, struct store_request *request);
int store_op_remove_profile(struct store *store, struct store_request *request);
int store_op_set_phone_settings(struct store *store, struct store_request *request);

#endif
