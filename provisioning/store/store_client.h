#ifndef PROVOST_STORE_CLIENT_H
#define PROVOST_STORE_CLIENT_H

#include "appliance/base/error.h"
#include "appliance/service/service.h"
#include "provisioning/model/site.h"

/* What several stations ask of the store in the same way. The contract itself is io.provost.Store.varlink. */

/*
 * The site in an answer of GetSite, checked as a whole; its phone_ca is borrowed from the answer. An
 * incomplete site is no failure (ret_site->complete). Failure: PV_EMALFORMED or PV_EREFUSED with
 * *ret_problem filled.
 */
int store_client_site(sd_json_variant *answer, struct site *ret_site, struct site_problem *ret_problem) PV_MUST_CHECK;

/* One event of now for the timeline, as text says it. Nobody waits for it; a restart of the store is waited for. */
void store_client_event(struct service *service, struct service_peer *store, const char *station, const char *mac,
                        const char *word, const char *detail);

#endif
