#ifndef PROVOST_STORE_SERVE_H
#define PROVOST_STORE_SERVE_H

#include "provisioning/store/store.h"

/* What settings gives to phones, and what they have. */

/* The settings a phone fetched last, as an array of Setting, and their revision. PV_EUNSET: none. */
int store_serve_kept(struct store *store, const char *mac, sd_json_variant **ret_settings, int64_t *ret_revision) PV_MUST_CHECK;

int store_op_get_document(struct store *store, struct store_request *request);
int store_op_mark_served(struct store *store, struct store_request *request);

#endif
