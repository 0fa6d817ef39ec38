#ifndef PROVOST_STORE_RECEIPT_H
#define PROVOST_STORE_RECEIPT_H

#include "provisioning/store/store.h"

/* Receipts: what was done when a phone was put out. They outlive the phone. */
#define STORE_RECEIPTS_MAX 5000         /* the oldest go */
#define STORE_RECEIPT_LINES_MAX 64

int store_op_keep_receipt(struct store *store, struct store_request *request);
int store_op_list_receipts(struct store *store, struct store_request *request);

#endif
