#ifndef PROVOST_STORE_SEEN_H
#define PROVOST_STORE_SEEN_H

#include "provisioning/store/store.h"

/* Sightings of phones, and the rules by which one that is listed lets itself in. */

int store_op_report_seen(struct store *store, struct store_request *request);

#endif
