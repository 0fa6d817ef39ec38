#ifndef PROVOST_RESPONDER_PNP_POLICY_H
#define PROVOST_RESPONDER_PNP_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "provisioning/model/site.h"
#include "provisioning/responder/pnp_message.h"

/* Who is answered, and with which URL. A pure function: everything it knows stands in the message and in these facts. */

#define PNP_POLICY_GROUP 0xe000014bu    /* 224.0.1.75 */

struct pnp_policy_facts {
        const struct site *site;
        uint32_t from, to;              /* addresses of the datagram */
        bool is_from_itself;            /* the frame came from the very phone the message names */
        bool is_trusted;                /* a phone that is told where to go: approved, or expected */
        bool is_approved;
        const char *source;             /* the URL that may be named now, NULL: none */
        const char *plain_reason;       /* why not, when NULL or not trusted */
};

struct pnp_policy_answer {
        const char *url;                /* NULL: silence */
        const char *reason;             /* a phrase for the log and the timeline, static storage */
};

struct pnp_policy_answer pnp_policy_decide(const struct pnp_message *m, const struct pnp_policy_facts *facts);

#endif
