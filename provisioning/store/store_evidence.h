#ifndef PROVOST_STORE_EVIDENCE_H
#define PROVOST_STORE_EVIDENCE_H

#include "provisioning/store/store.h"

/* What was heard of a phone. Anybody on the LAN can make it grow, so it is bounded. */
#define STORE_EVIDENCE_VALUE_MAX 128
#define STORE_EVIDENCE_PER_KIND 4       /* the first one and the latest */
#define STORE_EVIDENCE_PER_MAC 40
#define STORE_EVIDENCE_PER_CALL 32
#define STORE_EVIDENCE_AGAIN_S 60       /* the same value is not counted more often */

/* InvalidValue for a kind that is none, or too many of them. */
int store_evidence_check(struct store_request *request, sd_json_variant *items) PV_MUST_CHECK;
/* Keeps them; *ret_is_new: one of them was not known. */
int store_evidence_add(struct store *store, const char *mac, sd_json_variant *items, bool *ret_is_new) PV_MUST_CHECK;
/* The same for one, of a kind that is one. */
int store_evidence_add_one(struct store *store, const char *mac, const char *kind, const char *value) PV_MUST_CHECK;

int store_op_get_evidence(struct store *store, struct store_request *request);

#endif
