/*
 * dhcp_lease: the table of addresses and their holders.
 *
 * In:   clients, addresses, times; what the store remembers.
 * Out:  which address a client has or may get.
 * Not:  no protocol, no clock of its own, no disk (the store makes it durable).
 */
#include "provisioning/responder/dhcp_lease.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

enum { UNDO_HOLD_MS = 10000 };

struct slot {
        struct dhcp_lease lease;        /* address 0: never used */
        struct slot *next_address, *next_mac;
};

struct dhcp_lease_table {
        size_t capacity, n_used, n_buckets;
        struct slot *slots;
        struct slot **by_address, **by_mac;
        struct dhcp_lease_pool pool;
};

static size_t mix(uint64_t key, size_t n_buckets)
{
        return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (n_buckets - 1);
}

static size_t bucket_of_mac(const struct dhcp_lease_table *t, const struct mac *mac)
{
        uint64_t key = 0;

        for (size_t i = 0; i < MAC_SIZE; i++)
                key = key << 8 | mac->bytes[i];
        return mix(key, t->n_buckets);
}

int dhcp_lease_table_new(size_t capacity, struct dhcp_lease_table **ret_table)
{
        struct dhcp_lease_table *t = calloc(1, sizeof *t);

        if (!t)
                return PV_ENOMEM;
        t->capacity = capacity;
        for (t->n_buckets = 16; t->n_buckets < capacity; t->n_buckets *= 2)
                ;
        t->slots = calloc(capacity, sizeof *t->slots);
        t->by_address = calloc(t->n_buckets, sizeof *t->by_address);
        t->by_mac = calloc(t->n_buckets, sizeof *t->by_mac);
        if (!t->slots || !t->by_address || !t->by_mac) {
                dhcp_lease_table_free(t);
                return PV_ENOMEM;
        }
        *ret_table = t;
        return 0;
}

void dhcp_lease_table_free(struct dhcp_lease_table *t)
{
        if (!t)
                return;
        free(t->slots);
        free(t->by_address);
        free(t->by_mac);
        free(t);
}

void dhcp_lease_table_set_pool(struct dhcp_lease_table *t, const struct dhcp_lease_pool *pool)
{
        t->pool = *pool;
}

/* --- looking --- */

static struct slot *slot_at(const struct dhcp_lease_table *t, uint32_t address)
{
        for (struct slot *s = t->by_address[mix(address, t->n_buckets)]; s; s = s->next_address)
                if (s->lease.address == address)
                        return s;
        return NULL;
}

const struct dhcp_lease *dhcp_lease_at(const struct dhcp_lease_table *t, uint32_t address)
{
        const struct slot *s = slot_at(t, address);

        return s ? &s->lease : NULL;
}

static bool is_holder(const struct dhcp_lease *lease, const struct dhcp_client *client)
{
        if (!mac_equal(&lease->mac, &client->mac))
                return false;
        return client->is_trusted || (lease->id_size == client->id_size && !memcmp(lease->id, client->id, client->id_size));
}

static bool is_in_use(const struct dhcp_lease *lease, uint64_t now_ms)
{
        return (lease->state == DHCP_LEASE_STATE_BOUND || lease->state == DHCP_LEASE_STATE_OFFERED) && lease->ends_ms > now_ms;
}

static bool is_quarantined(const struct dhcp_lease *lease, uint64_t now_ms)
{
        return (lease->state == DHCP_LEASE_STATE_DECLINED || lease->state == DHCP_LEASE_STATE_CONFLICT) &&
               lease->ends_ms > now_ms;
}

/* What was bound says more than what was offered, a conflict says nothing about the client. */
static unsigned weight(const struct dhcp_lease *lease)
{
        switch (lease->state) {
        case DHCP_LEASE_STATE_BOUND:
                return 3;
        case DHCP_LEASE_STATE_RELEASED:
                return 2;
        case DHCP_LEASE_STATE_OFFERED:
                return 2;
        case DHCP_LEASE_STATE_DECLINED:
                return 1;
        case DHCP_LEASE_STATE_CONFLICT:
                return 0;
        }
        return 0;
}

