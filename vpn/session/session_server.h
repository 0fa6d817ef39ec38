#ifndef PROVOST_SESSION_SESSION_SERVER_H
#define PROVOST_SESSION_SESSION_SERVER_H

#include <stdbool.h>

#include "appliance/service/service.h"
#include "provisioning/model/site.h"

/* Keeps OpenVPN's server.conf true to the site and to pki's certificates. */
struct session_server;

/* changed: server.conf is another than the one OpenVPN may run with (is_new: there was none, so it does not run). */
typedef void (*session_server_changed)(bool is_new, void *userdata);

/* Asks pki at once, and again every day: its certificate for us is renewed long before it ends. */
int session_server_new(struct service *service, const char *pki_path, const char *directory,
                       session_server_changed changed, void *userdata, struct session_server **ret_server) PV_MUST_CHECK;
void session_server_free(struct session_server *server);
/* The site is this now. An incomplete one leaves the old server.conf. */
void session_server_set_site(struct session_server *server, const struct site *site);
/* server.conf is there. */
bool session_server_is_written(const struct session_server *server);

#endif
