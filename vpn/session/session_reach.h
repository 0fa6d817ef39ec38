#ifndef PROVOST_SESSION_SESSION_REACH_H
#define PROVOST_SESSION_SESSION_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/writer.h"
#include "provisioning/model/site.h"

/* What phones may reach beyond the appliance: the store's rules as the firewall and the phones are told them. */

#define SESSION_REACH_RULES_MAX 256
#define SESSION_REACH_PORTS_MAX 16
#define SESSION_REACH_SENTENCE_MAX 512
#define SESSION_REACH_ROUTES_MAX 64

struct session_reach_ports { uint16_t first, last; };

struct session_reach_rule {
        uint32_t number;                /* of the store */
        bool is_phones;                 /* other phones: the tunnel networks; address and prefix say nothing then */
        uint32_t address;
        unsigned prefix;
        bool has_udp, has_tcp, has_icmp;
        struct session_reach_ports ports[SESSION_REACH_PORTS_MAX];      /* of UDP and TCP */
        size_t n_ports;
        char sentence[SESSION_REACH_SENTENCE_MAX];
};

struct session_reach_rules {
        struct session_reach_rule items[SESSION_REACH_RULES_MAX];
        size_t n_items;
};

/* Some of the rules, by their place in the list. */
struct session_reach_set { uint64_t words[SESSION_REACH_RULES_MAX / 64]; };

void session_reach_set_add(struct session_reach_set *set, size_t place);
bool session_reach_set_has(const struct session_reach_set *set, size_t place);
bool session_reach_set_equal(const struct session_reach_set *a, const struct session_reach_set *b);

/* One rule from the store's texts. PV_EMALFORMED when they are not as its interface says. */
int session_reach_rule_read(uint32_t number, const char *to, const char *protocol, const char *ports, const char *sentence,
                            struct session_reach_rule *ret_rule) PV_MUST_CHECK;
/* The place of the rule of this number. False: none. */
bool session_reach_find(const struct session_reach_rules *rules, uint32_t number, size_t *ret_place);

/* Phones of one list of rules are a group, numbered from 1; at most this many. */
#define SESSION_REACH_GROUPS_MAX 1024

struct session_reach_groups {
        struct session_reach_set items[SESSION_REACH_GROUPS_MAX];
        size_t n_items;
};

/* The group of this list, a new one if it is the first of it. 0: there are too many. */
uint32_t session_reach_group_of(struct session_reach_groups *groups, const struct session_reach_set *set);

/*
 * The elements of the firewall's sets reach4 and reach_icmp4 for one group, as nft commands. They do not overlap: nft takes no
 * set whose intervals do. PV_ENOMEM, PV_ETOOLARGE.
 */
int session_reach_write(struct writer *w, const struct session_reach_rules *rules, const struct session_reach_set *set,
                        uint32_t group, const struct site *site) PV_MUST_CHECK;

struct session_reach_route { uint32_t address; unsigned prefix; };

struct session_reach_routes {
        struct session_reach_route items[SESSION_REACH_ROUTES_MAX];
        size_t n_items;
        size_t n_left_out;              /* more than fit */
};

/*
 * The networks a phone at this outside address (0 unknown) is told to send into its tunnel. A network that holds an address it
 * dials is left out, for its tunnel would swallow itself; so is the phone LAN while the phone is on it.
 */
void session_reach_routes_of(const struct session_reach_rules *rules, const struct session_reach_set *set, const struct site *site,
                             bool is_legacy, uint32_t outside, struct session_reach_routes *ret_routes);
bool session_reach_routes_equal(const struct session_reach_routes *a, const struct session_reach_routes *b);

/* The rules as people read them. */
void session_reach_tell(struct writer *w, const struct session_reach_rules *rules, const struct session_reach_set *set);

#endif
