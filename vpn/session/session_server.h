#ifndef PROVOST_SESSION_SESSION_SERVER_H
#define PROVOST_SESSION_SESSION_SERVER_H

#include <stdbool.h>

#include "appliance/service/service.h"
#include "provisioning/model/site.h"
#include "vpn/session/session_class.h"

/* Keeps the server.conf of each OpenVPN process true to the site and to pki's certificates. */
struct session_server;

/*
 * The server.conf of this process is another than the one it may run with.
 * is_new: there was none, so it does not run. is_gone: there is none now: it is not to run any more.
 */
typedef void (*session_server_changed)(enum session_class class, bool is_new, bool is_gone, void *userdata);

/*
 * root: holds the directories of the processes. Asks pki at once, whenever it says that something changed, and every day: our certificates are
 * renewed long before they end. A file that stays the same restarts nothing.
 */
int session_server_new(struct service *service, const char *pki_path, const char *root, session_server_changed changed,
                       void *userdata, struct session_server **ret_server) PV_MUST_CHECK;
void session_server_free(struct session_server *server);
/* The site is this now. An incomplete one leaves the old files. */
void session_server_set_site(struct session_server *server, const struct site *site);

#endif
