/*
 * packet_frame: what an Ethernet frame is, before lwIP gets it.
 *
 * In:   any bytes at all.
 * Out:  a struct packet_frame of ARP, UDP or IGMP over IPv4, or a refusal; an ARP probe.
 * Not:  no checksums (lwIP), no decision whether it is for us (packet.c).
 */
#include "appliance/packet/packet_frame.h"

#include <assert.h>

#include "appliance/base/cursor.h"
#include "appliance/base/writer.h"

enum {
        TYPE_IPV4 = 0x0800,
        TYPE_ARP = 0x0806,
        TYPE_VLAN = 0x8100,
        ARP_ETHERNET = 1,
        ARP_REQUEST = 1,
        PROTOCOL_IGMP = 2,
        PROTOCOL_UDP = 17,
        UDP_HEADER = 8,
};

static struct mac read_mac(struct cursor *c)
{
        struct mac mac;

        cursor_bytes(c, mac.bytes, sizeof mac.bytes);
        return mac;
}

static int parse_arp(struct cursor *c, struct packet_frame *frame)
{
        if (cursor_u16(c) != ARP_ETHERNET || cursor_u16(c) != TYPE_IPV4)
                return PV_EREFUSED;
        if (cursor_u8(c) != MAC_SIZE || cursor_u8(c) != sizeof(uint32_t))
                return PV_EMALFORMED;
        frame->kind = PACKET_FRAME_ARP;
        frame->arp_operation = cursor_u16(c);
        frame->arp_sender = read_mac(c);
        frame->from = cursor_u32(c);
        frame->arp_target = read_mac(c);
        frame->to = cursor_u32(c);
        return c->error;
}

static int parse_udp(struct cursor *udp, struct packet_frame *frame)
{
        frame->kind = PACKET_FRAME_UDP;
        frame->from_port = cursor_u16(udp);
        frame->to_port = cursor_u16(udp);
        uint16_t length = cursor_u16(udp);
        cursor_skip(udp, sizeof(uint16_t));
        if (udp->error || length < UDP_HEADER || (size_t)(length - UDP_HEADER) > cursor_left(udp))
                return PV_EMALFORMED;
        frame->udp_size = length - UDP_HEADER;
        return 0;
}

static int parse_ipv4(struct cursor *c, struct packet_frame *frame)
{
        uint8_t version_and_header = cursor_u8(c);
        size_t header = 4u * (version_and_header & 0x0f);
        cursor_skip(c, 1);
        size_t total = cursor_u16(c);
        cursor_skip(c, 2);
        uint16_t fragment = cursor_u16(c);
        cursor_skip(c, 1);
        uint8_t protocol = cursor_u8(c);
        cursor_skip(c, 2);
        frame->from = cursor_u32(c);
        frame->to = cursor_u32(c);
        if (c->error || version_and_header >> 4 != 4 || header < 20 || total < header)
                return PV_EMALFORMED;
        if (fragment & 0x3fff)                  /* more fragments, or not the first */
                return PV_EREFUSED;
        if (protocol != PROTOCOL_UDP && protocol != PROTOCOL_IGMP)
                return PV_EREFUSED;

        struct cursor udp = cursor_sub(c, total - 20);
        cursor_skip(&udp, header - 20);
        if (protocol == PROTOCOL_UDP)
                return parse_udp(&udp, frame);
        frame->kind = PACKET_FRAME_IGMP;
        return udp.error;
}

int packet_frame_parse(const void *data, size_t size, struct packet_frame *ret_frame)
{
        struct cursor c = cursor_of(data, size);
        struct packet_frame frame = {0};
        int r;

        frame.destination = read_mac(&c);
        frame.source = read_mac(&c);
        uint16_t type = cursor_u16(&c);
        if (type == TYPE_VLAN) {
                frame.vlan = cursor_u16(&c) & 0x0fff;
                type = cursor_u16(&c);
        }
        if (c.error || frame.source.bytes[0] & 1)
                return PV_EMALFORMED;
        frame.is_group = frame.destination.bytes[0] & 1;

        if (type == TYPE_ARP)
                r = parse_arp(&c, &frame);
        else if (type == TYPE_IPV4)
                r = parse_ipv4(&c, &frame);
        else
                r = PV_EREFUSED;
        if (r < 0)
                return r;
        *ret_frame = frame;
        return 0;
}

void packet_frame_build_probe(const struct mac *source, uint32_t address, uint8_t ret[static PACKET_FRAME_ARP_SIZE])
{
        static const uint8_t everybody[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
        struct writer w = writer_of(ret, PACKET_FRAME_ARP_SIZE);

        writer_bytes(&w, everybody, sizeof everybody);
        writer_bytes(&w, source->bytes, sizeof source->bytes);
        writer_u16(&w, TYPE_ARP);
        writer_u16(&w, ARP_ETHERNET);
        writer_u16(&w, TYPE_IPV4);
        writer_u8(&w, MAC_SIZE);
        writer_u8(&w, sizeof address);
        writer_u16(&w, ARP_REQUEST);
        writer_bytes(&w, source->bytes, sizeof source->bytes);
        writer_u32(&w, 0);
        writer_zeros(&w, MAC_SIZE);
        writer_u32(&w, address);
        assert(!w.error && writer_used(&w) == PACKET_FRAME_ARP_SIZE);
}
