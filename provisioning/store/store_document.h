#ifndef PROVOST_STORE_DOCUMENT_H
#define PROVOST_STORE_DOCUMENT_H

#include "provisioning/store/store.h"

/* The settings document of a phone: what is built in, of the site, of its profile and its own, merged. */

/* Whether the appliance alone decides this setting, so that neither profile nor phone may change it. */
bool store_document_is_locked(const char *name);

int store_op_preview_document(struct store *store, struct store_request *request);
int store_op_get_document(struct store *store, struct store_request *request);
int store_op_mark_served(struct store *store, struct store_request *request);

#endif
