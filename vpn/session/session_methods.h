#ifndef PROVOST_SESSION_SESSION_METHODS_H
#define PROVOST_SESSION_SESSION_METHODS_H

#include "appliance/service/service.h"
#include "vpn/session/session_waiters.h"

/* io.provost.Session; userdata is the struct session_station. */
extern const struct service_method session_methods[];
/* Of session_waiters. */
bool session_methods_answer(const struct session_waiter *waiter, bool is_late, void *userdata);
/* A caller went away. */
void session_methods_disconnected(sd_varlink *link, void *userdata);

#endif
