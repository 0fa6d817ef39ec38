/*
 * test_dhcp_message: options in every shape RFC 2131, 2132 and 3396 allow, and in those they do not.
 */
#include "provisioning/responder/dhcp_message.h"

#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/dhcp_request.h"

static struct dhcp_request q;
static struct dhcp_message m;

static int parse(void)
{
        return dhcp_message_parse(q.bytes, q.size, &m);
}

TEST(a_discover_is_read)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 60, "snomD735", 8);
        dhcp_request_end(&q);
        CHECK_EQ_INT(parse(), 0);
        CHECK_EQ_INT(m.type, DHCP_TYPE_DISCOVER);
        CHECK_EQ_INT(m.header.xid, 0x11223344);
        CHECK(mac_equal(&m.header.mac, &PHONE_MAC));
        const uint8_t *data;
        size_t size;
        CHECK_EQ_INT(dhcp_message_bytes(&m, DHCP_CODE_VENDOR_CLASS, &data, &size), 0);
        CHECK_EQ_INT(size, 8);
        CHECK_MEM(data, "snomD735", 8);
}

TEST(a_message_cut_anywhere_never_reads_past_its_end)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 55, "\1\3\6", 3);
        dhcp_request_end(&q);
        for (size_t size = 0; size < 240 + 3; size++)
                CHECK(dhcp_message_parse(q.bytes, size, &m) < 0);
}

TEST(option_longer_than_the_packet_is_refused)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        q.bytes[q.size++] = 60;
        q.bytes[q.size++] = 200;
        q.bytes[q.size++] = 'x';
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
}

TEST(an_end_that_is_missing_does_not_matter)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        CHECK_EQ_INT(parse(), 0);
}

TEST(what_follows_the_end_is_not_read)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_end(&q);
        q.bytes[q.size++] = 60;
        q.bytes[q.size++] = 200;
        CHECK_EQ_INT(parse(), 0);
        CHECK(!dhcp_message_has(&m, DHCP_CODE_VENDOR_CLASS));
}

TEST(a_wrong_magic_is_malformed)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        q.bytes[236] = 0;
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
}

TEST(bootp_without_a_type_is_not_dhcp)
{
        dhcp_request_begin(&q, &PHONE_MAC, 0);
        dhcp_request_end(&q);
        CHECK_EQ_INT(parse(), PV_EUNSET);
}

TEST(a_reply_is_not_a_request)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        q.bytes[0] = 2;
        CHECK_EQ_INT(parse(), PV_EREFUSED);
}

TEST(hardware_other_than_ethernet_is_refused)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        q.bytes[2] = 16;
        CHECK_EQ_INT(parse(), PV_EREFUSED);
        q.bytes[2] = 6;
        q.bytes[28] = 1;                        /* a group address */
        CHECK_EQ_INT(parse(), PV_EREFUSED);
        memset(q.bytes + 28, 0, 6);
        CHECK_EQ_INT(parse(), PV_EREFUSED);
}

TEST(an_unknown_type_is_refused)
{
        dhcp_request_begin(&q, &PHONE_MAC, 42);
        CHECK_EQ_INT(parse(), PV_EREFUSED);
}

/* RFC 3396 5: the pieces are one value, in their order. */
TEST(an_option_in_pieces_is_one)
{
        const uint8_t *data;
        size_t size;

        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 60, "snom", 4);
        dhcp_request_option(&q, 12, "host", 4);
        dhcp_request_option(&q, 60, "D735", 4);
        dhcp_request_end(&q);
        CHECK_EQ_INT(parse(), 0);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 60, &data, &size), 0);
        CHECK_EQ_INT(size, 8);
        CHECK_MEM(data, "snomD735", 8);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 12, &data, &size), 0);
        CHECK_MEM(data, "host", 4);
}

TEST(an_option_longer_than_255_bytes_arrives_whole)
{
        uint8_t long_one[255];
        const uint8_t *data;
        size_t size;

        memset(long_one, 'a', sizeof long_one);
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 43, long_one, 255);
        dhcp_request_option(&q, 43, long_one, 255);
        dhcp_request_option(&q, 43, "b", 1);
        dhcp_request_end(&q);
        CHECK_EQ_INT(parse(), 0);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 43, &data, &size), 0);
        CHECK_EQ_INT(size, 511);
        CHECK_EQ_INT(data[510], 'b');
}

