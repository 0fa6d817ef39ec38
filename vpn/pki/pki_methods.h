#ifndef PROVOST_PKI_METHODS_H
#define PROVOST_PKI_METHODS_H

#include "appliance/service/service.h"

/* io.provost.Pki and who may call what; userdata is the struct pki_station. */
extern const struct service_method pki_methods[];

#endif
