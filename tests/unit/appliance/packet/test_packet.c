/*
 * test_packet: datagrams through lwIP over a wire made of function pointers.
 */
#include "appliance/packet/packet.h"

#include "appliance/base/writer.h"
#include "appliance/packet/packet_frame.h"
#include "tests/support/test.h"

enum { OURS = 0x0a000001, CLIENT = 0x0a000032, GROUP = 0xe000014b };

static const struct mac OUR_MAC = {{0x02, 0, 0, 0, 0, 1}};
static const struct mac CLIENT_MAC = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}};
static const struct mac GROUP_MAC = {{0x01, 0x00, 0x5e, 0x00, 0x01, 0x4b}};
static const struct mac EVERYBODY = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static struct wire {
        unsigned n_received, n_overheard, n_sent, n_arp;
        struct packet_datagram datagram;
        uint8_t payload[2048];
        uint8_t sent[2048];
        size_t sent_size;
        uint32_t arp_address;
        bool answers;
        struct packet *packet;
} wire;

static void on_received(const struct packet_datagram *datagram, void *userdata)
{
        (void)userdata;
        wire.n_received++;
        wire.datagram = *datagram;
        memcpy(wire.payload, datagram->payload, datagram->size);
        if (wire.answers)
                CHECK_EQ_INT(packet_send(wire.packet, 67, UINT32_MAX, 68, NULL, "yes", 3), 0);
}

static void on_overheard(const struct packet_datagram *datagram, void *userdata)
{
        (void)userdata;
        wire.n_overheard++;
        wire.datagram = *datagram;
        memcpy(wire.payload, datagram->payload, datagram->size);
}

static void on_arp(uint32_t address, const struct mac *mac, void *userdata)
{
        (void)mac;
        (void)userdata;
        wire.n_arp++;
        wire.arp_address = address;
}

static void on_send(const uint8_t *frame, size_t size, void *userdata)
{
        (void)userdata;
        wire.n_sent++;
        memcpy(wire.sent, frame, size);
        wire.sent_size = size;
}

static void wire_open_with(uint32_t group, packet_received overheard)
{
        struct packet_options options = {
                .interface = "none", .address = OURS, .prefix = 24, .group = group, .group_port = PACKET_GROUP_PORT};
        struct packet_handlers handlers = {.received = on_received, .overheard = overheard, .arp_seen = on_arp};

        packet_free(wire.packet);
        wire = (struct wire){0};
        CHECK_EQ_INT(packet_new_fake(&options, &OUR_MAC, &handlers, on_send, NULL, &wire.packet), 0);
}

static void wire_open_in(uint32_t group)
{
        wire_open_with(group, NULL);
}

static void wire_open(void)
{
        wire_open_in(0);
}

static uint16_t checksum(const uint8_t *data, size_t size, uint32_t sum)
{
        for (size_t i = 0; i < size; i++)
                sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t)~sum;
}

static size_t udp_frame(uint8_t *frame, const struct mac *to_mac, uint32_t from, uint32_t to, uint16_t port,
                        const char *text)
{
        size_t n = strlen(text);
        uint8_t pseudo[1024];
        struct writer w = writer_of(frame, 1500), q = writer_of(pseudo, sizeof pseudo);

        writer_bytes(&w, to_mac->bytes, 6);
        writer_bytes(&w, CLIENT_MAC.bytes, 6);
        writer_u16(&w, 0x0800);
        writer_u16(&w, 0x4500);
        writer_u16(&w, (uint16_t)(28 + n));
        writer_u32(&w, 0);
        writer_u16(&w, 0x4011);
        writer_u16(&w, 0);
        writer_u32(&w, from);
        writer_u32(&w, to);
        uint16_t sum = checksum(frame + 14, 20, 0);
        frame[24] = (uint8_t)(sum >> 8);
        frame[25] = (uint8_t)sum;

        writer_u32(&q, from);
        writer_u32(&q, to);
        writer_u16(&q, 17);
        writer_u16(&q, (uint16_t)(8 + n));
        writer_u16(&q, 68);
        writer_u16(&q, port);
        writer_u16(&q, (uint16_t)(8 + n));
        writer_u16(&q, 0);
        writer_text(&q, text);
        writer_u16(&w, 68);
        writer_u16(&w, port);
        writer_u16(&w, (uint16_t)(8 + n));
        writer_u16(&w, checksum(pseudo, writer_used(&q), 0));
        writer_text(&w, text);
        CHECK_EQ_INT(w.error | q.error, 0);
        return writer_used(&w);
}

