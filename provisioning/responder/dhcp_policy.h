#ifndef PROVOST_RESPONDER_DHCP_POLICY_H
#define PROVOST_RESPONDER_DHCP_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "provisioning/model/site.h"
#include "provisioning/responder/dhcp_lease.h"
#include "provisioning/responder/dhcp_message.h"

/*
 * What to do with one request. A pure function: everything it knows stands in
 * the request and in these facts.
 */

struct dhcp_policy_facts {
        const struct site *site;
        bool is_serving;                /* the site allows answers and the leases are known */
        bool is_trusted;                /* a phone that is told where to go: approved, or expected */
        bool is_approved;
        bool is_from_itself;            /* the frame came from the very client the message names */
        const char *source;             /* the URL that may be named now, NULL: none */
        const char *plain_reason;       /* why not, when NULL */
        uint32_t reserved;              /* its own address, 0 none */
        bool is_reserved_usable;        /* nobody else holds it now */
        uint32_t held;                  /* of its record, also when that ended; 0: there is no record of this client */
        bool is_held_live;              /* offered or bound, not ended */
        bool is_same_id;                /* the record was made with this client identifier */
        enum dhcp_lease_view wanted;    /* what the address the message asks for is to it (dhcp_policy_wanted) */
        uint32_t choice;                /* what it would be offered; 0: nothing left */
        bool is_choice_familiar;        /* it is its own, or nobody answered for it a moment ago */
};

enum dhcp_policy_action {
        DHCP_POLICY_SILENT,
        DHCP_POLICY_OFFER,
        DHCP_POLICY_OFFER_NOTHING,      /* "do not configure yourself" (RFC 2563) */
        DHCP_POLICY_PROBE,              /* ask by ARP for the address first, then decide anew */
        DHCP_POLICY_ACK,
        DHCP_POLICY_NAK,
        DHCP_POLICY_INFORM,
        DHCP_POLICY_RELEASE,
        DHCP_POLICY_DECLINE,
        DHCP_POLICY_OTHER_SERVER,       /* silent, and what we offered it is free again */
};

struct dhcp_policy_answer {
        enum dhcp_policy_action action;
        uint32_t address;               /* offered, acknowledged, released or declined */
        uint32_t lease_s;
        const char *source;             /* named in this answer, else NULL */
        const char *reason;             /* a phrase for the log and the timeline, static storage */
};

/* The address a message asks for: option 50, else ciaddr; 0 none. */
uint32_t dhcp_policy_wanted(const struct dhcp_message *m);
struct dhcp_policy_answer dhcp_policy_decide(const struct dhcp_message *m, const struct dhcp_policy_facts *facts);

/* Where an answer goes (RFC 2131 4.1). */
struct dhcp_policy_way {
        uint32_t address;
        uint16_t port;
        bool is_to_mac;                 /* straight to chaddr; otherwise by ARP, or broadcast */
};

struct dhcp_policy_way dhcp_policy_way(const struct dhcp_message *m, const struct dhcp_policy_answer *answer);

#endif
