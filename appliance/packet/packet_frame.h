#ifndef PROVOST_PACKET_PACKET_FRAME_H
#define PROVOST_PACKET_PACKET_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/* Ethernet frames before lwIP sees them: bytes to a plain struct, and the one frame we build ourselves. */

#define PACKET_FRAME_MIN 14
#define PACKET_FRAME_MAX 1518
#define PACKET_FRAME_ARP_SIZE 42

enum packet_frame_kind {
        PACKET_FRAME_UDP,
        PACKET_FRAME_ARP,
        PACKET_FRAME_IGMP,
};

struct packet_frame {
        enum packet_frame_kind kind;
        struct mac source, destination;
        bool is_group;                  /* destination is broadcast or multicast */
        uint16_t vlan;                  /* 0: no tag, or a tag for priority only */
        /* UDP, IGMP: of the IP header. ARP: sender and target. */
        uint32_t from, to;
        uint16_t from_port, to_port;
        size_t udp_at, udp_size;        /* the payload: where it begins in the frame; its size as the UDP header says */
        uint16_t arp_operation;
        struct mac arp_sender, arp_target;
};

/* PV_EMALFORMED for a frame that contradicts itself, PV_EREFUSED for a sound one that is neither ARP nor unfragmented UDP or IGMP over IPv4. */
int packet_frame_parse(const void *data, size_t size, struct packet_frame *ret_frame) PV_MUST_CHECK;

/* An ARP probe (RFC 5227 1.1): a request from 0.0.0.0. */
void packet_frame_build_probe(const struct mac *source, uint32_t address, uint8_t ret[static PACKET_FRAME_ARP_SIZE]);
/* What a DHCP client without an address sends: UDP from 0.0.0.0:68 to 255.255.255.255:67. PV_ETOOLARGE: no frame holds it. */
int packet_frame_build_client(const struct mac *source, const void *payload, size_t size,
                              uint8_t ret[static PACKET_FRAME_MAX], size_t *ret_size) PV_MUST_CHECK;

#endif
