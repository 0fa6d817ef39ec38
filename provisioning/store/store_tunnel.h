#ifndef PROVOST_STORE_TUNNEL_H
#define PROVOST_STORE_TUNNEL_H

#include "provisioning/store/store.h"

/* What session asks and reports. */

int store_op_list_tunnels(struct store *store, struct store_request *request);
int store_op_report_tunnel(struct store *store, struct store_request *request);
int store_op_report_tunnels(struct store *store, struct store_request *request);

#endif
