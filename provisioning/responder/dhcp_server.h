#ifndef PROVOST_RESPONDER_DHCP_SERVER_H
#define PROVOST_RESPONDER_DHCP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/responder/dhcp_lease.h"
#include "provisioning/responder/dhcp_message.h"
#include "provisioning/responder/directory.h"

/*
 * The DHCP server between the wire and the store. It has neither: both are
 * functions, and every call is told the time (monotonic milliseconds).
 */

struct dhcp_server_datagram {
        uint32_t source;
        struct mac source_mac;
        const uint8_t *payload;
        size_t size;
};

struct dhcp_server_ops {
        /* mac NULL: find it by ARP, or broadcast. */
        int (*send)(uint32_t to, uint16_t port, const struct mac *mac, const void *payload, size_t size, void *userdata);
        int (*probe)(uint32_t address, void *userdata);
        /* Make these durable, then call dhcp_server_committed() once. One such call at a time. Borrowed. */
        void (*commit)(const struct dhcp_lease *leases, size_t n_leases, void *userdata);
        /* One line of a phone's timeline. */
        void (*event)(const struct mac *mac, const char *word, const char *detail, void *userdata);
        /* A message that counts as heard: sound, and within its sender's rate. */
        void (*seen)(const struct dhcp_message *message, uint64_t now_ms, void *userdata);
        void *userdata;
};

struct dhcp_server_counts {
        uint64_t requests, answers, refused;
};

struct dhcp_server;

/* directory and leases are borrowed and must outlive it. */
int dhcp_server_new(struct directory *directory, struct dhcp_lease_table *leases, const struct dhcp_server_ops *ops,
                    struct dhcp_server **ret_server) PV_MUST_CHECK;
void dhcp_server_free(struct dhcp_server *s);

/* Nothing is answered before it is ready: the leases of the store are in the table. */
void dhcp_server_set_ready(struct dhcp_server *s, bool is_ready);
/* True when requests are answered; else *ret_reason says in a sentence why not. */
bool dhcp_server_is_serving(const struct dhcp_server *s, const char **ret_reason);
void dhcp_server_input(struct dhcp_server *s, const struct dhcp_server_datagram *datagram, uint64_t now_ms);
void dhcp_server_arp_seen(struct dhcp_server *s, uint32_t address, const struct mac *mac, uint64_t now_ms);
/* Hands what waits for the disk to `commit`, as one group, unless one is under way. */
void dhcp_server_flush(struct dhcp_server *s, uint64_t now_ms);
void dhcp_server_committed(struct dhcp_server *s, bool is_done, uint64_t now_ms);
/* Does what is due. */
void dhcp_server_tick(struct dhcp_server *s, uint64_t now_ms);
/* When dhcp_server_tick() is due next; UINT64_MAX: not before another input. */
uint64_t dhcp_server_next_ms(const struct dhcp_server *s);
struct dhcp_server_counts dhcp_server_counts(const struct dhcp_server *s);

#endif
