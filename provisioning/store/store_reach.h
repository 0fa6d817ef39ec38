#ifndef PROVOST_STORE_REACH_H
#define PROVOST_STORE_REACH_H

#include "provisioning/model/site.h"
#include "provisioning/store/store.h"

/* Rules: which networks and ports phones may reach through the tunnel. Without a rule: the appliance and nothing else. */

#define STORE_REACH_MAX 256

/* The numbers of a phone's rules, those of the site and of all its profiles, in order: a JSON array. */
int store_reach_of(struct store *store, const char *mac, sd_json_variant **ret_numbers) PV_MUST_CHECK;
/* Refuses a site whose tunnel networks a rule would cover: such a rule would let phones reach each other unchosen. */
int store_reach_check_site(struct store *store, struct store_request *request, const struct site *site) PV_MUST_CHECK;
/* A profile was removed: its rules go with it. */
int store_reach_forget_profile(struct store *store, const char *profile) PV_MUST_CHECK;

int store_op_list_reach(struct store *store, struct store_request *request);
int store_op_add_reach(struct store *store, struct store_request *request);
int store_op_remove_reach(struct store *store, struct store_request *request);

#endif
