#ifndef PROVOST_STORE_LEASE_H
#define PROVOST_STORE_LEASE_H

#include "provisioning/store/store.h"

/* DHCP leases, for responder. */

int store_op_list_leases(struct store *store, struct store_request *request);
int store_op_commit_leases(struct store *store, struct store_request *request);

#endif
