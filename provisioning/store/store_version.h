#ifndef PROVOST_STORE_VERSION_H
#define PROVOST_STORE_VERSION_H

#include "provisioning/store/store.h"

/* Versions of what people change: two of them at once must not undo each other's work unseen. */

/* Conflict when the parameter if_version is given and another one. what: "The phone 000413aabbcc". */
int store_version_check(struct store_request *request, int64_t present, const char *what) PV_MUST_CHECK;
/* Conflict of a phone that was read before somebody else changed it; NoSuchPhone when there is none. */
int store_version_check_phone(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* Somebody changed this phone's values or own settings. */
int store_version_of_phone_grows(struct store *store, const char *mac) PV_MUST_CHECK;

/* Of a scope that phones share. */
int store_version_of_scope(struct store *store, const char *scope, const char *owner, int64_t *ret_version) PV_MUST_CHECK;
int store_version_of_scope_grows(struct store *store, const char *scope, const char *owner) PV_MUST_CHECK;

#endif
