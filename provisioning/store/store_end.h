#ifndef PROVOST_STORE_END_H
#define PROVOST_STORE_END_H

#include "provisioning/store/store.h"

/* What will end: certificates of phones and our own; warnings 30, 14 and 3 days before, and when it is over. */

#define STORE_END_LOOK_S 3600           /* so often by itself, whoever reports */

/* A write of the store's own: says what is due, clears what is over, finds phones that do not use their next certificate. */
int store_op_look_at_ends(struct store *store, struct store_request *request);

/* Another certificate took the place of the one that was warned of. */
int store_end_over(struct store *store, const char *subject) PV_MUST_CHECK;

int store_op_list_ends(struct store *store, struct store_request *request);
int store_op_report_ends(struct store *store, struct store_request *request);

#endif
