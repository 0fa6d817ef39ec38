#ifndef PROVOST_MODEL_PHONE_H
#define PROVOST_MODEL_PHONE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The states of a phone. What is kept is trust and what happened; the state
 * shown is derived, so that the two can never disagree.
 */
enum phone_trust { PHONE_TRUST_SEEN, PHONE_TRUST_WAITING, PHONE_TRUST_APPROVED, PHONE_TRUST_REVOKED };

enum phone_state {
        PHONE_STATE_SEEN,               /* asked, unknown */
        PHONE_STATE_EXPECTED,           /* listed beforehand, has not asked yet */
        PHONE_STATE_WAITING,            /* the admin must decide */
        PHONE_STATE_APPROVED,           /* may enrol */
        PHONE_STATE_ENROLLED,           /* took its bundle */
        PHONE_STATE_CONNECTED,          /* tunnel up */
        PHONE_STATE_CURRENT,            /* tunnel up, and it fetched its newest settings in the tunnel */
        PHONE_STATE_REVOKED,
};

struct phone_facts {
        enum phone_trust trust;
        bool is_expected, has_asked;
        bool enrolled;
        bool tunnel_up;
        int64_t revision, revision_served;
};

enum phone_state phone_state_of(const struct phone_facts *facts);
/* "seen" ... "revoked", as in io.provost.Store. */
const char *phone_state_text(enum phone_state state);
/* Whether a phone in this state, given as text, has what an approval gives: source, bundle, settings. */
bool phone_state_is_trusted(const char *state);
/*
 * Whether a phone is told where its bootstrap is, by DHCP and PnP: an approved one, or one on a list (`expected`) that nobody
 * revoked. That is a URL and nothing more; what stands there is given to approved phones alone.
 */
bool phone_is_told_where(const char *state, bool is_expected);

#endif
