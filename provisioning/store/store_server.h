#ifndef PROVOST_STORE_SERVER_H
#define PROVOST_STORE_SERVER_H

#include "appliance/service/service.h"
#include "provisioning/store/store.h"

/* The store on its socket: calls in, answers after the commit, changes to the subscribers. */
struct store_server;

enum store_server_kind { STORE_SERVER_READ, STORE_SERVER_WRITE, STORE_SERVER_QUEUE, STORE_SERVER_SUBSCRIBE };

/* Borrows the store. */
int store_server_new(struct store *store, struct store_server **ret_server) PV_MUST_CHECK;
/* Writes what waits. Before the service is freed, so that answers can still go out. */
void store_server_finish(struct store_server *server);
/* After the service is freed: until then its connections may end. */
void store_server_free(struct store_server *server);
/* The service's loop; its userdata is the server. */
int store_server_start(struct store_server *server, struct service *service) PV_MUST_CHECK;
/* For struct service_spec. */
void store_server_disconnected(sd_varlink *link, void *userdata);
/* One call; returns what a handler returns. */
int store_server_serve(struct store_server *server, sd_varlink *link, sd_json_variant *parameters,
                       sd_varlink_method_flags_t flags, enum store_server_kind kind, store_operation operation);

#endif