/* RFC 2131 4.1: options, then file, then sname. */
TEST(overload_continues_in_file_and_then_in_sname)
{
        const uint8_t *data;
        size_t size;

        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 52, "\3", 1);
        dhcp_request_option(&q, 60, "sn", 2);
        dhcp_request_end(&q);
        memcpy(q.bytes + DHCP_REQUEST_FILE, "\x3c\2om\xff", 5);
        memcpy(q.bytes + DHCP_REQUEST_SNAME, "\x3c\4D735\xff", 7);
        CHECK_EQ_INT(parse(), 0);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 60, &data, &size), 0);
        CHECK_EQ_INT(size, 8);
        CHECK_MEM(data, "snomD735", 8);
}

TEST(without_overload_file_and_sname_are_not_options)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        memcpy(q.bytes + DHCP_REQUEST_FILE, "\x3c\4snom", 6);
        dhcp_request_end(&q);
        CHECK_EQ_INT(parse(), 0);
        CHECK(!dhcp_message_has(&m, 60));
}

TEST(an_overload_inside_file_is_not_followed)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 52, "\1", 1);
        dhcp_request_end(&q);
        memcpy(q.bytes + DHCP_REQUEST_FILE, "\x34\1\2\xff", 4);
        memcpy(q.bytes + DHCP_REQUEST_SNAME, "\x3c\4snom\xff", 7);
        CHECK_EQ_INT(parse(), 0);
        CHECK(!dhcp_message_has(&m, 60));
}

TEST(an_option_may_not_run_from_file_into_what_follows)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 52, "\1", 1);
        dhcp_request_end(&q);
        memset(q.bytes + DHCP_REQUEST_FILE, 0, 126);
        q.bytes[DHCP_REQUEST_FILE + 126] = 60;
        q.bytes[DHCP_REQUEST_FILE + 127] = 9;
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
}

TEST(an_overload_of_a_strange_value_is_malformed)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 52, "\4", 1);
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 52, "", 0);
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
}

TEST(two_types_are_malformed)
{
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 53, "\3", 1);
        CHECK_EQ_INT(parse(), PV_EMALFORMED);
}

TEST(empty_is_not_absent)
{
        const uint8_t *data;
        size_t size = 99;
        uint32_t value;

        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 12, "", 0);
        CHECK_EQ_INT(parse(), 0);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 12, &data, &size), 0);
        CHECK_EQ_INT(size, 0);
        CHECK_EQ_INT(dhcp_message_bytes(&m, 15, &data, &size), PV_EUNSET);
        CHECK_EQ_INT(dhcp_message_u32(&m, 12, &value), PV_EMALFORMED);
        CHECK_EQ_INT(dhcp_message_u32(&m, 50, &value), PV_EUNSET);
}

/* --- building --- */

static const struct dhcp_header REPLY = {.op = 2, .xid = 7, .mac = {{0x00, 0x04, 0x13, 0xaa, 0xbb, 0xcc}}};
static uint8_t out[DHCP_MESSAGE_MAX];

/* Reads a reply of ours back, by saying it were a request. */
static int read_back(size_t size)
{
        out[0] = 1;
        return dhcp_message_parse(out, size, &m);
}

TEST(options_follow_the_parameter_request_list)
{
        struct dhcp_option options[] = {
                {.code = 53, .data = "\5", .size = 1}, {.code = 54, .data = "\1\1\1\1", .size = 4},
                {.code = 1, .data = "\2\2\2\2", .size = 4}, {.code = 6, .data = "\3\3\3\3", .size = 4},
                {.code = 82, .data = "r", .size = 1}, {.code = 61, .data = "c", .size = 1},
        };
        size_t size, at = 240;
        static const uint8_t EXPECTED[] = {53, 6, 1, 54, 61, 82};

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 6, (const uint8_t *)"\6\1\x52", 3, 548, out, &size), 0);
        for (size_t i = 0; i < sizeof EXPECTED; i++) {
                CHECK_EQ_INT(out[at], EXPECTED[i]);
                at += 2u + out[at + 1];
        }
        CHECK_EQ_INT(out[at], 255);
        CHECK_EQ_INT(size, 300);
}

