#ifndef PROVOST_STORE_SNAPSHOT_H
#define PROVOST_STORE_SNAPSHOT_H

#include "provisioning/store/store.h"

/*
 * Everything the database holds about one phone, row by row and byte for byte, so that a change of it can be undone as a whole. Sealed
 * values stay sealed in it; the rest of it is as secret as they are (certificates, names), so whoever keeps it seals it.
 */

/* A JSON object: table, to an array of rows. NULL for a phone that is not known. */
int store_snapshot_take(struct store *store, const char *mac, sd_json_variant **ret_snapshot) PV_MUST_CHECK;
/*
 * The phone's rows are what they were; those of its tables that came since are gone. The phone itself must be known. leave_out: a column
 * of table phone that stays as it is now; NULL none.
 */
int store_snapshot_restore(struct store *store, const char *mac, sd_json_variant *snapshot, const char *leave_out) PV_MUST_CHECK;
/* A column of its row in table phone: a number, or `otherwise` when it was null. */
int64_t store_snapshot_number(sd_json_variant *snapshot, const char *column, int64_t otherwise);

#endif
