#ifndef PROVOST_STORE_TARGET_H
#define PROVOST_STORE_TARGET_H

#include "provisioning/model/merge.h"
#include "provisioning/store/store.h"
#include "provisioning/store/store_layer.h"
#include "provisioning/store/store_phone.h"

/* One place that settings belong to. */
struct store_target {
        enum merge_scope scope;
        char owner[STORE_OWNER_SIZE];
        char model[STORE_PHONE_MODEL_SIZE], extension[STORE_PHONE_SIP_USER_SIZE];       /* of a phone, for lint */
};

/* Not of a phone: a change of it is a revision. */
bool store_target_is_shared(const struct store_target *target);
/* "profile sales" */
const char *store_target_subject(const struct store_target *target, char *ret, size_t size);
/* Of the parameters scope and owner, or of these. Refused when there can be no such place. */
int store_target_of(struct store *store, struct store_request *request, struct store_target *ret) PV_MUST_CHECK;
int store_target_make(struct store *store, struct store_request *request, const char *scope, const char *owner, struct store_target *ret) PV_MUST_CHECK;
/* A profile that is not there yet. */
int store_target_make_profile(struct store *store, struct store_request *request, const struct store_target *target) PV_MUST_CHECK;
/* For if_version; a phone's settings have the phone's. */
int store_target_version(struct store *store, const struct store_target *target, int64_t *ret_version) PV_MUST_CHECK;

#endif