const struct dhcp_lease *dhcp_lease_find(const struct dhcp_lease_table *t, const struct dhcp_client *client)
{
        const struct dhcp_lease *best = NULL;

        for (struct slot *s = t->by_mac[bucket_of_mac(t, &client->mac)]; s; s = s->next_mac) {
                const struct dhcp_lease *l = &s->lease;
                if (!is_holder(l, client) || weight(l) == 0)
                        continue;
                if (!best || weight(l) > weight(best) || (weight(l) == weight(best) && l->ends_ms > best->ends_ms))
                        best = l;
        }
        return best;
}

static bool is_in_pool(const struct dhcp_lease_table *t, uint32_t address)
{
        const struct dhcp_lease_pool *p = &t->pool;

        return p->first != 0 && address >= p->first && address <= p->last;
}

static bool is_excluded(const struct dhcp_lease_table *t, uint32_t address)
{
        const struct dhcp_lease_pool *p = &t->pool;

        if ((address & p->mask) != p->network || (address & ~p->mask) == 0 || (address | p->mask) == UINT32_MAX)
                return true;
        for (size_t i = 0; i < p->n_excluded; i++)
                if (p->excluded[i] == address)
                        return true;
        return false;
}

static bool is_reserved_for_other(const struct dhcp_lease_table *t, uint32_t address, const struct mac *mac)
{
        return t->pool.is_reserved && t->pool.is_reserved(address, mac, t->pool.userdata);
}

/* A quarter of the pool, or more when there are more phones (at most half), is not for strangers. */
static bool may_have_another(const struct dhcp_lease_table *t, const struct dhcp_client *client, uint64_t now_ms)
{
        if (client->is_trusted || !t->pool.first)
                return true;

        size_t size = (size_t)(t->pool.last - t->pool.first) + 1, used = 0;
        size_t kept = t->pool.n_trusted < size / 2 ? t->pool.n_trusted : size / 2;
        if (kept < size / 4)
                kept = size / 4;
        for (size_t i = 0; i < t->n_used; i++) {
                const struct dhcp_lease *l = &t->slots[i].lease;
                used += !l->is_trusted && is_in_pool(t, l->address) &&
                        (is_in_use(l, now_ms) || is_quarantined(l, now_ms));
        }
        return used < size - kept;
}

/* Without the question of shares. */
static enum dhcp_lease_view view_alone(const struct dhcp_lease_table *t, uint32_t address,
                                       const struct dhcp_client *client, uint64_t now_ms)
{
        const struct dhcp_lease *l = dhcp_lease_at(t, address);
        bool is_own = client->reserved == address;

        if (address == 0 || is_excluded(t, address))
                return DHCP_LEASE_VIEW_OUTSIDE;
        if (!is_own && is_reserved_for_other(t, address, &client->mac))
                return DHCP_LEASE_VIEW_TAKEN;
        if (l && is_quarantined(l, now_ms)) {
                /* Only its own word is against it: when it wants it back, it may have it. */
                bool may_return = l->state == DHCP_LEASE_STATE_DECLINED && is_holder(l, client);
                return may_return ? DHCP_LEASE_VIEW_MINE : DHCP_LEASE_VIEW_QUARANTINED;
        }
        if (l && is_in_use(l, now_ms) && !is_holder(l, client))
                return DHCP_LEASE_VIEW_TAKEN;
        if (is_own)
                return DHCP_LEASE_VIEW_MINE;
        if (!is_in_pool(t, address))
                return DHCP_LEASE_VIEW_OUTSIDE;
        return l && is_holder(l, client) && weight(l) > 0 ? DHCP_LEASE_VIEW_MINE : DHCP_LEASE_VIEW_FREE;
}

enum dhcp_lease_view dhcp_lease_view(const struct dhcp_lease_table *t, uint32_t address, const struct dhcp_client *client,
                                     uint64_t now_ms)
{
        enum dhcp_lease_view view = view_alone(t, address, client, now_ms);
        const struct dhcp_lease *l = dhcp_lease_at(t, address);
        bool is_held = view == DHCP_LEASE_VIEW_MINE && l && is_in_use(l, now_ms);

        if ((view == DHCP_LEASE_VIEW_FREE || view == DHCP_LEASE_VIEW_MINE) && !is_held && !may_have_another(t, client, now_ms))
                return DHCP_LEASE_VIEW_TAKEN;
        return view;
}

