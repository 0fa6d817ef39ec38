/*
 * session_reach: rules of reach as elements of nft sets, as routes, as sentences.
 *
 * In:   the store's rules, the site.
 * Out:  text and lists.
 * Not:  no firewall (see session_firewall), no decision who has which rule: that is the store's.
 */
#include "vpn/session/session_reach.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define WORD_BITS 64
#define PORTS_TEXT_MAX 256

void session_reach_set_add(struct session_reach_set *set, size_t place)
{
        if (place < SESSION_REACH_RULES_MAX)
                set->words[place / WORD_BITS] |= UINT64_C(1) << place % WORD_BITS;
}

bool session_reach_set_has(const struct session_reach_set *set, size_t place)
{
        return place < SESSION_REACH_RULES_MAX && set->words[place / WORD_BITS] >> place % WORD_BITS & 1;
}

bool session_reach_set_equal(const struct session_reach_set *a, const struct session_reach_set *b)
{
        return memcmp(a->words, b->words, sizeof a->words) == 0;
}

uint32_t session_reach_group_of(struct session_reach_groups *groups, const struct session_reach_set *set)
{
        for (size_t i = 0; i < groups->n_items; i++)
                if (session_reach_set_equal(&groups->items[i], set))
                        return (uint32_t)i + 1;
        if (groups->n_items == SESSION_REACH_GROUPS_MAX)
                return 0;
        groups->items[groups->n_items++] = *set;
        return (uint32_t)groups->n_items;
}

/* --- the store's texts ---------------------------------------------------- */

/* "5060" or "10000-20000". */
static int read_range(const char *text, struct session_reach_ports *ret)
{
        char part[12];
        const char *dash = strchr(text, '-');
        uint32_t first, last;
        size_t size = dash ? (size_t)(dash - text) : strlen(text);

        if (size >= sizeof part)
                return PV_EMALFORMED;
        memcpy(part, text, size);
        part[size] = 0;
        if (text_to_u32(part, UINT16_MAX, &first) < 0 || text_to_u32(dash ? dash + 1 : part, UINT16_MAX, &last) < 0 || first > last)
                return PV_EMALFORMED;
        *ret = (struct session_reach_ports){(uint16_t)first, (uint16_t)last};
        return 0;
}

/* Blank apart; none: all ports. */
static int read_ports(const char *text, struct session_reach_rule *rule)
{
        char copy[PORTS_TEXT_MAX], *rest = copy, *part;

        if (text_copy(copy, sizeof copy, text) < 0)
                return PV_EMALFORMED;
        while ((part = strsep(&rest, " "))) {
                if (!*part)
                        continue;
                if (rule->n_ports == SESSION_REACH_PORTS_MAX || read_range(part, &rule->ports[rule->n_ports]) < 0)
                        return PV_EMALFORMED;
                rule->n_ports++;
        }
        if (rule->n_ports == 0)
                rule->ports[rule->n_ports++] = (struct session_reach_ports){0, UINT16_MAX};
        return 0;
}

int session_reach_rule_read(uint32_t number, const char *to, const char *protocol, const char *ports, const char *sentence,
                            struct session_reach_rule *ret_rule)
{
        struct session_reach_rule rule = {.number = number, .is_phones = text_equal(to, "phones")};
        bool any = text_equal(protocol, "any");

        rule.has_udp = any || text_equal(protocol, "udp");
        rule.has_tcp = any || text_equal(protocol, "tcp");
        rule.has_icmp = any || text_equal(protocol, "icmp");
        if ((!rule.is_phones && text_to_ipv4_prefix(to, &rule.address, &rule.prefix) < 0) ||
            (!rule.has_udp && !rule.has_tcp && !rule.has_icmp) || read_ports(ports, &rule) < 0 ||
            text_copy(rule.sentence, sizeof rule.sentence, sentence) < 0)
                return PV_EMALFORMED;
        rule.address &= text_ipv4_mask(rule.prefix);
        *ret_rule = rule;
        return 0;
}

bool session_reach_find(const struct session_reach_rules *rules, uint32_t number, size_t *ret_place)
{
        for (size_t i = 0; i < rules->n_items; i++)
                if (rules->items[i].number == number) {
                        *ret_place = i;
                        return true;
                }
        return false;
}

/* --- elements that do not overlap ----------------------------------------- */

/* Addresses [first, last] with the ports of one rule. */
struct piece {
        uint32_t first, last;
        const struct session_reach_rule *rule;
};

struct pieces {
        struct piece items[2 * SESSION_REACH_RULES_MAX];
        size_t n_items;
};

static void add_piece(struct pieces *pieces, uint32_t address, unsigned prefix, const struct session_reach_rule *rule)
{
        uint32_t mask = text_ipv4_mask(prefix);

        pieces->items[pieces->n_items++] = (struct piece){address & mask, (address & mask) | ~mask, rule};
}

