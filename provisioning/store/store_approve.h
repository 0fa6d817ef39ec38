#ifndef PROVOST_STORE_APPROVE_H
#define PROVOST_STORE_APPROVE_H

#include "provisioning/model/site.h"
#include "provisioning/store/store.h"

/* Approval: the right to DHCP answers with a source, a tunnel address for life, secrets. */

/* All of it, for one phone. */
int store_approve(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;

/* Many in one transaction: what is the same for all is looked up once. Starts with site and revision set. */
struct store_approval {
        const struct site *site;
        int64_t revision;               /* that all of them get */
        int64_t next[2];                /* no address below is free; 0: not looked up yet. Of either class of VPN. */
        bool has_default;               /* the profile every phone starts with is there */
};
/* All but the secrets, the timeline (store_approve_finish) and the subscribers (store_change). */
int store_approve_row(struct store *store, struct store_request *request, struct store_approval *approval, const char *mac) PV_MUST_CHECK;
/* The rest for one that was just approved. */
int store_approve_finish(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* An approved phone is of the other class of VPN now: another network, and a certificate of another authority. */
int store_approve_anew(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* The address of a phone that is about to be deleted is nobody's for a while. */
int store_approve_rest(struct store *store, const char *mac) PV_MUST_CHECK;
/* The same, and the phone has none any more: of another class it gets one of that network when it is approved. */
int store_approve_yield(struct store *store, const char *mac) PV_MUST_CHECK;

int store_op_approve_phone(struct store *store, struct store_request *request);
int store_op_approve_phones(struct store *store, struct store_request *request);

#endif
