#ifndef PROVOST_STORE_RENEWAL_H
#define PROVOST_STORE_RENEWAL_H

#include "provisioning/store/store.h"

/*
 * The certificate that is to take a phone's present one's place. Both are good
 * until a tunnel with the next one is up; then the next one is the present one.
 */

/* The time that dues and warnings are counted with: the clock, but never before pki's floor. */
int store_renewal_now(struct store *store, int64_t *ret_now_s) PV_MUST_CHECK;

/* Keeps what SetEnrolment brought as the phone's next certificate, in place of one that was there; its settings are new then. */
int store_renewal_keep(struct store *store, struct store_request *request, const char *mac) PV_MUST_CHECK;
/* Whether this is the serial of the phone's next certificate, and what GetEnrolment tells of it: PV_EUNSET when there is none. */
struct store_renewal {
        char *certificate, *private_key, serial[44];
        int64_t not_after;
};
int store_renewal_load(struct store *store, const char *mac, struct store_renewal *ret_renewal) PV_MUST_CHECK;
void store_renewal_done(struct store_renewal *renewal);
/* The phone took the bundle of this certificate, there ("lan", "tunnel"). PV_EUNSET when it is not that of its next one. */
int store_renewal_fetched(struct store *store, const char *mac, const char *serial, const char *where) PV_MUST_CHECK;

/*
 * session reports a tunnel that was opened with this certificate: if it is the next one, it becomes the present one and the former is
 * refused from now on. Call it before the tunnel is marked up; harmless for any other digest and for NULL.
 */
int store_renewal_promote(struct store *store, const char *mac, const char *sha256, bool *ret_promoted) PV_MUST_CHECK;

/* What GetDocument tells of the roots: a text to free(), or NULL while a phone has them from stage 1. */
int store_renewal_authorities(struct store *store, const char *mac, char **ret_roots) PV_MUST_CHECK;

int store_op_list_renewals(struct store *store, struct store_request *request);
int store_op_count_generations(struct store *store, struct store_request *request);
int store_op_set_authorities(struct store *store, struct store_request *request);

#endif
