#ifndef PROVOST_BOOTSTRAP_ADMIT_H
#define PROVOST_BOOTSTRAP_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"

/*
 * May this request have the documents of this phone? Two questions: what the
 * client proved (before anything is looked up), and what the phone may.
 */

/* What the edge says of the client; texts as they came, NULL when absent. */
struct bootstrap_evidence {
        const char *listener;           /* "lan" */
        const char *verify;             /* "SUCCESS", "NONE", "FAILED:reason" */
        const char *subject;            /* RFC 2253 */
        struct mac mac;                 /* whose documents are asked for */
};

enum bootstrap_proof_kind {
        BOOTSTRAP_PROOF_NONE,           /* no certificate was shown: only an open window helps */
        BOOTSTRAP_PROOF_INVALID,        /* one that does not verify: worth as little as none */
        BOOTSTRAP_PROOF_FACTORY,        /* the factory certificate of this very phone */
};

struct bootstrap_proof {
        enum bootstrap_proof_kind kind;
        char verdict[96];               /* of BOOTSTRAP_PROOF_INVALID: what the edge said, escaped */
};

struct bootstrap_phone {
        bool known;
        const char *state;              /* as in io.provost.Store */
        int64_t window_until;           /* 0: no window */
};

enum bootstrap_cause {
        BOOTSTRAP_CAUSE_FACTORY,        /* served */
        BOOTSTRAP_CAUSE_WINDOW,         /* served */
        BOOTSTRAP_CAUSE_LISTENER,
        BOOTSTRAP_CAUSE_VERDICT,
        BOOTSTRAP_CAUSE_SUBJECT,
        BOOTSTRAP_CAUSE_OTHER_PHONE,
        BOOTSTRAP_CAUSE_NO_CERTIFICATE,
        BOOTSTRAP_CAUSE_UNKNOWN,
        BOOTSTRAP_CAUSE_NOT_APPROVED,
        BOOTSTRAP_CAUSE_REVOKED,
};

/* status: 200, or 403 or 404 with the same words for all: a stranger learns nothing of a phone. reason: for the admin. */
struct bootstrap_decision {
        bool serve;
        unsigned status;
        enum bootstrap_cause cause;
        char reason[192];
};

/* serve false: refused whatever the phone's state is. Otherwise *ret_proof says what is proven. */
struct bootstrap_decision bootstrap_admit_proof(const struct bootstrap_evidence *evidence, struct bootstrap_proof *ret_proof);
/*
 * A window admits a phone whose certificate does not verify as it admits one that shows none: phones with the maker's
 * oldest roots (RSA 1024, SHA-1) always show theirs, and leaving it away would cost an attacker nothing.
 */
struct bootstrap_decision bootstrap_admit_phone(const struct bootstrap_proof *proof, const struct bootstrap_phone *phone,
                                                int64_t now_s);

#endif
