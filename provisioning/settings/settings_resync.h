#ifndef PROVOST_SETTINGS_SETTINGS_RESYNC_H
#define PROVOST_SETTINGS_SETTINGS_RESYNC_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "appliance/service/service.h"
#include "provisioning/sip/sip_answer.h"

/*
 * Tells phones to fetch their settings: those the store names (kind "settings" of its stream, when the site's value
 * `notify` is on), and those a person names. Everything that goes out goes into the tunnel.
 */
struct settings_resync;

struct settings_resync_options {
        int fd;                         /* UDP, from provost-settings-notify.socket; taken over. -1: nobody can be told */
        const char *device;             /* "tun-phones": nothing goes out and nothing is taken but through it; NULL in tests */
        const char *store_path;
};

int settings_resync_new(struct service *service, const struct settings_resync_options *options,
                        struct settings_resync **ret_resync) PV_MUST_CHECK;
void settings_resync_free(struct settings_resync *resync);
/* io.provost.Settings.Resync: the link is answered when the phone has answered, or did not. */
void settings_resync_call(struct settings_resync *resync, sd_varlink *link, const char *mac, bool reboot);

/* The socket, for others of the station. PV_ESYSTEM: there is none, or no tunnel yet; what the kernel does not take is lost. */
int settings_resync_send(struct settings_resync *resync, uint32_t address, uint16_t port, const void *bytes, size_t size) PV_MUST_CHECK;
/* Who hears of answers to other requests than NOTIFY; NULL nobody. */
typedef void (*settings_resync_other)(const struct sip_answer *answer, uint32_t from, void *userdata);
void settings_resync_set_other(struct settings_resync *resync, settings_resync_other other, void *userdata);
/* Our address in the tunnel, host order; 0 while the site is not known. */
uint32_t settings_resync_gateway(const struct settings_resync *resync);

#endif
