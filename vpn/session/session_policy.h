#ifndef PROVOST_SESSION_SESSION_POLICY_H
#define PROVOST_SESSION_SESSION_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/* Who may have a tunnel: a pure function of what was asked and what is known. */

/* What the store knows of the phone that the certificate names; NULL: no phone of that name. */
struct session_policy_phone {
        bool allowed;                   /* approved, certificate not revoked */
        const char *sha256;             /* of its present certificate */
        uint32_t address;
};

/* What the CID's own CONNECT said, for a REAUTH; NULL: not seen. sha256 "": not known (we attached later). */
struct session_policy_tunnel {
        const char *common_name, *sha256;
};

struct session_policy_request {
        bool is_again;                  /* REAUTH */
        const char *common_name, *sha256;
        uint32_t protocol;              /* IV_PROTO */
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
        SESSION_POLICY_REASON_CERTIFICATE,      /* ours, but not this phone's present one */
        SESSION_POLICY_REASON_ANOTHER,          /* another certificate speaks from a living session's address */
        SESSION_POLICY_REASON_NOT_READY,        /* the store could not be asked; not the phone's fault */
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
/* A sentence for the timeline. */
const char *session_policy_reason_text(enum session_policy_reason reason);
/* One word for logs and OpenVPN. */
const char *session_policy_reason_word(enum session_policy_reason reason);

#endif
