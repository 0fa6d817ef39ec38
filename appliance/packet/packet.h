#ifndef PROVOST_PACKET_PACKET_H
#define PROVOST_PACKET_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * UDP on one Ethernet interface without a socket of the kernel: lwIP over a
 * packet socket. The kernel keeps the interface and its address and goes on
 * answering ARP and everything else there; this side sees UDP to port 67, the
 * ARP it needs and, if asked to, one multicast group and what DHCP servers say to everybody,
 * nothing more. One at a time in a process.
 */

#define PACKET_PAYLOAD_MAX 1472         /* one unfragmented datagram */
#define PACKET_GROUP_PORT 5060          /* the one port that the socket's filter lets through besides 67 */

struct packet;

struct packet_options {
        const char *interface;          /* need not exist yet, may go and come back */
        uint32_t address;               /* ours on it, host order, as the kernel has it */
        unsigned prefix;
        uint32_t gateway;               /* 0 none */
        uint32_t group;                 /* a multicast group to belong to, 0 none */
        uint16_t group_port;            /* served for the group and for our own address; PACKET_GROUP_PORT */
};

/* One UDP datagram; borrowed for the time of the call. Addresses in host order. */
struct packet_datagram {
        uint32_t source, destination;
        uint16_t source_port, port;
        struct mac source_mac;
        const uint8_t *payload;
        size_t size;
};

typedef void (*packet_received)(const struct packet_datagram *datagram, void *userdata);
/* Somebody on the wire uses this address (an ARP reply or announcement named it). */
typedef void (*packet_arp_seen)(uint32_t address, const struct mac *mac, void *userdata);

struct packet_handlers {
        packet_received received;
        packet_received overheard;      /* what others send to DHCP clients (port 68), its checksum unread; may be NULL */
        packet_arp_seen arp_seen;       /* may be NULL */
        void (*link_changed)(bool is_up, void *userdata);       /* may be NULL */
        void *userdata;
};

struct packet_statistics {
        uint64_t frames;                /* that came past the kernel's filter */
        uint64_t malformed;             /* not what they claim to be */
        uint64_t not_ours;              /* other VLAN, other address, other port */
        uint64_t bad_checksum;          /* and what else lwIP did not hand up */
        uint64_t datagrams;             /* handed to `received` */
        uint64_t sent, unsent;          /* frames */
        uint64_t link_losses;
};

/*
 * On a real interface, in this event loop. Succeeds also while the interface is
 * not there: it is looked for again until it is. PV_ESYSTEM when a packet socket is not allowed at all.
 */
int packet_new(sd_event *event, const struct packet_options *options, const struct packet_handlers *handlers,
               struct packet **ret_packet) PV_MUST_CHECK;
void packet_free(struct packet *packet);

/* The same without an interface, for tests: what is sent goes to `send`, what arrives is given to packet_input(). */
typedef void (*packet_send_frame)(const uint8_t *frame, size_t size, void *userdata);
int packet_new_fake(const struct packet_options *options, const struct mac *mac, const struct packet_handlers *handlers,
                    packet_send_frame send, void *send_userdata, struct packet **ret_packet) PV_MUST_CHECK;
/* One frame as it came from the wire. checksum_ready: false when its sender left the UDP checksum to hardware that never was. */
void packet_input(struct packet *packet, const void *frame, size_t size, bool checksum_ready);
/* What happens once a second: ARP entries age, memberships are told. packet_new() does it itself. */
void packet_tick(struct packet *packet);

bool packet_is_up(const struct packet *packet);
/*
 * Sends one datagram from our address and a port that is served (67, group_port). mac: put this Ethernet address on it (a
 * client that cannot answer ARP yet); NULL: find it by ARP, or broadcast it.
 * PV_EBUSY while the interface is away, PV_ETOOLARGE above PACKET_PAYLOAD_MAX, PV_ENOMEM when too much waits for
 * ARP, PV_EREFUSED without a way to the destination, or from another port.
 */
int packet_send(struct packet *packet, uint16_t source_port, uint32_t destination, uint16_t port, const struct mac *mac,
                const void *payload, size_t size) PV_MUST_CHECK;
/* Sends to everybody's port 67 as a DHCP client does that has no address yet. Errors as packet_send(). */
int packet_send_as_client(struct packet *packet, const void *payload, size_t size) PV_MUST_CHECK;
/* Asks by ARP, without naming our own address (RFC 5227 2.1.1), who has this one; answers come to `arp_seen`. */
int packet_probe(struct packet *packet, uint32_t address) PV_MUST_CHECK;
void packet_statistics_read(const struct packet *packet, struct packet_statistics *ret_statistics);

#endif
