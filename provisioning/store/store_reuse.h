#ifndef PROVOST_STORE_REUSE_H
#define PROVOST_STORE_REUSE_H

#include "provisioning/model/lint.h"
#include "provisioning/store/store.h"

/* Passwords and PINs that more than one phone has: lint looks at one phone alone and cannot see that. */

/* A setting of a phone was written: its digest stands beside it when it is a login, PIN or account secret. */
int store_reuse_note(struct store *store, const char *mac, const char *name, int64_t index, const char *value) PV_MUST_CHECK;
/* Rule "reused", a warning for each setting of the phone's merged document that other phones have too. */
int store_reuse_find(struct store *store, const char *mac, const struct merge_setting *settings, size_t n_settings, lint_each each,
                     void *userdata) PV_MUST_CHECK;

#endif
