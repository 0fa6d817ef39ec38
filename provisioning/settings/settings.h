#ifndef PROVOST_SETTINGS_SETTINGS_H
#define PROVOST_SETTINGS_SETTINGS_H

#include "appliance/base/error.h"
#include "appliance/service/service.h"

/* The station: requests of phones inside their tunnels, answered with stage 2. */
struct settings;

struct settings_options {
        int listen_fd;                  /* taken over */
        const char *edge_user;          /* NULL: our own user */
        const char *store_path;
        uint64_t deadline_ms;           /* then a request gets 503 */
};

int settings_new(struct service *service, const struct settings_options *options, struct settings **ret_settings) PV_MUST_CHECK;
void settings_free(struct settings *settings);

#endif
