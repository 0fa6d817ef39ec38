#ifndef PROVOST_SETTINGS_SETTINGS_RESYNC_H
#define PROVOST_SETTINGS_SETTINGS_RESYNC_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "appliance/service/service.h"

/*
 * Tells phones to fetch their settings: those the store names (kind "settings" of its stream, when the site's value
 * `notify` is on), and those a person names. Everything that goes out goes into the tunnel.
 */
struct settings_resync;

struct settings_resync_options {
        int fd;                         /* UDP, from provost-settings-notify.socket; taken over. -1: nobody can be told */
        const char *device;             /* "tun-phones": nothing is sent before the descriptor is bound to it; NULL in tests */
        const char *store_path;
};

int settings_resync_new(struct service *service, const struct settings_resync_options *options,
                        struct settings_resync **ret_resync) PV_MUST_CHECK;
void settings_resync_free(struct settings_resync *resync);
/* io.provost.Settings.Resync: the link is answered when the phone has answered, or did not. */
void settings_resync_call(struct settings_resync *resync, sd_varlink *link, const char *mac, bool reboot);

#endif
