#ifndef PROVOST_RESPONDER_DHCP_LEASE_H
#define PROVOST_RESPONDER_DHCP_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * Who has which address, in memory. Times are monotonic milliseconds given by
 * the caller. A lease that ended stays on record for its holder until the
 * address is needed: the same client gets the same address again.
 */

#define DHCP_LEASE_CLIENT_ID_MAX 136    /* type, IAID and the longest DUID (RFC 4361 6.1) */
#define DHCP_LEASE_HOSTNAME_SIZE 64

enum dhcp_lease_state {
        DHCP_LEASE_STATE_OFFERED,
        DHCP_LEASE_STATE_BOUND,
        DHCP_LEASE_STATE_RELEASED,
        DHCP_LEASE_STATE_DECLINED,      /* its holder said that somebody else uses it; nobody was found */
        DHCP_LEASE_STATE_CONFLICT,      /* somebody else was found using it */
};

/* Who asks. is_trusted: an approved phone, known by its MAC alone, whatever client identifier it sends. */
struct dhcp_client {
        struct mac mac;
        uint8_t id[DHCP_LEASE_CLIENT_ID_MAX];
        size_t id_size;
        bool is_trusted;
        uint32_t reserved;              /* its own address, 0 none */
};

struct dhcp_lease {
        uint32_t address;
        enum dhcp_lease_state state;
        struct mac mac;
        uint8_t id[DHCP_LEASE_CLIENT_ID_MAX];
        uint8_t id_size;
        char hostname[DHCP_LEASE_HOSTNAME_SIZE];
        bool is_trusted;
        uint64_t ends_ms;
        uint64_t durable_ends_ms;       /* as far as the store knows it; 0 not at all */
        uint64_t probed_ms;             /* when last nobody answered for it; 0 never */
};

struct dhcp_lease_pool {
        uint32_t first, last;           /* inclusive; 0, 0: none */
        uint32_t excluded[16];          /* ours, the router, name servers, ... */
        size_t n_excluded;
        uint32_t network, mask;
        size_t n_trusted;               /* phones for whom addresses are kept back */
        /* Whether this address is reserved for a phone other than mac. */
        bool (*is_reserved)(uint32_t address, const struct mac *mac, void *userdata);
        void *userdata;
};

/* What an address is to a client. */
enum dhcp_lease_view {
        DHCP_LEASE_VIEW_MINE,           /* held, offered, reserved or last held by it, and nobody else's now */
        DHCP_LEASE_VIEW_FREE,           /* it could be given it */
        DHCP_LEASE_VIEW_TAKEN,          /* another client's, or kept back from it */
        DHCP_LEASE_VIEW_QUARANTINED,
        DHCP_LEASE_VIEW_OUTSIDE,        /* not one that we give */
};

struct dhcp_lease_table;

/* capacity: addresses remembered at most; nothing grows beyond it. */
int dhcp_lease_table_new(size_t capacity, struct dhcp_lease_table **ret_table) PV_MUST_CHECK;
void dhcp_lease_table_free(struct dhcp_lease_table *t);
/* The pool from now on. Leases outside it stay on record. */
void dhcp_lease_table_set_pool(struct dhcp_lease_table *t, const struct dhcp_lease_pool *pool);

/* The record of this client that lives longest, or NULL. Valid until the next change of the table. */
const struct dhcp_lease *dhcp_lease_find(const struct dhcp_lease_table *t, const struct dhcp_client *client);
const struct dhcp_lease *dhcp_lease_at(const struct dhcp_lease_table *t, uint32_t address);
enum dhcp_lease_view dhcp_lease_view(const struct dhcp_lease_table *t, uint32_t address, const struct dhcp_client *client,
                                     uint64_t now_ms);
/*
 * The address this client should be offered: reserved, held, last held, wished for, then one never used, then
 * the one unused for longest. 0: none left for it. Changes nothing.
 */
uint32_t dhcp_lease_choose(const struct dhcp_lease_table *t, const struct dhcp_client *client, uint32_t wished,
                           uint64_t now_ms);

/* Sets the record of an address; other records of the client that are only offers end. PV_ETOOLARGE when the table is full. */
int dhcp_lease_set(struct dhcp_lease_table *t, uint32_t address, enum dhcp_lease_state state,
                   const struct dhcp_client *client, const char *hostname, uint64_t ends_ms, uint64_t now_ms) PV_MUST_CHECK;
/* A record as the store had it. */
int dhcp_lease_restore(struct dhcp_lease_table *t, const struct dhcp_lease *lease) PV_MUST_CHECK;
/* The store has it until then; it counts as the end as well. */
void dhcp_lease_mark_durable(struct dhcp_lease_table *t, uint32_t address, uint64_t ends_ms);
/* Back to what the store has, when a change could not be made durable. */
void dhcp_lease_undo(struct dhcp_lease_table *t, uint32_t address, uint64_t now_ms);
void dhcp_lease_mark_probed(struct dhcp_lease_table *t, uint32_t address, uint64_t now_ms);

size_t dhcp_lease_count_bound(const struct dhcp_lease_table *t, uint64_t now_ms);
const char *dhcp_lease_state_text(enum dhcp_lease_state state);
/* PV_EMALFORMED for any other word. An offer is never stored. */
int dhcp_lease_state_parse(const char *text, enum dhcp_lease_state *ret_state) PV_MUST_CHECK;

#endif
