#ifndef PROVOST_STORE_PREVIEW_H
#define PROVOST_STORE_PREVIEW_H

#include "provisioning/model/merge.h"
#include "provisioning/store/store.h"

/* What phones will get, told to people: never a secret. */

/*
 * What lint says of phones that a change concerns, one of each kind: if they followed the revision `followed`. No phone
 * has the scope yet: of one that nobody has. In an array of Finding.
 */
struct store_concern {
        enum merge_scope scope;
        const char *owner;              /* a MAC: only that phone, as it is at the moment */
        int64_t revision;               /* the one whose phones are meant */
};
int store_preview_findings(struct store *store, struct store_request *request, const struct store_concern *concern, int64_t followed,
                           sd_json_variant **ret_findings) PV_MUST_CHECK;
/* InvalidValue with the first error in `after` that is not in `before`: what people set must not hold settings back. */
int store_preview_refuse(struct store_request *request, sd_json_variant *before, sd_json_variant *after) PV_MUST_CHECK;

int store_op_preview_document(struct store *store, struct store_request *request);
int store_op_diff_document(struct store *store, struct store_request *request);
int store_op_score_phones(struct store *store, struct store_request *request);

#endif