/* --- choosing --- */

static bool is_offerable(const struct dhcp_lease_table *t, uint32_t address, const struct dhcp_client *client,
                         uint64_t now_ms)
{
        const struct dhcp_lease *l = dhcp_lease_at(t, address);
        enum dhcp_lease_view view = view_alone(t, address, client, now_ms);

        if (l && is_quarantined(l, now_ms))
                return false;
        return view == DHCP_LEASE_VIEW_MINE || view == DHCP_LEASE_VIEW_FREE;
}

static uint32_t never_used(const struct dhcp_lease_table *t, const struct dhcp_client *client, uint64_t now_ms)
{
        if (t->n_used == t->capacity || !t->pool.first)
                return 0;
        /* Spread by MAC: what a client gets does not depend on who came before it. */
        uint32_t size = t->pool.last - t->pool.first + 1;
        uint32_t start = (uint32_t)(bucket_of_mac(t, &client->mac) % size);
        for (uint32_t i = 0; i < size; i++) {
                uint32_t address = t->pool.first + (start + i) % size;
                if (!slot_at(t, address) && is_offerable(t, address, client, now_ms))
                        return address;
        }
        return 0;
}

/* The one unused for longest; those of phones only when nothing else is left. */
static uint32_t longest_unused(const struct dhcp_lease_table *t, const struct dhcp_client *client, uint64_t now_ms)
{
        const struct dhcp_lease *best = NULL;

        for (size_t i = 0; i < t->n_used; i++) {
                const struct dhcp_lease *l = &t->slots[i].lease;
                if (!is_offerable(t, l->address, client, now_ms))
                        continue;
                if (!best || l->is_trusted < best->is_trusted ||
                    (l->is_trusted == best->is_trusted && l->ends_ms < best->ends_ms))
                        best = l;
        }
        return best ? best->address : 0;
}

uint32_t dhcp_lease_choose(const struct dhcp_lease_table *t, const struct dhcp_client *client, uint32_t wished,
                           uint64_t now_ms)
{
        const struct dhcp_lease *own = dhcp_lease_find(t, client);

        if (client->reserved && is_offerable(t, client->reserved, client, now_ms))
                return client->reserved;
        if (own && is_offerable(t, own->address, client, now_ms) &&
            (is_in_use(own, now_ms) || may_have_another(t, client, now_ms)))
                return own->address;
        if (!may_have_another(t, client, now_ms))
                return 0;
        if (wished && is_offerable(t, wished, client, now_ms))
                return wished;
        uint32_t address = never_used(t, client, now_ms);
        return address ? address : longest_unused(t, client, now_ms);
}

/* --- changing --- */

static void unlink_mac(struct dhcp_lease_table *t, struct slot *s)
{
        struct slot **p = &t->by_mac[bucket_of_mac(t, &s->lease.mac)];

        while (*p && *p != s)
                p = &(*p)->next_mac;
        if (*p)
                *p = s->next_mac;
}

static void link_mac(struct dhcp_lease_table *t, struct slot *s)
{
        struct slot **p = &t->by_mac[bucket_of_mac(t, &s->lease.mac)];

        s->next_mac = *p;
        *p = s;
}

static struct slot *slot_for(struct dhcp_lease_table *t, uint32_t address)
{
        struct slot *s = slot_at(t, address);

        if (s || t->n_used == t->capacity)
                return s;
        s = &t->slots[t->n_used++];
        s->lease.address = address;
        struct slot **p = &t->by_address[mix(address, t->n_buckets)];
        s->next_address = *p;
        *p = s;
        link_mac(t, s);
        return s;
}

static void end_other_offers(struct dhcp_lease_table *t, uint32_t address, const struct dhcp_client *client)
{
        for (struct slot *s = t->by_mac[bucket_of_mac(t, &client->mac)]; s; s = s->next_mac)
                if (s->lease.address != address && s->lease.state == DHCP_LEASE_STATE_OFFERED &&
                    is_holder(&s->lease, client))
                        s->lease.ends_ms = 0;
}

