#ifndef PROVOST_SERVICE_ERRAND_H
#define PROVOST_SERVICE_ERRAND_H

#include "appliance/service/service.h"

/*
 * A call that may be done twice without harm: when its connection breaks (the station called
 * restarts), it is sent again, until it is answered or the deadline is near. reply as in
 * service_peer_call(); NULL when nobody waits for the answer.
 */
void service_errand(struct service *service, struct service_peer *peer, const char *method, sd_json_variant *parameters,
                    uint64_t deadline_ms, service_reply reply, void *userdata);
/* No errand of this service is sent again: those that pause end now, those on their way with service_peer_free(). */
void service_errand_end_all(struct service *service);

#endif
