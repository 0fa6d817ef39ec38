#ifndef PROVOST_PKI_WATCH_H
#define PROVOST_PKI_WATCH_H

#include <stddef.h>
#include <systemd/sd-varlink.h>

#include "vpn/pki/pki_station.h"

#define PKI_WATCH_MAX 12

/* Who is told when authorities or server certificates change, and the hourly look for what is due. */
struct pki_watch {
        struct pki_station *station;
        sd_varlink *links[PKI_WATCH_MAX];
        size_t n_links;
        int64_t serial;                 /* of the last message */
        sd_event_source *timer;
};

/* The station tells the watch from now on. event: for the hourly look; borrowed. */
int pki_watch_open(struct pki_watch *watch, struct pki_station *station, sd_event *event) PV_MUST_CHECK;
void pki_watch_close(struct pki_watch *watch);
/* The handler of io.provost.Pki.Watch. */
int pki_watch_serve(struct pki_watch *watch, sd_varlink *link, sd_varlink_method_flags_t flags);
void pki_watch_disconnected(struct pki_watch *watch, sd_varlink *link);

#endif
