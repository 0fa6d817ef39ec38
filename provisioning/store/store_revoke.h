#ifndef PROVOST_STORE_REVOKE_H
#define PROVOST_STORE_REVOKE_H

#include "provisioning/store/store.h"

/* The end of a phone: revoked, stolen, deleted. */

/* Nothing is served to it any more, and its secrets are gone; its tunnel address stays its own. */
int store_revoke(struct store *store, const char *mac) PV_MUST_CHECK;

int store_op_revoke_phone(struct store *store, struct store_request *request);
int store_op_delete_phone(struct store *store, struct store_request *request);

#endif
