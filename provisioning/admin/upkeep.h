#ifndef PROVOST_ADMIN_UPKEEP_H
#define PROVOST_ADMIN_UPKEEP_H

#include "appliance/service/service.h"
#include "provisioning/admin/upkeep_policy.h"

/*
 * Looks after updates, data and backups in the event loop: now and then, so that the stations update and backup may rest in between, and all
 * the time while a page listens. Raises and clears the store's alarms of it.
 */
struct upkeep;

/* kind: "update" or "backup": a page reads it anew. */
typedef void (*upkeep_tell)(const char *kind, void *userdata);

/* run_dir: "/run/provost"; store: the caller's, who frees it before upkeep. */
int upkeep_new(struct service *service, const char *run_dir, struct service_peer *store, upkeep_tell tell, void *userdata, struct upkeep **ret_upkeep)
        PV_MUST_CHECK;
void upkeep_free(struct upkeep *upkeep);
/* How many pages listen. */
void upkeep_listen(struct upkeep *upkeep, unsigned n);
/* Looks soon, whenever the next look would have been. */
void upkeep_look(struct upkeep *upkeep);

/* What was seen last; from any thread. */
void upkeep_read(struct upkeep_state *ret_state);

#endif
