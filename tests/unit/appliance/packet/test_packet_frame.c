/*
 * test_packet_frame: what may and may not come off the wire.
 */
#include "appliance/packet/packet_frame.h"

#include "tests/support/test.h"

static const uint8_t UDP_FRAME[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc, 0x08, 0x00,
        0x45, 0x00, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00, 0x40, 0x11, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff,
        0x00, 0x44, 0x00, 0x43, 0x00, 0x0c, 0x00, 0x00, 'b', 'o', 'o', 't',
};

static int parse_changed(size_t at, uint8_t value, size_t size, struct packet_frame *ret)
{
        uint8_t copy[sizeof UDP_FRAME];

        memcpy(copy, UDP_FRAME, sizeof copy);
        copy[at] = value;
        return packet_frame_parse(copy, size, ret);
}

TEST(a_datagram_from_a_client_without_address_is_understood)
{
        struct packet_frame f;

        CHECK_EQ_INT(packet_frame_parse(UDP_FRAME, sizeof UDP_FRAME, &f), 0);
        CHECK_EQ_INT(f.kind, PACKET_FRAME_UDP);
        CHECK(f.is_group);
        CHECK_EQ_INT(f.from, 0);
        CHECK_EQ_INT(f.to, 0xffffffff);
        CHECK_EQ_INT(f.from_port, 68);
        CHECK_EQ_INT(f.to_port, 67);
        CHECK_EQ_INT(f.udp_size, 4);
        CHECK_EQ_INT(f.source.bytes[5], 0xcc);
}

TEST(a_frame_cut_anywhere_is_refused)
{
        struct packet_frame f;

        for (size_t size = 0; size < sizeof UDP_FRAME; size++)
                CHECK(packet_frame_parse(UDP_FRAME, size, &f) < 0);
}

TEST(a_header_length_below_five_words_is_malformed)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(14, 0x44, sizeof UDP_FRAME, &f), PV_EMALFORMED);
}

TEST(a_header_longer_than_the_packet_is_malformed)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(14, 0x4f, sizeof UDP_FRAME, &f), PV_EMALFORMED);
}

TEST(a_udp_length_past_the_packet_is_malformed)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(39, 0x0d, sizeof UDP_FRAME, &f), PV_EMALFORMED);
        CHECK_EQ_INT(parse_changed(39, 0x07, sizeof UDP_FRAME, &f), PV_EMALFORMED);
}

TEST(a_fragment_is_not_for_us)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(20, 0x20, sizeof UDP_FRAME, &f), PV_EREFUSED);
        CHECK_EQ_INT(parse_changed(21, 0x01, sizeof UDP_FRAME, &f), PV_EREFUSED);
}

TEST(tcp_is_not_for_us)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(23, 6, sizeof UDP_FRAME, &f), PV_EREFUSED);
}

TEST(a_group_address_as_sender_is_malformed)
{
        struct packet_frame f;

        CHECK_EQ_INT(parse_changed(6, 0x01, sizeof UDP_FRAME, &f), PV_EMALFORMED);
}

TEST(a_vlan_tag_is_read_and_its_priority_is_not_part_of_it)
{
        uint8_t tagged[sizeof UDP_FRAME + 4];
        struct packet_frame f;

        memcpy(tagged, UDP_FRAME, 12);
        memcpy(tagged + 12, (const uint8_t[]){0x81, 0x00, 0xa0, 0x2a}, 4);
        memcpy(tagged + 16, UDP_FRAME + 12, sizeof UDP_FRAME - 12);
        CHECK_EQ_INT(packet_frame_parse(tagged, sizeof tagged, &f), 0);
        CHECK_EQ_INT(f.vlan, 42);
        CHECK_EQ_INT(f.to_port, 67);
}

TEST(what_a_client_sends_can_be_read_again)
{
        uint8_t f[PACKET_FRAME_MAX];
        struct mac mac = {{2, 0, 0, 0, 0, 7}};
        struct packet_frame frame;
        size_t size;

        CHECK_EQ_INT(packet_frame_build_client(&mac, "hello", 5, f, &size), 0);
        CHECK_EQ_INT(packet_frame_parse(f, size, &frame), 0);
        CHECK(frame.is_group && mac_equal(&frame.source, &mac));
        CHECK_EQ_INT(frame.from, 0);
        CHECK_EQ_INT(frame.to, 0xffffffff);
        CHECK_EQ_INT(frame.from_port, 68);
        CHECK_EQ_INT(frame.to_port, 67);
        CHECK_EQ_INT(frame.udp_size, 5);
        CHECK_MEM(f + frame.udp_at, "hello", 5);
        uint32_t sum = 0;
        for (size_t i = 14; i < 34; i += 2)
                sum += (uint32_t)(f[i] << 8 | f[i + 1]);
        CHECK_EQ_INT((sum & 0xffff) + (sum >> 16), 0xffff);
        CHECK_EQ_INT(packet_frame_build_client(&mac, f, 1477, f, &size), PV_ETOOLARGE);
}

TEST(a_probe_asks_without_naming_an_address_of_ours)
{
        struct mac mac = {{0x02, 0, 0, 0, 0, 1}};
        uint8_t frame[PACKET_FRAME_ARP_SIZE];
        struct packet_frame f;

        packet_frame_build_probe(&mac, 0xc0a8142a, frame);
        CHECK_EQ_INT(packet_frame_parse(frame, sizeof frame, &f), 0);
        CHECK_EQ_INT(f.kind, PACKET_FRAME_ARP);
        CHECK_EQ_INT(f.arp_operation, 1);
        CHECK_EQ_INT(f.from, 0);                /* RFC 5227 1.1 */
        CHECK_EQ_INT(f.to, 0xc0a8142a);
        CHECK(mac_equal(&f.arp_sender, &mac));
        CHECK(f.is_group);
}
