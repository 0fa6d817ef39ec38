#ifndef PROVOST_SESSION_SESSION_TUNNELS_H
#define PROVOST_SESSION_SESSION_TUNNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/session/session_cipher.h"
#include "vpn/session/session_class.h"
#include "vpn/session/session_reach.h"

/* The sessions of the OpenVPN processes we are attached to, by their client ids (CID). A DISCONNECT may carry nothing else. */

#define SESSION_TUNNELS_MAX 8192

enum session_tunnel_state {
        SESSION_TUNNEL_WAITING,         /* the store is being asked */
        SESSION_TUNNEL_ADMITTED,        /* OpenVPN was told to take it */
        SESSION_TUNNEL_UP,
};

struct session_tunnel {
        enum session_class class;       /* of the process, whose cid it is */
        uint64_t cid, kid;
        enum session_tunnel_state state;
        uint64_t ticket;                /* WAITING: for this answer of the store */
        bool waits_for_address;         /* WAITING: for the end of another phone's tunnel, whose address it has now */
        bool is_leaving;                /* ADMITTED, but may no longer be: was asked to begin anew */
        bool is_presumed;               /* sha256 is the phone's present one, for want of anybody who saw it */
        bool is_stale;                  /* its phone has other routes than it should: is asked to begin anew in turn */
        unsigned sweeps;                /* what it waits for, an answer or its end, takes this long already */
        char common_name[65];
        char sha256[65];                /* "" only in a row that was not taken over yet */
        char peer[56];                  /* address:port outside */
        char version[32];
        char cipher[SESSION_CIPHER_NAME_SIZE];
        char ciphers[129];              /* that its phone says it knows, cut if there are more */
        char transport[4];              /* "udp", "tcp"; "" not known yet */
        uint32_t address;
        uint32_t protocol;
        enum session_cipher cipher_kind;
        bool is_old_tls;                /* its control channel is older than TLS 1.2 */
        int64_t since_s;                /* wall clock, since it is up */
        uint64_t bytes_in, bytes_out;
        uint64_t heard_ms;              /* monotonic: when something came last */
        char second_peer[56];           /* somebody with its name called from here; "" nobody: told if this one goes on */
        bool has_second_base;
        uint64_t second_base;           /* bytes_in after that call */
        struct session_reach_routes routes;     /* that its phone was told */
};

struct session_tunnels {
        struct session_tunnel **items;  /* sorted by class and cid */
        size_t n_items, n_room;
};

void session_tunnels_done(struct session_tunnels *tunnels);
/* Forgets those of one process. */
void session_tunnels_clear(struct session_tunnels *tunnels, enum session_class class);
/* NULL when there is none. */
struct session_tunnel *session_tunnels_find(const struct session_tunnels *tunnels, enum session_class class, uint64_t cid);
/* The one at this outside address and port, NULL none. */
struct session_tunnel *session_tunnels_at(const struct session_tunnels *tunnels, enum session_class class, const char *peer);
/* The one of this cid, zeroed but for class and cid if it is new. PV_ETOOLARGE, PV_ENOMEM. */
int session_tunnels_add(struct session_tunnels *tunnels, enum session_class class, uint64_t cid,
                        struct session_tunnel **ret_tunnel) PV_MUST_CHECK;
void session_tunnels_remove(struct session_tunnels *tunnels, enum session_class class, uint64_t cid);
/* The first of this name at or after *at; *at is then the place after it. NULL: no more. */
struct session_tunnel *session_tunnels_next(const struct session_tunnels *tunnels, const char *common_name, size_t *at);
/* One of this name is up. */
bool session_tunnels_is_up(const struct session_tunnels *tunnels, const char *common_name);

#endif
