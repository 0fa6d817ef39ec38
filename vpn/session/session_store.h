#ifndef PROVOST_SESSION_SESSION_STORE_H
#define PROVOST_SESSION_SESSION_STORE_H

#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "provisioning/model/site.h"
#include "vpn/session/session_phones.h"

/* The store's answers in our own types. PV_EMALFORMED when they are not as its interface says. */

/* Of ListReach. A rule that cannot be read is left out: what it says is not reached. */
int session_store_read_reach(sd_json_variant *answer, struct session_reach_rules *ret_rules) PV_MUST_CHECK;
/* Of ListTunnels; the caller frees the list. Phones whose values are unfit are left out. rules: their numbers are of these. */
int session_store_read_phones(sd_json_variant *answer, const struct site *site, const struct session_reach_rules *rules,
                              struct session_phone **ret_items, size_t *ret_n_items) PV_MUST_CHECK;
/* Of GetSite. ret_site->phone_ca is left empty. */
int session_store_read_site(sd_json_variant *answer, struct site *ret_site) PV_MUST_CHECK;

#endif
