#ifndef PROVOST_SESSION_SESSION_POLICY_H
#define PROVOST_SESSION_SESSION_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "vpn/session/session_cipher.h"
#include "vpn/session/session_class.h"

/* Who may have a tunnel: a pure function of what was asked and what is known. */

/* What the store knows of the phone that the certificate names; NULL: no phone of that name. */
struct session_policy_phone {
        bool allowed;                   /* approved, certificate not revoked */
        const char *sha256;             /* of its present certificate */
        const char *next_sha256;        /* of the one that is to take its place, "" none: both are good */
        uint32_t address;
        enum session_class class;
        bool may_insecure;              /* its model is named for TLS 1.0 and BF-CBC */
        bool address_is_taken;          /* by a tunnel of another phone that has not ended yet */
};

/* What the CID's own CONNECT said, for a REAUTH; NULL: not seen. sha256 "": not known (we attached later). */
struct session_policy_tunnel {
        const char *common_name, *sha256;
};

/* Where a tunnel of the same name lives already. */
enum session_policy_other {
        SESSION_POLICY_OTHER_NONE,      /* nowhere, or nothing came of it lately */
        SESSION_POLICY_OTHER_HERE,      /* at the same address: it is replaced */
        SESSION_POLICY_OTHER_ELSEWHERE,
};

struct session_policy_request {
        bool is_again;                  /* REAUTH */
        enum session_class class;       /* of the process that asks */
        const char *common_name, *sha256;
        uint32_t protocol;              /* IV_PROTO */
        enum session_cipher cipher;
        bool is_old_tls;                /* its control channel is older than TLS 1.2 */
        bool is_legacy_off;             /* the site has no old phones' process */
        enum session_policy_other other;
};

enum session_policy_verdict {
        SESSION_POLICY_ADMIT,           /* client-auth with the address */
        SESSION_POLICY_KEEP,            /* client-auth-nt */
        SESSION_POLICY_DENY,
};

enum session_policy_reason {
        SESSION_POLICY_REASON_NONE,
        SESSION_POLICY_REASON_UNKNOWN,          /* no such phone */
        SESSION_POLICY_REASON_REVOKED,
        SESSION_POLICY_REASON_MODERN,           /* a modern phone at the old phones' process */
        SESSION_POLICY_REASON_LEGACY,           /* an old phone at the modern process */
        SESSION_POLICY_REASON_LEGACY_OFF,       /* an old phone where there is no process for it */
        SESSION_POLICY_REASON_CERTIFICATE,      /* ours, but not this phone's present or next one */
        SESSION_POLICY_REASON_CIPHER,           /* none in common */
        SESSION_POLICY_REASON_INSECURE_CIPHER,  /* BF-CBC, and its model is not named */
        SESSION_POLICY_REASON_INSECURE_TLS,     /* TLS 1.0 or 1.1, likewise */
        SESSION_POLICY_REASON_SECOND_PLACE,     /* its tunnel lives at another address */
        SESSION_POLICY_REASON_ANOTHER,          /* another certificate speaks from a living session's address */
        SESSION_POLICY_REASON_TAKEN,            /* its address has another phone's tunnel, which is ending */
        SESSION_POLICY_REASON_NOT_READY,        /* the store could not be asked; not the phone's fault */
        /* Told by OpenVPN's log alone: */
        SESSION_POLICY_REASON_FOREIGN,
        SESSION_POLICY_REASON_EXPIRED,
        SESSION_POLICY_REASON_NOT_YET,
        SESSION_POLICY_REASON_UNFIT,
        SESSION_POLICY_REASON_TLS_VERSION,
        SESSION_POLICY_REASON_KEY,
        SESSION_POLICY_REASONS,
};

struct session_policy_answer {
        enum session_policy_verdict verdict;
        enum session_policy_reason reason;
        uint32_t address;               /* ADMIT */
        /* DENY of a REAUTH: the session's own phone may no longer be. Not for REASON_ANOTHER: OpenVPN tells the newcomer
         * so and drops the old session by itself 5 s later; killed at once, it would leave the newcomer without any
         * answer for a minute (measured with 2.7.8). */
        bool kill_tunnel;
        bool temporary;                 /* DENY: the phone understands "try again later" */
        unsigned backoff_s;             /* then after so long */
};

/* store_reachable: false when the table may be old; a phone that is not in it is then put off instead of refused. */
struct session_policy_answer session_policy_decide(const struct session_policy_request *request,
                                                   const struct session_policy_phone *phone,
                                                   const struct session_policy_tunnel *tunnel, bool store_reachable);
/* Whether this is the phone's present or next certificate. */
bool session_policy_is_own(const struct session_policy_phone *phone, const char *sha256);
/* A sentence for the timeline. */
const char *session_policy_reason_text(enum session_policy_reason reason);
/* One word for logs and OpenVPN. */
const char *session_policy_reason_word(enum session_policy_reason reason);

#endif
