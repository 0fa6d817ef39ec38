#ifndef PROVOST_BOOTSTRAP_BOOTSTRAP_H
#define PROVOST_BOOTSTRAP_BOOTSTRAP_H

#include "appliance/base/error.h"
#include "appliance/service/service.h"

/*
 * The station: requests of phones on the LAN, answered with stage 1 and bundles.
 * Several at once; each asks store and pki in turn and waits for neither with the others.
 */
struct bootstrap;

struct bootstrap_options {
        int listen_fd;                  /* taken over */
        const char *edge_user;          /* NULL: our own user */
        const char *store_path, *pki_path;
        uint64_t deadline_ms;           /* then a request gets 503 */
};

int bootstrap_new(struct service *service, const struct bootstrap_options *options, struct bootstrap **ret_bootstrap) PV_MUST_CHECK;
void bootstrap_free(struct bootstrap *bootstrap);

#endif
