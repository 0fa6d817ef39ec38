#ifndef PROVOST_PKI_METHODS_H
#define PROVOST_PKI_METHODS_H

#include "appliance/service/service.h"
#include "vpn/pki/pki_station.h"
#include "vpn/pki/pki_watch.h"

/* The userdata of all calls. */
struct pki_methods_data {
        struct pki_station *station;
        struct pki_watch *watch;
};

/* io.provost.Pki and who may call what. */
extern const struct service_method pki_methods[];
/* For struct service_spec. */
void pki_methods_disconnected(sd_varlink *link, void *userdata);

#endif
