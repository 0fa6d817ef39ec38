#ifndef PROVOST_ADMIN_ADMIN_H
#define PROVOST_ADMIN_ADMIN_H

#include "appliance/service/service.h"
#include "provisioning/admin/operation.h"

/* The page's station: requests of the edge on one socket, the console's on another. */
struct admin;

struct admin_options {
        int listen_fd;                  /* taken over when admin_new() succeeds */
        const char *edge_user;          /* NULL in tests: own uid */
        const char *run_dir;            /* where the stations' sockets are: "/run/provost" */
        const struct operation *const *tables;
};

int admin_new(struct service *service, const struct admin_options *options, struct admin **ret_admin) PV_MUST_CHECK;
void admin_free(struct admin *admin);
struct admin_setup;
struct admin_setup *admin_setup_of(struct admin *admin);

/* io.provost.Admin; userdata: struct admin_desk. */
struct admin_desk {
        struct admin *admin;
};
extern const struct service_method admin_methods[];
void admin_desk_disconnected(sd_varlink *link, void *userdata);

#endif
