#ifndef PROVOST_STORE_METHODS_H
#define PROVOST_STORE_METHODS_H

#include "appliance/service/service.h"

/* Every method of io.provost.Store with those who may call it; for a service whose userdata is a struct store_server. */
extern const struct service_method store_methods[];

#endif
