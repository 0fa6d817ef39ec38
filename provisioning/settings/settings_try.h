#ifndef PROVOST_SETTINGS_SETTINGS_TRY_H
#define PROVOST_SETTINGS_SETTINGS_TRY_H

#include "appliance/service/service.h"
#include "provisioning/settings/settings_resync.h"

/* io.provost.Settings.TryTunnel: asks a phone in its tunnel a few times, on the socket that phones are told by. */
#define SETTINGS_TRY_MAX 32             /* phones at once */

struct settings_try;

int settings_try_new(struct service *service, struct service_peer *store, struct settings_resync *resync, struct settings_try **ret_try) PV_MUST_CHECK;
/* Who still waits is not answered. */
void settings_try_free(struct settings_try *try);
/* The link is answered when the phone has answered all of it, or a second after the last request. */
void settings_try_call(struct settings_try *try, sd_varlink *link, const char *mac);

#endif
