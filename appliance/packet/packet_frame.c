/*
 * packet_frame: what an Ethernet frame is, before lwIP gets it.
 *
 * In:   any bytes at all.
 * Out:  a struct packet_frame of ARP, UDP or IGMP over IPv4, or a refusal; an ARP probe, a DHCP client's datagram.
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
        IPV4_HEADER = 20,
        IPV4_TTL = 64,
        CLIENT_PORT = 68,
        SERVER_PORT = 67,
};

static const uint8_t everybody[MAC_SIZE] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

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

static int parse_udp(struct cursor *udp, const uint8_t *start, struct packet_frame *frame)
{
        frame->kind = PACKET_FRAME_UDP;
        frame->from_port = cursor_u16(udp);
        frame->to_port = cursor_u16(udp);
        uint16_t length = cursor_u16(udp);
        cursor_skip(udp, sizeof(uint16_t));
        if (udp->error || length < UDP_HEADER || (size_t)(length - UDP_HEADER) > cursor_left(udp))
                return PV_EMALFORMED;
        frame->udp_at = (size_t)(udp->at - start);
        frame->udp_size = length - UDP_HEADER;
        return 0;
}

static int parse_ipv4(struct cursor *c, const uint8_t *start, struct packet_frame *frame)
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
                return parse_udp(&udp, start, frame);
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
                r = parse_ipv4(&c, data, &frame);
        else
                r = PV_EREFUSED;
        if (r < 0)
                return r;
        *ret_frame = frame;
        return 0;
}

void packet_frame_build_probe(const struct mac *source, uint32_t address, uint8_t ret[static PACKET_FRAME_ARP_SIZE])
{
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

/* RFC 1071, over an even number of bytes. */
static uint16_t checksum(const uint8_t *data, size_t size)
{
        struct cursor c = cursor_of(data, size);
        uint32_t sum = 0;

        while (cursor_left(&c) > 0)
                sum += cursor_u16(&c);
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t)~sum;
}

/* Its checksum is that of the header alone, which does not change: it is put in last. */
static void add_ipv4(struct writer *w, uint16_t total)
{
        uint8_t header[IPV4_HEADER];
        struct writer h = writer_of(header, sizeof header);

        writer_u16(&h, 0x4500);
        writer_u16(&h, total);
        writer_u32(&h, 0);
        writer_u8(&h, IPV4_TTL);
        writer_u8(&h, PROTOCOL_UDP);
        writer_u16(&h, 0);
        writer_u32(&h, 0);
        writer_u32(&h, UINT32_MAX);
        uint16_t sum = checksum(header, sizeof header);
        header[10] = (uint8_t)(sum >> 8);
        header[11] = (uint8_t)sum;
        writer_bytes(w, header, sizeof header);
}

int packet_frame_build_client(const struct mac *source, const void *payload, size_t size,
                              uint8_t ret[static PACKET_FRAME_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, PACKET_FRAME_MAX);

        if (size > PACKET_FRAME_MAX - PACKET_FRAME_MIN - IPV4_HEADER - UDP_HEADER)
                return PV_ETOOLARGE;
        writer_bytes(&w, everybody, sizeof everybody);
        writer_bytes(&w, source->bytes, sizeof source->bytes);
        writer_u16(&w, TYPE_IPV4);
        add_ipv4(&w, (uint16_t)(IPV4_HEADER + UDP_HEADER + size));
        writer_u16(&w, CLIENT_PORT);
        writer_u16(&w, SERVER_PORT);
        writer_u16(&w, (uint16_t)(UDP_HEADER + size));
        writer_u16(&w, 0);                      /* no checksum: allowed over IPv4 (RFC 768) */
        writer_bytes(&w, payload, size);
        if (!w.error)
                *ret_size = writer_used(&w);
        return w.error;
}
