/*
 * session_tunnels: the table of sessions.
 *
 * In:   client ids of OpenVPN, which grow and begin anew with its process.
 * Out:  one record for each.
 * Not:  no decision, no memory of a former process.
 */
#include "vpn/session/session_tunnels.h"

#include <stdlib.h>
#include <string.h>

void session_tunnels_clear(struct session_tunnels *tunnels, enum session_class class)
{
        size_t n_kept = 0;

        for (size_t i = 0; i < tunnels->n_items; i++)
                if (tunnels->items[i]->class == class)
                        free(tunnels->items[i]);
                else
                        tunnels->items[n_kept++] = tunnels->items[i];
        tunnels->n_items = n_kept;
}

void session_tunnels_done(struct session_tunnels *tunnels)
{
        for (size_t i = 0; i < tunnels->n_items; i++)
                free(tunnels->items[i]);
        free(tunnels->items);
        *tunnels = (struct session_tunnels){0};
}

static bool is_before(const struct session_tunnel *tunnel, enum session_class class, uint64_t cid)
{
        return tunnel->class != class ? tunnel->class < class : tunnel->cid < cid;
}

/* Where this cid is or belongs. */
static size_t place_of(const struct session_tunnels *tunnels, enum session_class class, uint64_t cid)
{
        size_t low = 0, high = tunnels->n_items;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (is_before(tunnels->items[middle], class, cid))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool is_at(const struct session_tunnels *tunnels, size_t at, enum session_class class, uint64_t cid)
{
        return at < tunnels->n_items && tunnels->items[at]->class == class && tunnels->items[at]->cid == cid;
}

struct session_tunnel *session_tunnels_find(const struct session_tunnels *tunnels, enum session_class class, uint64_t cid)
{
        size_t at = place_of(tunnels, class, cid);

        return is_at(tunnels, at, class, cid) ? tunnels->items[at] : NULL;
}

struct session_tunnel *session_tunnels_at(const struct session_tunnels *tunnels, enum session_class class, const char *peer)
{
        for (size_t i = 0; *peer && i < tunnels->n_items; i++)
                if (tunnels->items[i]->class == class && !strcmp(tunnels->items[i]->peer, peer))
                        return tunnels->items[i];
        return NULL;
}

static int make_room(struct session_tunnels *tunnels)
{
        size_t n_room = tunnels->n_room ? tunnels->n_room * 2 : 64;
        struct session_tunnel **items;

        if (tunnels->n_items < tunnels->n_room)
                return 0;
        if (tunnels->n_items >= SESSION_TUNNELS_MAX)
                return PV_ETOOLARGE;
        items = reallocarray(tunnels->items, n_room, sizeof *items);
        if (!items)
                return PV_ENOMEM;
        tunnels->items = items;
        tunnels->n_room = n_room;
        return 0;
}

int session_tunnels_add(struct session_tunnels *tunnels, enum session_class class, uint64_t cid,
                        struct session_tunnel **ret_tunnel)
{
        struct session_tunnel *tunnel = session_tunnels_find(tunnels, class, cid);
        size_t at;
        int result;

        if (tunnel) {
                *ret_tunnel = tunnel;
                return 0;
        }
        result = make_room(tunnels);
        if (result < 0)
                return result;
        tunnel = calloc(1, sizeof *tunnel);
        if (!tunnel)
                return PV_ENOMEM;
        tunnel->class = class;
        tunnel->cid = cid;
        at = place_of(tunnels, class, cid);
        memmove(tunnels->items + at + 1, tunnels->items + at, (tunnels->n_items - at) * sizeof *tunnels->items);
        tunnels->items[at] = tunnel;
        tunnels->n_items++;
        *ret_tunnel = tunnel;
        return 0;
}

void session_tunnels_remove(struct session_tunnels *tunnels, enum session_class class, uint64_t cid)
{
        size_t at = place_of(tunnels, class, cid);

        if (!is_at(tunnels, at, class, cid))
                return;
        free(tunnels->items[at]);
        tunnels->n_items--;
        memmove(tunnels->items + at, tunnels->items + at + 1, (tunnels->n_items - at) * sizeof *tunnels->items);
}

struct session_tunnel *session_tunnels_next(const struct session_tunnels *tunnels, const char *common_name, size_t *at)
{
        while (*at < tunnels->n_items) {
                struct session_tunnel *tunnel = tunnels->items[(*at)++];

                if (!strcmp(tunnel->common_name, common_name))
                        return tunnel;
        }
        return NULL;
}

bool session_tunnels_is_up(const struct session_tunnels *tunnels, const char *common_name)
{
        const struct session_tunnel *tunnel;
        size_t at = 0;

        while ((tunnel = session_tunnels_next(tunnels, common_name, &at)))
                if (tunnel->state == SESSION_TUNNEL_UP)
                        return true;
        return false;
}
