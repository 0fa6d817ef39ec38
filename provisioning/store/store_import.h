#ifndef PROVOST_STORE_IMPORT_H
#define PROVOST_STORE_IMPORT_H

#include "provisioning/store/store.h"

/* Many phones at once, all or nothing. */
#define STORE_IMPORT_MAX 10000
#define STORE_IMPORT_PROBLEMS_MAX 1000

int store_op_import_phones(struct store *store, struct store_request *request);

#endif
