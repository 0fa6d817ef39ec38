#ifndef PROVOST_STORE_REACH_TEXT_H
#define PROVOST_STORE_REACH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* A rule of reach as text: the one form in which it is kept, and a sentence of it. */

#define STORE_REACH_TARGET_SIZE 20
#define STORE_REACH_RANGES_MAX 16
#define STORE_REACH_PORTS_SIZE (STORE_REACH_RANGES_MAX * 12)
#define STORE_REACH_SENTENCE_SIZE 512

/*
 * "10.1.2.0/24", "10.1.2.3" (that host alone) or "phones" in its kept form; network and prefix are 0 for "phones".
 * PV_EMALFORMED: none of these; PV_EREFUSED: an address inside a network, ret_target names the network it is in;
 * PV_EUNSET: nothing that can be reached (multicast, loopback, wider than /8).
 */
int store_reach_target(const char *text, char ret_target[static STORE_REACH_TARGET_SIZE], uint32_t *ret_network,
                       unsigned *ret_prefix) PV_MUST_CHECK;
/* "5060 10000-20000 10500" as "5060 10000-20000": sorted, what touches is one. "" is all. PV_ETOOLARGE: too many. */
int store_reach_ports(const char *text, char ret_ports[static STORE_REACH_PORTS_SIZE]) PV_MUST_CHECK;
/* Whether this is "any", "udp", "tcp" or "icmp". */
bool store_reach_is_protocol(const char *text);

struct store_reach_rule { const char *scope, *owner, *target, *protocol, *ports; };

/* "Phones with the profile "reception" may send UDP to port 5060 of 192.168.10.0/24." Returns ret. */
char *store_reach_sentence(const struct store_reach_rule *rule, char *ret, size_t size);

#endif
