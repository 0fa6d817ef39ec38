#ifndef PROVOST_SESSION_SESSION_TUNNELS_H
#define PROVOST_SESSION_SESSION_TUNNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* The sessions of the OpenVPN process we are attached to, by its client ids (CID). A DISCONNECT may carry nothing else. */

#define SESSION_TUNNELS_MAX 8192

enum session_tunnel_state {
        SESSION_TUNNEL_WAITING,         /* the store is being asked */
        SESSION_TUNNEL_ADMITTED,        /* OpenVPN was told to take it */
        SESSION_TUNNEL_UP,
};

struct session_tunnel {
        uint64_t cid, kid;
        enum session_tunnel_state state;
        uint64_t ticket;                /* WAITING: for this answer of the store */
        bool is_leaving;                /* ADMITTED, but may no longer be: was asked to begin anew */
        unsigned sweeps;                /* what it waits for, an answer or its end, takes this long already */
        char common_name[65];
        char sha256[65];                /* "" only in a row that was not taken over yet */
        char peer[56];                  /* address:port outside */
        char version[32];
        char cipher[32];
        uint32_t address;
        uint32_t protocol;
        int64_t since_s;                /* wall clock, since it is up */
        uint64_t bytes_in, bytes_out;
};

struct session_tunnels {
        struct session_tunnel **items;  /* sorted by cid */
        size_t n_items, n_room;
};

void session_tunnels_done(struct session_tunnels *tunnels);
void session_tunnels_clear(struct session_tunnels *tunnels);
/* NULL when there is none. */
struct session_tunnel *session_tunnels_find(const struct session_tunnels *tunnels, uint64_t cid);
/* The one of this cid, zeroed but for the cid if it is new. PV_ETOOLARGE, PV_ENOMEM. */
int session_tunnels_add(struct session_tunnels *tunnels, uint64_t cid, struct session_tunnel **ret_tunnel) PV_MUST_CHECK;
void session_tunnels_remove(struct session_tunnels *tunnels, uint64_t cid);
/* The first of this name at or after *at; *at is then the place after it. NULL: no more. */
struct session_tunnel *session_tunnels_next(const struct session_tunnels *tunnels, const char *common_name, size_t *at);
/* One of this name is up. */
bool session_tunnels_is_up(const struct session_tunnels *tunnels, const char *common_name);

#endif
