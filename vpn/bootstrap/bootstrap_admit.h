#ifndef PROVOST_BOOTSTRAP_ADMIT_H
#define PROVOST_BOOTSTRAP_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"

/*
 * May this request have the documents of this phone? Two questions: what the
 * client proved (before anything is looked up), and what the phone may.
 */

/* Where the edge heard it. In the tunnel a phone is who its address says it is. */
enum bootstrap_listener { BOOTSTRAP_LISTENER_UNKNOWN, BOOTSTRAP_LISTENER_LAN, BOOTSTRAP_LISTENER_LEGACY, BOOTSTRAP_LISTENER_TUNNEL };

/* "lan" "lan-legacy" "tunnel"; NULL is unknown. */
enum bootstrap_listener bootstrap_listener_of(const char *text);

/* What the edge says of the client; texts as they came, NULL when absent. */
struct bootstrap_evidence {
        const char *listener;
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
        bool is_legacy;                 /* its vpn_class */
        const char *tunnel_address;     /* NULL: none */
};

enum bootstrap_cause {
        BOOTSTRAP_CAUSE_FACTORY,        /* served */
        BOOTSTRAP_CAUSE_WINDOW,         /* served */
        BOOTSTRAP_CAUSE_TUNNEL,         /* served */
        BOOTSTRAP_CAUSE_LISTENER,
        BOOTSTRAP_CAUSE_VERDICT,
        BOOTSTRAP_CAUSE_SUBJECT,
        BOOTSTRAP_CAUSE_OTHER_PHONE,
        BOOTSTRAP_CAUSE_NO_CERTIFICATE,
        BOOTSTRAP_CAUSE_UNKNOWN,
        BOOTSTRAP_CAUSE_NOT_APPROVED,
        BOOTSTRAP_CAUSE_REVOKED,
        BOOTSTRAP_CAUSE_CLASS,          /* the old phones' listener, and it is none; or it is one, and the site has them off */
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

/*
 * On the old phones' listener a certificate proves little: chains of RSA 1024 and SHA-1 are taken there, so it counts for phones of
 * that class alone. proof: as bootstrap_admit_proof() left it; it is worth nothing afterwards when this says so.
 */
bool bootstrap_proof_is_weak(enum bootstrap_listener listener, const struct bootstrap_phone *phone);

/* In the tunnel: only the phone whose address it is, and its own bundle. address: who asks, as text. */
struct bootstrap_decision bootstrap_admit_tunnel(const struct bootstrap_phone *phone, const char *address);

/*
 * Which certificate's bundle is meant. asked: the serial in the URL, NULL: the one stage 1 is to name. With its factory certificate a
 * phone gets the newest, whatever serial it still asks for: its way back after years.
 */
enum bootstrap_pick { BOOTSTRAP_PICK_NONE, BOOTSTRAP_PICK_PRESENT, BOOTSTRAP_PICK_NEXT };
enum bootstrap_pick bootstrap_pick(enum bootstrap_cause cause, const char *asked, const char *present, const char *next);

/* Whether a refusal looks like somebody who has seen this bundle's URL and proves nothing, after the phone took it. */
bool bootstrap_is_replay(const struct bootstrap_proof *proof, const struct bootstrap_phone *phone);

#endif
