#ifndef PROVOST_STORE_PHONE_JSON_H
#define PROVOST_STORE_PHONE_JSON_H

#include "appliance/base/text.h"
#include "provisioning/store/store.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_table.h"

/* One row of a table for people. */
struct store_phone_context;
int store_phone_json_begin(struct store *store, struct store_phone_context **ret_context) PV_MUST_CHECK;
void store_phone_json_end(struct store_phone_context *context);
/* Adds the PhoneRow of this phone; nothing when there is none any more. */
int store_phone_json_row(struct store *store, const struct store_phone_context *context, const char *mac, struct store_table_score score,
                         struct store_list *list) PV_MUST_CHECK;

/* What the table of phones knows of this phone, for as long as the row is at hand. */
struct store_phone_known {
        struct store_table_phone phone;
        char lan[TEXT_IPV4_SIZE], tunnel[TEXT_IPV4_SIZE];
};
/* PV_EUNSET: there is none (any more). The query has to be ended with store_db_end(*ret_row) when it is done with. */
int store_phone_json_known(struct store *store, const char *mac, struct store_phone_known *ret, struct sqlite3_stmt **ret_row) PV_MUST_CHECK;

#endif
