#ifndef PROVOST_ADMIN_ADMIN_SETUP_H
#define PROVOST_ADMIN_ADMIN_SETUP_H

#include "appliance/service/service.h"
#include "provisioning/admin/door.h"

/*
 * The console's side: whether an owner is missing, the setup code of the moment, where the page is and what its certificate's fingerprint is; told to
 * whoever watches (io.provost.Admin) whenever one of them changes. In the loop's thread.
 */
struct admin_setup;

int admin_setup_new(struct service *service, const char *run_dir, struct service_peer *store, struct door *door, struct admin_setup **ret_setup) PV_MUST_CHECK;
void admin_setup_free(struct admin_setup *setup);
/* Asks store, box and pki anew. */
void admin_setup_refresh(struct admin_setup *setup);
/* A worker may have changed something at the door. */
void admin_setup_look(struct admin_setup *setup);

/* What GetSetup answers; owned by the caller. PV_EBUSY while nothing is known. */
int admin_setup_answer(struct admin_setup *setup, sd_json_variant **ret_answer) PV_MUST_CHECK;
/* link hears of every change until it goes away. PV_EBUSY: too many watch. */
int admin_setup_watch(struct admin_setup *setup, sd_varlink *link) PV_MUST_CHECK;
void admin_setup_forget(struct admin_setup *setup, sd_varlink *link);
/* ResetUser; answers the call now or later. Returns what a handler returns. */
int admin_setup_reset(struct admin_setup *setup, sd_varlink *link, const char *name);

#endif
