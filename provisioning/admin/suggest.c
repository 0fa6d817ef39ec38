/*
 * suggest: a site that would work here.
 *
 * In:   the cards with their carrier and the address somebody gave them.
 * Out:  values of the site, each with its reason.
 * Not:  nothing is set: a person looks at it first.
 *
 * Two cards: the one with an address is the uplink, phones have the other one for themselves and we serve it. One card: where
 * nobody gave it an address we serve; where somebody did, there is a DHCP server already and we stay beside it.
 */
#include "provisioning/admin/suggest.h"

#include <stdio.h>

#include "appliance/base/text.h"

#define OWN_PREFIX 24

struct list {
        struct suggest_value *values;
        size_t n;
};

static void add(struct list *list, const char *name, const char *value, const char *because)
{
        struct suggest_value *v = &list->values[list->n];

        if (list->n == SUGGEST_VALUES_MAX || text_copy(v->value, sizeof v->value, value) < 0)
                return;
        v->name = name;
        v->because = because;
        list->n++;
}

static void add_address(struct list *list, const char *name, uint32_t address, unsigned prefix, const char *because)
{
        char text[TEXT_IPV4_SIZE], value[32];

        text_from_ipv4(address, text);
        if (prefix)
                (void)snprintf(value, sizeof value, "%s/%u", text, prefix);
        else
                (void)snprintf(value, sizeof value, "%s", text);
        add(list, name, value, because);
}

/* The first card with an address, when there is another one for the phones. */
static const struct suggest_card *uplink_of(const struct suggest_card *cards, size_t n)
{
        for (size_t i = 0; n > 1 && i < n; i++)
                if (cards[i].address)
                        return &cards[i];
        return NULL;
}

/* Of the others, one with a cable in it before one without, one without an address before one with. */
static const struct suggest_card *lan_of(const struct suggest_card *cards, size_t n, const struct suggest_card *uplink)
{
        const struct suggest_card *best = NULL;
        int best_points = -1;

        for (size_t i = 0; i < n; i++) {
                int points = 2 * cards[i].has_carrier + !cards[i].address;

                if (&cards[i] != uplink && points > best_points) {
                        best = &cards[i];
                        best_points = points;
                }
        }
        return best;
}

static bool overlap(uint32_t a, unsigned a_prefix, uint32_t b, unsigned b_prefix)
{
        uint32_t mask = text_ipv4_mask(a_prefix < b_prefix ? a_prefix : b_prefix);

        return (a & mask) == (b & mask);
}

/* A network of our own that no card is in. */
static uint32_t free_network(const struct suggest_card *cards, size_t n)
{
        static const uint32_t candidates[] = {0x0a140000 /* 10.20.0.0 */, 0xc0a81400 /* 192.168.20.0 */, 0xac141400 /* 172.20.20.0 */};

        for (size_t c = 0; c < sizeof candidates / sizeof *candidates; c++) {
                bool is_free = true;

                for (size_t i = 0; i < n; i++)
                        is_free &= !cards[i].address || !overlap(cards[i].address, cards[i].prefix, candidates[c], OWN_PREFIX);
                if (is_free)
                        return candidates[c];
        }
        return 0x0a2a0000;              /* 10.42.0.0 */
}

static void add_served_lan(struct list *list, uint32_t network)
{
        add(list, "dhcp_mode", "server", "No DHCP server answered on this card, so phones need one.");
        add_address(list, "lan_address", network + 1, OWN_PREFIX, "A private network that no other card of this appliance is in.");
        add_address(list, "pool_first", network + 50, 0, "Room before it for devices with fixed addresses.");
        add_address(list, "pool_last", network + 250, 0, "Two hundred phones; take a larger network for more.");
}

static void add_shared_lan(struct list *list, const struct suggest_card *lan)
{
        add(list, "dhcp_mode", "off", "Another DHCP server gave this card its address: two of them on one network get in each other's way.");
        add_address(list, "lan_address", lan->address, lan->prefix, "The address this card has now; give it the same one for good in the other DHCP server.");
}

size_t suggest_site(const struct suggest_card *cards, size_t n, struct suggest_value ret[static SUGGEST_VALUES_MAX])
{
        struct list list = {.values = ret};
        const struct suggest_card *uplink = uplink_of(cards, n), *lan = lan_of(cards, n, uplink);

        if (!lan)
                return 0;
        add(&list, "lan_interface", lan->name, uplink ? "The phones' card: the other one has the way out." : "The card that phones would be on.");
        if (uplink) {
                add(&list, "uplink_interface", uplink->name, "This card was given an address: it has the way out.");
                add(&list, "uplink_address", "dhcp", "It has its address by DHCP already.");
        } else {
                add(&list, "uplink_interface", "", "No other card was given an address.");
        }
        if (lan->address)
                add_shared_lan(&list, lan);
        else
                add_served_lan(&list, free_network(cards, n));
        return list.n;
}