static size_t arp_frame(uint8_t *frame, const struct mac *to, uint16_t operation, uint32_t from_address,
                        uint32_t to_address)
{
        struct writer w = writer_of(frame, 60);

        writer_bytes(&w, to->bytes, 6);
        writer_bytes(&w, CLIENT_MAC.bytes, 6);
        writer_u16(&w, 0x0806);
        writer_u16(&w, 1);
        writer_u16(&w, 0x0800);
        writer_u16(&w, 0x0604);
        writer_u16(&w, operation);
        writer_bytes(&w, CLIENT_MAC.bytes, 6);
        writer_u32(&w, from_address);
        writer_bytes(&w, to->bytes, 6);
        writer_u32(&w, to_address);
        return writer_used(&w);
}

TEST(a_broadcast_from_a_client_without_address_arrives)
{
        uint8_t f[1500];

        wire_open();
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "hello"), true);
        CHECK_EQ_INT(wire.n_received, 1);
        CHECK_EQ_INT(wire.datagram.size, 5);
        CHECK_MEM(wire.payload, "hello", 5);
        CHECK_EQ_INT(wire.datagram.source, 0);
        CHECK_EQ_INT(wire.datagram.source_port, 68);
        CHECK(mac_equal(&wire.datagram.source_mac, &CLIENT_MAC));
}

TEST(padding_behind_the_datagram_is_not_part_of_it)
{
        uint8_t f[1500] = {0};

        wire_open();
        udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "hello");
        packet_input(wire.packet, f, 60, true);
        CHECK_EQ_INT(wire.datagram.size, 5);
}

TEST(a_wrong_checksum_is_dropped_and_an_unfinished_one_is_not)
{
        uint8_t f[1500];
        struct packet_statistics s;

        wire_open();
        size_t n = udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "hello");
        f[40] ^= 0x55;
        packet_input(wire.packet, f, n, true);
        CHECK_EQ_INT(wire.n_received, 0);
        packet_input(wire.packet, f, n, false);
        CHECK_EQ_INT(wire.n_received, 1);
        packet_input(wire.packet, f, n, true);
        CHECK_EQ_INT(wire.n_received, 1);
        packet_statistics_read(wire.packet, &s);
        CHECK_EQ_INT(s.bad_checksum, 2);
        CHECK_EQ_INT(s.datagrams, 1);
}

TEST(other_ports_addresses_and_networks_are_not_ours)
{
        uint8_t f[1500], tagged[1500];
        struct packet_statistics s;

        wire_open();
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 53, "x"), true);
        packet_input(wire.packet, f, udp_frame(f, &OUR_MAC, CLIENT, OURS + 7, 67, "x"), true);
        packet_input(wire.packet, f, udp_frame(f, &CLIENT_MAC, CLIENT, OURS, 67, "x"), true);
        size_t n = udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "x");
        memcpy(tagged, f, 12);
        memcpy(tagged + 12, (const uint8_t[]){0x81, 0x00, 0x00, 0x2a}, 4);
        memcpy(tagged + 16, f + 12, n - 12);
        packet_input(wire.packet, tagged, n + 4, true);
        CHECK_EQ_INT(wire.n_received, 0);
        CHECK_EQ_INT(wire.n_sent, 0);           /* no ICMP either */
        packet_statistics_read(wire.packet, &s);
        CHECK_EQ_INT(s.not_ours, 4);
}

TEST(a_tag_that_only_carries_priority_does_not_matter)
{
        uint8_t f[1500], tagged[1500];

        wire_open();
        size_t n = udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "x");
        memcpy(tagged, f, 12);
        memcpy(tagged + 12, (const uint8_t[]){0x81, 0x00, 0xa0, 0x00}, 4);
        memcpy(tagged + 16, f + 12, n - 12);
        packet_input(wire.packet, tagged, n + 4, true);
        CHECK_EQ_INT(wire.n_received, 1);
}

TEST(an_answer_goes_straight_to_a_client_that_has_no_address_yet)
{
        struct packet_frame f;

        wire_open();
        CHECK_EQ_INT(packet_send(wire.packet, 67, CLIENT, 68, &CLIENT_MAC, "offer", 5), 0);
        CHECK_EQ_INT(wire.n_sent, 1);           /* no ARP before it */
        CHECK_EQ_INT(packet_frame_parse(wire.sent, wire.sent_size, &f), 0);
        CHECK(mac_equal(&f.destination, &CLIENT_MAC));
        CHECK(mac_equal(&f.source, &OUR_MAC));
        CHECK_EQ_INT(f.from, OURS);
        CHECK_EQ_INT(f.to, CLIENT);
        CHECK_EQ_INT(f.from_port, 67);
        CHECK_EQ_INT(f.to_port, 68);
        CHECK_MEM(wire.sent + 42, "offer", 5);
}

TEST(an_answer_may_be_sent_while_the_question_is_being_read)
{
        uint8_t f[1500];

        wire_open();
        wire.answers = true;
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "?"), true);
        CHECK_EQ_INT(wire.n_sent, 1);
        CHECK_MEM(wire.sent, EVERYBODY.bytes, 6);
}

