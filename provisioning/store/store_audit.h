#ifndef PROVOST_STORE_AUDIT_H
#define PROVOST_STORE_AUDIT_H

#include "provisioning/store/store.h"

/* Who did what: a chain of hashes, so that nothing is taken out or changed unseen. store_audit() itself stands in store.h. */
#define STORE_AUDIT_MAX 500000          /* the oldest are forgotten; the chain begins after them then */

/* Entries of an older system get their hashes. At each start. */
int store_audit_complete(struct store *store) PV_MUST_CHECK;
/* For tests: as many as if max stood for STORE_AUDIT_MAX. */
int store_audit_trim(struct store *store, int64_t max) PV_MUST_CHECK;

int store_op_list_audit(struct store *store, struct store_request *request);
int store_op_search_audit(struct store *store, struct store_request *request);
int store_op_check_audit(struct store *store, struct store_request *request);
int store_op_note_audit(struct store *store, struct store_request *request);

#endif
