#ifndef PROVOST_BOX_NAMES_H
#define PROVOST_BOX_NAMES_H

#include <systemd/sd-event.h>

#include "appliance/base/error.h"
#include "appliance/base/writer.h"

#define NAMES_SERVERS_MAX 3             /* as many as the C library reads */

/* The lines of resolv.conf for the name servers that networkd's state file lists; "" when there are none. */
void names_text(struct writer *w, const char *networkd_state);

struct names;

/* Keeps /run/provost/clock/resolv.conf as networkd's state says: the uplink's DHCP server names the name servers. */
int names_new(sd_event *event, struct names **ret_names) PV_MUST_CHECK;
void names_free(struct names *names);

#endif