TEST(an_address_on_the_lan_is_asked_for_by_arp_and_the_answer_releases_the_datagram)
{
        uint8_t f[1500];
        struct packet_frame sent;

        wire_open();
        CHECK_EQ_INT(packet_send(wire.packet, 67, CLIENT, 67, NULL, "relay", 5), 0);
        CHECK_EQ_INT(wire.n_sent, 1);
        CHECK_EQ_INT(packet_frame_parse(wire.sent, wire.sent_size, &sent), 0);
        CHECK_EQ_INT(sent.kind, PACKET_FRAME_ARP);
        CHECK_EQ_INT(sent.to, CLIENT);
        packet_input(wire.packet, f, arp_frame(f, &OUR_MAC, 2, CLIENT, OURS), true);
        CHECK_EQ_INT(wire.n_sent, 2);
        CHECK_EQ_INT(packet_frame_parse(wire.sent, wire.sent_size, &sent), 0);
        CHECK_EQ_INT(sent.to_port, 67);
        CHECK(mac_equal(&sent.destination, &CLIENT_MAC));
}

TEST(a_network_without_a_gateway_to_it_is_refused)
{
        wire_open();
        CHECK_EQ_INT(packet_send(wire.packet, 67, 0x08080808, 67, NULL, "x", 1), PV_EREFUSED);
}

TEST(the_kernels_arp_questions_are_left_to_the_kernel)
{
        uint8_t f[1500];

        wire_open();
        packet_input(wire.packet, f, arp_frame(f, &EVERYBODY, 1, CLIENT, OURS), true);
        CHECK_EQ_INT(wire.n_sent, 0);
}

TEST(a_probe_is_answered_by_the_one_who_has_the_address)
{
        uint8_t f[1500];

        wire_open();
        CHECK_EQ_INT(packet_probe(wire.packet, CLIENT), 0);
        CHECK_EQ_INT(wire.n_sent, 1);
        packet_input(wire.packet, f, arp_frame(f, &OUR_MAC, 2, CLIENT, 0), true);
        CHECK_EQ_INT(wire.n_arp, 1);
        CHECK_EQ_INT(wire.arp_address, CLIENT);
}

TEST(waiting_for_arp_is_bounded)
{
        static const uint8_t payload[1400];

        wire_open();
        for (uint32_t i = 2; i < 250; i++) {
                int r = packet_send(wire.packet, 67, OURS + i, 67, NULL, payload, sizeof payload);
                CHECK(r == 0 || r == PV_ENOMEM);
        }
        /* A client that needs no ARP is still answered. */
        CHECK_EQ_INT(packet_send(wire.packet, 67, CLIENT, 68, &CLIENT_MAC, payload, sizeof payload), 0);
        for (int i = 0; i < 400; i++)
                packet_tick(wire.packet);
        CHECK_EQ_INT(packet_send(wire.packet, 67, CLIENT, 68, &CLIENT_MAC, payload, sizeof payload), 0);
}

TEST(junk_neither_crashes_nor_fills_the_pools)
{
        uint8_t f[1600];
        uint32_t x = 12345;

        wire_open();
        for (unsigned i = 0; i < 20000; i++) {
                size_t n = udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "hello");
                for (unsigned k = 0; k < 3; k++) {
                        x = x * 1664525 + 1013904223;
                        f[(x >> 8) % n] = (uint8_t)(x >> 24);
                }
                packet_input(wire.packet, f, (x >> 4) % (n + 1), x & 1);
        }
        unsigned before = wire.n_received;
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, 0, UINT32_MAX, 67, "hello"), true);
        CHECK_EQ_INT(wire.n_received, before + 1);
}

static size_t igmp_query(uint8_t *frame, uint32_t to)
{
        struct writer w = writer_of(frame, 60);

        writer_bytes(&w, GROUP_MAC.bytes, 6);
        writer_bytes(&w, CLIENT_MAC.bytes, 6);
        writer_u16(&w, 0x0800);
        writer_u16(&w, 0x4500);
        writer_u16(&w, 28);
        writer_u32(&w, 0);
        writer_u16(&w, 0x0102);
        writer_u16(&w, 0);
        writer_u32(&w, CLIENT);
        writer_u32(&w, to);
        uint16_t sum = checksum(frame + 14, 20, 0);
        frame[24] = (uint8_t)(sum >> 8);
        frame[25] = (uint8_t)sum;
        writer_u32(&w, 0x110a0000);
        writer_u32(&w, to);
        sum = checksum(frame + 34, 8, 0);
        frame[36] = (uint8_t)(sum >> 8);
        frame[37] = (uint8_t)sum;
        return writer_used(&w);
}

