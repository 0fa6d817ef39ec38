#ifndef PROVOST_BOOTSTRAP_RENEWAL_H
#define PROVOST_BOOTSTRAP_RENEWAL_H

#include "appliance/base/error.h"
#include "appliance/service/service.h"

/*
 * The keeper: nothing lapses. It tells the store of pki's authorities and ends, and makes the next certificate of each phone that is
 * due: at the start, every hour, when the store's phones or site or pki's certificates change, and when the clock is set.
 */
struct renewal;

int renewal_new(struct service *service, struct service_peer *store, struct service_peer *pki, struct renewal **ret_renewal) PV_MUST_CHECK;
/* Nothing is begun any more; calls under way may still end. Before the peers are freed; renewal_free() after them. */
void renewal_stop(struct renewal *renewal);
void renewal_free(struct renewal *renewal);

#endif
