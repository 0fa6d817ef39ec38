#ifndef PROVOST_STORE_SEARCH_H
#define PROVOST_STORE_SEARCH_H

#include "provisioning/store/store.h"

/* Many phones, looked for by people: a table in memory that follows the database, with a score of each phone that is kept until
 * something changes that it depends on. */
struct store_search;

int store_search_new(struct store_db *db, struct store_search **ret_search) PV_MUST_CHECK;
void store_search_free(struct store_search *search);

/* Looks at what changed, then counts scores, for some milliseconds. True when there is more to do. Outside of a transaction. */
bool store_search_work(struct store *store);

int store_op_search_phones(struct store *store, struct store_request *request);
int store_op_count_phones(struct store *store, struct store_request *request);

#endif
