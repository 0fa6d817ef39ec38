/*
 * cards: the machine's Ethernet cards, and on which of them the page is.
 *
 * In:   the kernel's list; a checked struct box_model.
 * Out:  names, MACs, carriers, addresses; the addresses of the page.
 * Not:  nothing is set up here (networkd does that).
 */
#include "appliance/box/cards.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>

#include "appliance/base/text.h"

static struct card *find(struct card *cards, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (text_equal(cards[i].name, name))
                        return &cards[i];
        return NULL;
}

/* The kernel tells of each card once by its link address; loopback and tunnels are none. */
static void add_card(struct card *cards, size_t *n, const struct ifaddrs *i)
{
        struct sockaddr_ll link;

        memcpy(&link, i->ifa_addr, sizeof link);
        if (link.sll_hatype != ARPHRD_ETHER || (i->ifa_flags & IFF_LOOPBACK) || *n == CARDS_MAX)
                return;
        cards[*n] = (struct card){.has_carrier = (i->ifa_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING)};
        if (text_copy(cards[*n].name, sizeof cards[*n].name, i->ifa_name) < 0)
                return;
        memcpy(cards[*n].mac, link.sll_addr, sizeof cards[*n].mac);
        (*n)++;
}

static uint32_t ipv4_of(const struct sockaddr *from)
{
        struct sockaddr_in in = {0};

        if (from)
                memcpy(&in, from, sizeof in);
        return ntohl(in.sin_addr.s_addr);
}

static void add_address(struct card *card, const struct ifaddrs *i)
{
        if (!card || card->n_addresses == CARDS_ADDRESSES_MAX)
                return;
        card->addresses[card->n_addresses].address = ipv4_of(i->ifa_addr);
        card->addresses[card->n_addresses].prefix = (unsigned)__builtin_popcount(ipv4_of(i->ifa_netmask));
        card->n_addresses++;
}

int cards_list(struct card ret[static CARDS_MAX], size_t *ret_n)
{
        struct ifaddrs *list = NULL;
        size_t n = 0;

        if (getifaddrs(&list) < 0)
                return PV_ESYSTEM;
        for (struct ifaddrs *i = list; i; i = i->ifa_next)
                if (i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET)
                        add_card(ret, &n, i);
        for (struct ifaddrs *i = list; i; i = i->ifa_next)
                if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET)
                        add_address(find(ret, n, i->ifa_name), i);
        freeifaddrs(list);
        *ret_n = n;
        return 0;
}

const char *cards_role(const struct box_model *m, const char *name)
{
        if (m->is_setup)
                return "";
        if (text_equal(m->lan_interface, name))
                return "lan";
        return m->uplink != BOX_MODEL_UPLINK_NONE && text_equal(m->uplink_interface, name) ? "uplink" : "";
}

bool cards_has_page(const struct box_model *m, const char *name)
{
        const char *role = cards_role(m, name);

        return m->is_setup || (m->is_page_on_lan && text_equal(role, "lan")) || (m->is_page_on_uplink && text_equal(role, "uplink"));
}

size_t cards_page_addresses(const struct box_model *m, const struct card *cards, size_t n_cards, uint32_t ret[static CARDS_PAGE_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < n_cards; i++)
                for (size_t k = 0; cards_has_page(m, cards[i].name) && k < cards[i].n_addresses && n < CARDS_PAGE_MAX; k++)
                        ret[n++] = cards[i].addresses[k].address;
        return n;
}
