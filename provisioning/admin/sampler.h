#ifndef PROVOST_ADMIN_SAMPLER_H
#define PROVOST_ADMIN_SAMPLER_H

#include "appliance/service/service.h"

/* Asks session every ten seconds what went through the tunnels, for traffic(). In the event loop; nobody waits for it. */
struct sampler;

/* path: of session's socket. */
int sampler_new(struct service *service, const char *path, struct sampler **ret_sampler) PV_MUST_CHECK;
void sampler_free(struct sampler *sampler);

#endif