static void set_holder(struct dhcp_lease_table *t, struct slot *s, const struct dhcp_client *client)
{
        unlink_mac(t, s);
        s->lease.mac = client->mac;
        s->lease.id_size = (uint8_t)client->id_size;
        memcpy(s->lease.id, client->id, client->id_size);
        s->lease.is_trusted = client->is_trusted;
        link_mac(t, s);
}

int dhcp_lease_set(struct dhcp_lease_table *t, uint32_t address, enum dhcp_lease_state state,
                   const struct dhcp_client *client, const char *hostname, uint64_t ends_ms, uint64_t now_ms)
{
        struct slot *s = slot_for(t, address);

        if (!s)
                return PV_ETOOLARGE;
        bool is_same = is_holder(&s->lease, client);
        if (!is_same)
                s->lease.durable_ends_ms = 0;
        /* An offer of what it holds anyway does not shorten it. */
        if (state == DHCP_LEASE_STATE_OFFERED && is_same && s->lease.state == DHCP_LEASE_STATE_BOUND &&
            s->lease.ends_ms > now_ms)
                return 0;
        end_other_offers(t, address, client);
        set_holder(t, s, client);
        s->lease.state = state;
        s->lease.ends_ms = ends_ms;
        /* From now on somebody may use it, even after a RELEASE (anybody can write one): the next one's offer waits for a probe. */
        if (state == DHCP_LEASE_STATE_BOUND)
                s->lease.probed_ms = 0;
        if (hostname)
                (void)text_copy(s->lease.hostname, sizeof s->lease.hostname, hostname);
        else if (!is_same)
                s->lease.hostname[0] = '\0';
        return 0;
}

int dhcp_lease_restore(struct dhcp_lease_table *t, const struct dhcp_lease *lease)
{
        struct slot *s = slot_for(t, lease->address);

        if (!s)
                return PV_ETOOLARGE;
        unlink_mac(t, s);
        s->lease = *lease;
        link_mac(t, s);
        return 0;
}

void dhcp_lease_mark_durable(struct dhcp_lease_table *t, uint32_t address, uint64_t ends_ms)
{
        struct slot *s = slot_at(t, address);

        if (s)
                s->lease.durable_ends_ms = s->lease.ends_ms = ends_ms;
}

void dhcp_lease_undo(struct dhcp_lease_table *t, uint32_t address, uint64_t now_ms)
{
        struct slot *s = slot_at(t, address);

        if (!s || s->lease.state != DHCP_LEASE_STATE_BOUND)
                return;
        if (s->lease.durable_ends_ms > now_ms) {
                s->lease.ends_ms = s->lease.durable_ends_ms;
                return;
        }
        s->lease.state = DHCP_LEASE_STATE_OFFERED;
        s->lease.ends_ms = now_ms + UNDO_HOLD_MS;       /* the client asks again soon */
}

void dhcp_lease_mark_probed(struct dhcp_lease_table *t, uint32_t address, uint64_t now_ms)
{
        struct slot *s = slot_at(t, address);

        if (s)
                s->lease.probed_ms = now_ms;
}

size_t dhcp_lease_count_bound(const struct dhcp_lease_table *t, uint64_t now_ms)
{
        size_t n = 0;

        for (size_t i = 0; i < t->n_used; i++)
                n += t->slots[i].lease.state == DHCP_LEASE_STATE_BOUND && t->slots[i].lease.ends_ms > now_ms;
        return n;
}

static const char *const STATE_TEXT[] = {
        [DHCP_LEASE_STATE_OFFERED] = "offered",   [DHCP_LEASE_STATE_BOUND] = "bound",
        [DHCP_LEASE_STATE_RELEASED] = "released", [DHCP_LEASE_STATE_DECLINED] = "declined",
        [DHCP_LEASE_STATE_CONFLICT] = "conflict",
};

const char *dhcp_lease_state_text(enum dhcp_lease_state state)
{
        return STATE_TEXT[state];
}

int dhcp_lease_state_parse(const char *text, enum dhcp_lease_state *ret_state)
{
        for (size_t i = DHCP_LEASE_STATE_BOUND; i < sizeof STATE_TEXT / sizeof *STATE_TEXT; i++)
                if (text_equal(text, STATE_TEXT[i])) {
                        *ret_state = (enum dhcp_lease_state)i;
                        return 0;
                }
        return PV_EMALFORMED;
}