enum use { USE_UDP, USE_TCP, USE_ICMP };

static bool is_used(const struct session_reach_rule *rule, enum use use)
{
        return use == USE_UDP ? rule->has_udp : use == USE_TCP ? rule->has_tcp : rule->has_icmp;
}

static void gather(const struct session_reach_rules *rules, const struct session_reach_set *set, enum use use,
                   const struct site *site, struct pieces *ret)
{
        ret->n_items = 0;
        for (size_t i = 0; i < rules->n_items; i++) {
                const struct session_reach_rule *rule = &rules->items[i];

                if (!session_reach_set_has(set, i) || !is_used(rule, use))
                        continue;
                if (!rule->is_phones) {
                        add_piece(ret, rule->address, rule->prefix, rule);
                        continue;
                }
                add_piece(ret, site->tunnel_address, site->tunnel_prefix, rule);
                if (site->legacy)
                        add_piece(ret, site->legacy_address, site->legacy_prefix, rule);
        }
}

static int compare_numbers(const void *a, const void *b)
{
        uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

        return (one > other) - (one < other);
}

static int compare_ports(const void *a, const void *b)
{
        const struct session_reach_ports *one = a, *other = b;

        return (int)one->first - (int)other->first;
}

/* Where any piece begins or ends: between two of these the same rules hold. */
static size_t find_borders(const struct pieces *pieces, uint64_t *ret)
{
        size_t n = 0, n_different = 0;

        for (size_t i = 0; i < pieces->n_items; i++) {
                ret[n++] = pieces->items[i].first;
                ret[n++] = (uint64_t)pieces->items[i].last + 1;
        }
        qsort(ret, n, sizeof *ret, compare_numbers);
        for (size_t i = 0; i < n; i++)
                if (i == 0 || ret[i] != ret[n_different - 1])
                        ret[n_different++] = ret[i];
        return n_different;
}

/* The ports of all pieces that hold this address, joined, in order. */
static size_t join_ports(const struct pieces *pieces, uint32_t address, struct session_reach_ports *ret)
{
        size_t n = 0, n_joined = 0;

        for (size_t i = 0; i < pieces->n_items; i++) {
                const struct piece *piece = &pieces->items[i];

                for (size_t p = 0; piece->first <= address && address <= piece->last && p < piece->rule->n_ports; p++)
                        ret[n++] = piece->rule->ports[p];
        }
        qsort(ret, n, sizeof *ret, compare_ports);
        for (size_t i = 0; i < n; i++) {
                if (n_joined > 0 && ret[i].first <= ret[n_joined - 1].last + 1u) {
                        if (ret[i].last > ret[n_joined - 1].last)
                                ret[n_joined - 1].last = ret[i].last;
                        continue;
                }
                ret[n_joined++] = ret[i];
        }
        return n_joined;
}

struct work {
        struct pieces pieces;
        uint64_t borders[4 * SESSION_REACH_RULES_MAX];
        struct session_reach_ports ports[2 * SESSION_REACH_RULES_MAX * SESSION_REACH_PORTS_MAX];
        struct session_reach_ports open_ports[2 * SESSION_REACH_RULES_MAX * SESSION_REACH_PORTS_MAX];
        size_t n_written;               /* elements of the present use */
};

/* An address range with its ports, not written yet since the next range may go on with the same ports. */
struct open_range {
        uint64_t first, last;
        size_t n_ports;
};

static void write_range(struct writer *w, struct work *work, uint32_t group, enum use use, const struct open_range *range)
{
        char first[TEXT_IPV4_SIZE], last[TEXT_IPV4_SIZE];

        text_from_ipv4((uint32_t)range->first, first);
        text_from_ipv4((uint32_t)range->last, last);
        for (size_t i = 0; i < range->n_ports; i++) {
                if (work->n_written++ == 0)
                        writer_format(w, "add element inet provost %s { ", use == USE_ICMP ? "reach_icmp4" : "reach4");
                else
                        writer_text(w, ", ");
                writer_format(w, "%u . %s-%s", group, first, last);
                if (use != USE_ICMP)
                        writer_format(w, " . %s . %u-%u", use == USE_UDP ? "udp" : "tcp", work->open_ports[i].first,
                                      work->open_ports[i].last);
        }
}

