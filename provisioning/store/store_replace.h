#ifndef PROVOST_STORE_REPLACE_H
#define PROVOST_STORE_REPLACE_H

#include "provisioning/store/store.h"

/* A phone takes the place of another one; undone as a whole when it does not come up. */
#define STORE_REPLACE_TICK_MS 1000
#define STORE_REPLACE_PENDING_MAX 64
#define STORE_REPLACE_KEPT_MAX 1000     /* of those that are settled; the oldest go */

struct store_replace;
int store_replace_new(struct store_replace **ret_replace) PV_MUST_CHECK;
void store_replace_free(struct store_replace *replace);
/* Of what stands in memory part may have been undone in the database. */
void store_replace_undone(struct store_replace *replace);

/* Whether one is pending, and whether it is time to look at it: store_op_tick_replace() then. */
bool store_replace_runs(struct store *store);
bool store_replace_is_due(struct store *store);

/*
 * A phone is revoked or deleted. One that is to take another's place does not: that one is as it was. One whose place was taken is
 * out for good. Nothing when it is in no pending replacement.
 */
int store_replace_leave(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* NotAllowed while the phone is in a pending replacement. what: "approve it". */
int store_replace_refuse(struct store *store, struct store_request *request, const char *mac, const char *what) PV_MUST_CHECK;

int store_op_tick_replace(struct store *store, struct store_request *request);
int store_op_replace_phone(struct store *store, struct store_request *request);
int store_op_undo_replace(struct store *store, struct store_request *request);
int store_op_list_replacements(struct store *store, struct store_request *request);

#endif
