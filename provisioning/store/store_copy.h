#ifndef PROVOST_STORE_COPY_H
#define PROVOST_STORE_COPY_H

#include "provisioning/store/store.h"

/*
 * A consistent copy of the database while it is in use, beside it ("provost.db.copy"), made in small parts: nobody waits for it, and it
 * takes little memory. One at a time; the next one takes the place of the last.
 */
int store_op_snapshot(struct store *store, struct store_request *request);
/* The copy is not needed any more. */
int store_op_drop_snapshot(struct store *store, struct store_request *request);
/* What an earlier run of this program left. */
void store_copy_forget(struct store *store);

#endif