static void write_use(struct writer *w, struct work *work, enum use use, uint32_t group)
{
        struct open_range open = {0};
        size_t n_borders = find_borders(&work->pieces, work->borders);

        work->n_written = 0;
        for (size_t i = 0; i + 1 < n_borders; i++) {
                size_t n = join_ports(&work->pieces, (uint32_t)work->borders[i], work->ports);

                if (use == USE_ICMP && n > 0) {
                        n = 1;
                        work->ports[0] = (struct session_reach_ports){0, 0};
                }
                if (n == open.n_ports && memcmp(work->ports, work->open_ports, n * sizeof *work->ports) == 0) {
                        open.last = work->borders[i + 1] - 1;
                        continue;
                }
                write_range(w, work, group, use, &open);
                memcpy(work->open_ports, work->ports, n * sizeof *work->ports);
                open = (struct open_range){work->borders[i], work->borders[i + 1] - 1, n};
        }
        write_range(w, work, group, use, &open);
        if (work->n_written > 0)
                writer_text(w, " }\n");
}

int session_reach_write(struct writer *w, const struct session_reach_rules *rules, const struct session_reach_set *set,
                        uint32_t group, const struct site *site)
{
        struct work *work = malloc(sizeof *work);

        if (!work)
                return PV_ENOMEM;
        for (enum use use = USE_UDP; use <= USE_ICMP; use++) {
                gather(rules, set, use, site, &work->pieces);
                write_use(w, work, use, group);
        }
        free(work);
        return w->error;
}

/* --- routes ---------------------------------------------------------------- */

static bool is_inside(uint32_t address, uint32_t network, unsigned prefix)
{
        return ((address ^ network) & text_ipv4_mask(prefix)) == 0;
}

/* What the phone dials, where that is an address. */
static bool holds_host(const struct session_reach_route *route, const char *host)
{
        uint32_t address;

        return text_to_ipv4(host, &address) == 0 && is_inside(address, route->address, route->prefix);
}

static bool overlaps(const struct session_reach_route *route, uint32_t address, unsigned prefix)
{
        return is_inside(address, route->address, route->prefix < prefix ? route->prefix : prefix);
}

static bool is_swallowing(const struct session_reach_route *route, const struct site *site, uint32_t outside)
{
        bool is_on_lan = outside && is_inside(outside, site->lan_address, site->lan_prefix);

        return route->prefix == 0 || holds_host(route, site->vpn_host) || holds_host(route, site->vpn_public_host) ||
               (is_on_lan && overlaps(route, site->lan_address, site->lan_prefix));
}

static void add_route(struct session_reach_routes *routes, const struct session_reach_route *route)
{
        size_t n_kept = 0;

        for (size_t i = 0; i < routes->n_items; i++)
                if (is_inside(route->address, routes->items[i].address, routes->items[i].prefix) &&
                    routes->items[i].prefix <= route->prefix)
                        return;
        for (size_t i = 0; i < routes->n_items; i++)
                if (!is_inside(routes->items[i].address, route->address, route->prefix))
                        routes->items[n_kept++] = routes->items[i];
        routes->n_items = n_kept;
        if (routes->n_items == SESSION_REACH_ROUTES_MAX)
                routes->n_left_out++;
        else
                routes->items[routes->n_items++] = *route;
}

static int compare_routes(const void *a, const void *b)
{
        const struct session_reach_route *one = a, *other = b;

        return (one->address > other->address) - (one->address < other->address);
}

void session_reach_routes_of(const struct session_reach_rules *rules, const struct session_reach_set *set, const struct site *site,
                             bool is_legacy, uint32_t outside, struct session_reach_routes *ret_routes)
{
        struct session_reach_routes routes = {0};

        for (size_t i = 0; i < rules->n_items; i++) {
                const struct session_reach_rule *rule = &rules->items[i];
                struct session_reach_route route = {rule->address, rule->prefix};

                if (!session_reach_set_has(set, i))
                        continue;
                if (rule->is_phones && !site->legacy)
                        continue;       /* its own network is there anyway */
                if (rule->is_phones)
                        route = is_legacy ? (struct session_reach_route){site->tunnel_address, site->tunnel_prefix}
                                          : (struct session_reach_route){site->legacy_address, site->legacy_prefix};
                route.address &= text_ipv4_mask(route.prefix);
                if (!is_swallowing(&route, site, outside))
                        add_route(&routes, &route);
        }
        qsort(routes.items, routes.n_items, sizeof *routes.items, compare_routes);
        *ret_routes = routes;
}

bool session_reach_routes_equal(const struct session_reach_routes *a, const struct session_reach_routes *b)
{
        return a->n_items == b->n_items && memcmp(a->items, b->items, a->n_items * sizeof *a->items) == 0;
}

/* --- for people ------------------------------------------------------------ */

void session_reach_tell(struct writer *w, const struct session_reach_rules *rules, const struct session_reach_set *set)
{
        bool is_first = true;

        for (size_t i = 0; i < rules->n_items; i++) {
                if (!session_reach_set_has(set, i))
                        continue;
                writer_format(w, "%s%s", is_first ? "" : " ", rules->items[i].sentence);
                is_first = false;
        }
        if (is_first)
                writer_text(w, "Nothing beyond the appliance.");
}