TEST(what_does_not_fit_goes_into_file_and_sname)
{
        static const uint8_t text[255] = {'t'};
        struct dhcp_option options[] = {
                {.code = 53, .data = "\5", .size = 1},
                {.code = 66, .data = text, .size = 250},
                {.code = 15, .data = text, .size = 100, .rank = 3},
                {.code = 67, .data = text, .size = 50, .rank = 1},
        };
        size_t size;

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 4, NULL, 0, 548, out, &size), 0);
        CHECK(size <= 548);
        CHECK_EQ_INT(read_back(size), 0);
        CHECK_EQ_INT(m.options[66].size, 250);
        CHECK_EQ_INT(m.options[15].size, 100);
        CHECK_EQ_INT(m.options[67].size, 50);
        CHECK(dhcp_message_has(&m, DHCP_CODE_OVERLOAD));
}

TEST(the_least_needed_is_left_out_first)
{
        static const uint8_t text[255] = {'t'};
        struct dhcp_option options[] = {
                {.code = 53, .data = "\5", .size = 1},
                {.code = 66, .data = text, .size = 250, .rank = 1},
                {.code = 43, .data = text, .size = 120, .rank = 1},
                {.code = 15, .data = text, .size = 200, .rank = 3},
        };
        size_t size;

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 4, NULL, 0, 548, out, &size), 0);
        CHECK_EQ_INT(read_back(size), 0);
        CHECK_EQ_INT(m.options[66].size, 250);
        CHECK_EQ_INT(m.options[43].size, 120);
        CHECK(!dhcp_message_has(&m, 15));
}

TEST(a_long_option_that_does_not_fit_leaves_its_place_to_short_ones)
{
        static const uint8_t text[255] = {'t'};
        struct dhcp_option options[] = {
                {.code = 53, .data = "\5", .size = 1},
                {.code = 66, .data = text, .size = 20, .rank = 1},
                {.code = 67, .data = text, .size = 200, .rank = 1},
                {.code = 43, .data = text, .size = 230, .rank = 1},
                {.code = 6, .data = text, .size = 16, .rank = 2},
                {.code = 132, .data = text, .size = 3, .rank = 3},
        };
        size_t size;

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 6, NULL, 0, 548, out, &size), 0);
        CHECK_EQ_INT(read_back(size), 0);
        CHECK_EQ_INT(m.options[66].size, 20);
        CHECK_EQ_INT(m.options[67].size, 200);
        CHECK(!dhcp_message_has(&m, 43));
        CHECK_EQ_INT(m.options[6].size, 16);
        CHECK_EQ_INT(m.options[132].size, 3);
}

TEST(what_must_be_there_and_does_not_fit_is_refused)
{
        static const uint8_t text[600] = {'t'};
        struct dhcp_option options[] = {{.code = 82, .data = text, .size = 400}};
        size_t size = 1;

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 1, NULL, 0, 548, out, &size), PV_ETOOLARGE);
        CHECK_EQ_INT(size, 1);
}

TEST(a_long_option_is_written_in_pieces)
{
        static uint8_t text[600];
        struct dhcp_option options[] = {{.code = 53, .data = "\5", .size = 1}, {.code = 43, .data = text, .size = 600}};
        size_t size;

        for (size_t i = 0; i < sizeof text; i++)
                text[i] = (uint8_t)i;
        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 2, NULL, 0, 1472, out, &size), 0);
        CHECK_EQ_INT(read_back(size), 0);
        CHECK_EQ_INT(m.options[43].size, 600);
        CHECK_MEM(m.bytes + m.options[43].at, text, 600);
}

TEST(what_the_relay_added_stays_in_the_options_field)
{
        static const uint8_t text[255] = {'t'};
        struct dhcp_option options[] = {
                {.code = 53, .data = "\5", .size = 1},
                {.code = 82, .data = text, .size = 100},
                {.code = 66, .data = text, .size = 250, .rank = 1},
        };
        size_t size, n;

        CHECK_EQ_INT(dhcp_message_build(&REPLY, options, 3, NULL, 0, 548, out, &size), 0);
        CHECK(dhcp_reply_option(out, size, 82, &n));
        CHECK_EQ_INT(n, 100);
}
