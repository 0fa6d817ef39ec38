#ifndef PROVOST_RESPONDER_ROGUE_POLICY_H
#define PROVOST_RESPONDER_ROGUE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/model/site.h"
#include "provisioning/responder/dhcp_message.h"

/*
 * Whether what another host said could lead a phone astray. A phone out of its box believes the first PnP answer, then
 * options 66, 67 and 43 of any DHCP server (snom.md 4, 5.1). Pure functions.
 */

enum rogue_kind {
        ROGUE_PLAIN,                    /* harmless: a DHCP server without a source, where somebody else is the server */
        ROGUE_OURS,                     /* harmless: a DHCP server that names our source, as `provostctl dhcp advise` says it */
        ROGUE_SOURCE,                   /* a DHCP answer that names a provisioning source which is not trusted */
        ROGUE_SERVER,                   /* a DHCP server on a LAN where the appliance is the one */
        ROGUE_PNP,                      /* a PnP answer */
        ROGUE_PNP_OURS,                 /* harmless: a PnP answer that names our source */
};

#define ROGUE_OFFER_SIZE 200
#define ROGUE_CIRCUIT_SIZE 65

typedef bool (*rogue_trusts)(const char *url, void *userdata);

struct rogue_facts {
        const struct site *site;
        uint32_t from;                  /* of the datagram */
        rogue_trusts trusts;            /* whether this whole URL is under a trusted source */
        void *userdata;
};

struct rogue_verdict {
        enum rogue_kind kind;
        uint32_t server;                /* as it names itself, else the datagram's source */
        uint32_t relay;                 /* that brought it here; 0 none */
        char circuit_id[ROGUE_CIRCUIT_SIZE];    /* of the relay or switch, as sighting_opaque() shows it; "" not said */
        char offered[ROGUE_OFFER_SIZE]; /* "66=http://192.0.2.9/ 67=x": what it tried to hand out, fit for a log; "" nothing */
};

/* m: what dhcp_message_parse_reply() read. */
struct rogue_verdict rogue_policy_dhcp(const struct dhcp_message *m, const struct rogue_facts *facts);
/* payload: a SIP message that was sent to our made-up phone. offered is its URL, when it has one. */
struct rogue_verdict rogue_policy_pnp(const void *payload, size_t size, const struct rogue_facts *facts);
/* "dhcp-plain" "dhcp-ours" "dhcp-source" "dhcp-server" "pnp" "pnp-ours": for people and interfaces. */
const char *rogue_kind_text(enum rogue_kind kind);
/* The store's kind of alarm about it: "rogue-dhcp" or "rogue-pnp". */
const char *rogue_kind_alarm(enum rogue_kind kind);
bool rogue_kind_is_harmless(enum rogue_kind kind);

#endif