static bool is_report(void)
{
        return wire.sent_size == 14 + 24 + 8 && !memcmp(wire.sent, GROUP_MAC.bytes, 6) && wire.sent[23] == 2 &&
               wire.sent[38] == 0x16 && !memcmp(wire.sent + 42, "\xe0\x00\x01\x4b", 4);
}

TEST(a_member_of_a_group_says_so_at_once_and_when_it_is_asked)
{
        uint8_t f[1500];

        wire_open_in(GROUP);
        CHECK_EQ_INT(wire.n_sent, 1);
        CHECK(is_report());
        packet_tick(wire.packet);
        CHECK_EQ_INT(wire.n_sent, 2);           /* told twice, should one be lost */
        packet_tick(wire.packet);
        CHECK_EQ_INT(wire.n_sent, 2);
        packet_input(wire.packet, f, igmp_query(f, GROUP), true);
        packet_tick(wire.packet);
        CHECK_EQ_INT(wire.n_sent, 3);
        CHECK(is_report());
        packet_free(wire.packet);
        wire.packet = NULL;
        CHECK_EQ_INT(wire.n_sent, 4);           /* leaves it */
        CHECK_EQ_INT(wire.sent[38], 0x17);
}

TEST(the_group_and_our_own_address_are_heard_on_its_port_and_nothing_else_is)
{
        uint8_t f[1500];

        wire_open_in(GROUP);
        packet_input(wire.packet, f, udp_frame(f, &GROUP_MAC, CLIENT, GROUP, 5060, "ask"), true);
        CHECK_EQ_INT(wire.n_received, 1);
        CHECK_EQ_INT(wire.datagram.destination, GROUP);
        CHECK_EQ_INT(wire.datagram.port, 5060);
        packet_input(wire.packet, f, udp_frame(f, &OUR_MAC, CLIENT, OURS, 5060, "ok"), true);
        CHECK_EQ_INT(wire.n_received, 2);
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, CLIENT, UINT32_MAX, 5060, "x"), true);
        packet_input(wire.packet, f, udp_frame(f, &GROUP_MAC, CLIENT, GROUP + 1, 5060, "x"), true);
        packet_input(wire.packet, f, udp_frame(f, &GROUP_MAC, CLIENT, GROUP, 67, "x"), true);
        CHECK_EQ_INT(wire.n_received, 2);
        CHECK_EQ_INT(packet_send(wire.packet, 5060, CLIENT, 5060, &CLIENT_MAC, "n", 1), 0);
        CHECK_EQ_INT(packet_send(wire.packet, 5061, CLIENT, 5060, &CLIENT_MAC, "n", 1), PV_EREFUSED);
}

TEST(without_a_group_its_port_and_its_questions_are_nothing_to_us)
{
        uint8_t f[1500];

        wire_open();
        packet_input(wire.packet, f, udp_frame(f, &GROUP_MAC, CLIENT, GROUP, 5060, "ask"), true);
        packet_input(wire.packet, f, udp_frame(f, &OUR_MAC, CLIENT, OURS, 5060, "ok"), true);
        packet_input(wire.packet, f, igmp_query(f, GROUP), true);
        packet_tick(wire.packet);
        CHECK_EQ_INT(wire.n_received, 0);
        CHECK_EQ_INT(wire.n_sent, 0);
        CHECK_EQ_INT(packet_send(wire.packet, 5060, CLIENT, 5060, &CLIENT_MAC, "n", 1), PV_EREFUSED);
}

TEST(what_servers_say_to_clients_is_overheard_by_who_asks_for_it)
{
        uint8_t f[1500];

        wire_open();
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, CLIENT, UINT32_MAX, 68, "offer"), true);
        CHECK_EQ_INT(wire.n_received + wire.n_overheard, 0);
        wire_open_with(0, on_overheard);
        packet_input(wire.packet, f, udp_frame(f, &EVERYBODY, CLIENT, UINT32_MAX, 68, "offer"), true);
        CHECK_EQ_INT(wire.n_overheard, 1);
        CHECK_EQ_INT(wire.n_received, 0);
        CHECK_EQ_INT(wire.datagram.size, 5);
        CHECK_MEM(wire.payload, "offer", 5);
        CHECK_EQ_INT(packet_send_as_client(wire.packet, "ask", 3), 0);
        CHECK_EQ_INT(wire.sent_size, 14 + 28 + 3);
        CHECK_MEM(wire.sent + 6, OUR_MAC.bytes, 6);
}

TEST(there_is_one_at_a_time)
{
        struct packet_options options = {.interface = "none", .address = OURS, .prefix = 24};
        struct packet_handlers handlers = {.received = on_received};
        struct packet *second;

        wire_open();
        CHECK_EQ_INT(packet_new_fake(&options, &OUR_MAC, &handlers, on_send, NULL, &second), PV_EBUSY);
        packet_free(wire.packet);
        wire.packet = NULL;
}
