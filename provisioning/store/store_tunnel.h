#ifndef PROVOST_STORE_TUNNEL_H
#define PROVOST_STORE_TUNNEL_H

#include "provisioning/store/store.h"

/* What session asks and reports. */

/* The appliance was started anew: no tunnel is open, whatever stood there before. */
int store_tunnel_none_open(struct store *store) PV_MUST_CHECK;

int store_op_list_tunnels(struct store *store, struct store_request *request);
int store_op_report_tunnel(struct store *store, struct store_request *request);
int store_op_report_tunnels(struct store *store, struct store_request *request);

#endif
