/*
 * test_dhcp_policy: one row per clause; then the promise about sources over random requests.
 */
#include "provisioning/responder/dhcp_policy.h"

#include "provisioning/responder/dhcp_answer.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/dhcp_request.h"

enum { SERVER = 0x0a000001, MINE = 0x0a000032, OTHER = 0x0a000033, ELSEWHERE = 0xc0a80005, URL_MARK = 0x55 };

static const char URL[] = "https://10.0.0.1/{mac}.xml";

static struct site the_site(void)
{
        struct site site = {
                .lan_address = SERVER,
                .lan_prefix = 24,
                .pool_first = MINE,
                .pool_last = 0x0a000063,
                .router = SERVER,
                .dns = {SERVER},
                .n_dns = 1,
                .ntp = {SERVER},
                .n_ntp = 1,
                .domain = "site.example",
                .lease_s = 3600,
                .option_120 = 0x0a000009,
                .option_132 = "114",
                .option_133 = "5",
                .phone_ca = "",
                .complete = true,
        };

        strcpy(site.bootstrap_url, URL);
        return site;
}

/* What of the request and of the facts a row changes; 0 is "as usual". */
struct row {
        const char *clause;
        uint8_t type;
        uint32_t server, wanted, ciaddr, giaddr;
        bool has_116;
        bool untrusted, silent_site, off, not_from_itself, other_id, not_live;
        uint32_t reserved, held, choice;
        bool unfamiliar;
        enum dhcp_lease_view view;
        enum dhcp_policy_action expected;
        uint32_t expected_address;
};

#define ROW_HELD .held = MINE, .view = DHCP_LEASE_VIEW_MINE

static const struct row ROWS[] = {
        {"RFC 2131 4.3.1: a discover is offered an address", 1, .choice = MINE, .expected = DHCP_POLICY_OFFER,
         .expected_address = MINE},
        {"RFC 2131 4.3.1: an address never used is probed first", 1, .choice = MINE, .unfamiliar = true,
         .expected = DHCP_POLICY_PROBE, .expected_address = MINE},
        {"RFC 2131 4.3.1: without an address there is no offer", 1, .expected = DHCP_POLICY_SILENT},
        {"RFC 2563 2.3: unless the client asks whether to configure itself", 1, .has_116 = true,
         .expected = DHCP_POLICY_OFFER_NOTHING},
        {"RFC 2131 4.3.2 SELECTING: what was offered", 3, .server = SERVER, .wanted = MINE, ROW_HELD,
         .expected = DHCP_POLICY_ACK, .expected_address = MINE},
        {"SELECTING: what is free is not refused when the offer lapsed", 3, .server = SERVER, .wanted = MINE,
         .view = DHCP_LEASE_VIEW_FREE, .expected = DHCP_POLICY_ACK, .expected_address = MINE},
        {"SELECTING: what another has", 3, .server = SERVER, .wanted = OTHER, .view = DHCP_LEASE_VIEW_TAKEN,
         .expected = DHCP_POLICY_NAK},
        {"SELECTING: what is in quarantine", 3, .server = SERVER, .wanted = OTHER, .view = DHCP_LEASE_VIEW_QUARANTINED,
         .expected = DHCP_POLICY_NAK},
        {"SELECTING: what is not given out", 3, .server = SERVER, .wanted = OTHER, .view = DHCP_LEASE_VIEW_OUTSIDE,
         .expected = DHCP_POLICY_NAK},
        {"RFC 2131 3.1.4: the client chose another server", 3, .server = OTHER, .wanted = MINE,
         .expected = DHCP_POLICY_OTHER_SERVER},
        {"RFC 2131 4.3.2 SELECTING: the requested address must be there", 3, .server = SERVER,
         .expected = DHCP_POLICY_SILENT},
        {"RFC 2131 4.3.2 INIT-REBOOT: its own address", 3, .wanted = MINE, ROW_HELD, .expected = DHCP_POLICY_ACK,
         .expected_address = MINE},
        {"INIT-REBOOT: no record of the client: MUST remain silent", 3, .wanted = MINE, .view = DHCP_LEASE_VIEW_FREE,
         .expected = DHCP_POLICY_SILENT},
        {"INIT-REBOOT: on the wrong network", 3, .wanted = ELSEWHERE, .view = DHCP_LEASE_VIEW_OUTSIDE,
         .expected = DHCP_POLICY_NAK},
        {"INIT-REBOOT: another address than on record", 3, .wanted = OTHER, .held = MINE, .view = DHCP_LEASE_VIEW_FREE,
         .expected = DHCP_POLICY_NAK},
        {"INIT-REBOOT: a reservation is a record", 3, .wanted = MINE, .reserved = MINE, .view = DHCP_LEASE_VIEW_MINE,
         .expected = DHCP_POLICY_ACK, .expected_address = MINE},
        {"INIT-REBOOT: it was given another reservation", 3, .wanted = MINE, .reserved = OTHER, ROW_HELD,
         .expected = DHCP_POLICY_NAK},
        {"RFC 2131 4.3.2 RENEWING: its own address", 3, .ciaddr = MINE, ROW_HELD, .expected = DHCP_POLICY_ACK,
         .expected_address = MINE},
        {"RENEWING: the client is believed when the address is free", 3, .ciaddr = MINE, .view = DHCP_LEASE_VIEW_FREE,
         .expected = DHCP_POLICY_ACK, .expected_address = MINE},
        {"RENEWING: another's address", 3, .ciaddr = OTHER, .view = DHCP_LEASE_VIEW_TAKEN, .expected = DHCP_POLICY_NAK},
        {"REBINDING: an address of another network", 3, .ciaddr = ELSEWHERE, .view = DHCP_LEASE_VIEW_OUTSIDE,
         .expected = DHCP_POLICY_NAK},
        {"REBINDING: an address that another server gave", 3, .ciaddr = OTHER, .view = DHCP_LEASE_VIEW_OUTSIDE,
         .expected = DHCP_POLICY_SILENT},
        {"a request that asks for nothing", 3, .expected = DHCP_POLICY_SILENT},
        {"RFC 2131 4.3.5: INFORM", 8, .ciaddr = OTHER, .expected = DHCP_POLICY_INFORM, .expected_address = OTHER},
        {"INFORM from elsewhere is no way to make us send there", 8, .ciaddr = ELSEWHERE, .expected = DHCP_POLICY_SILENT},
        {"INFORM without an address", 8, .expected = DHCP_POLICY_SILENT},
        {"RFC 2131 4.3.4: RELEASE of its holder", 7, .server = SERVER, .ciaddr = MINE, ROW_HELD,
         .expected = DHCP_POLICY_RELEASE, .expected_address = MINE},
        {"RELEASE of another's address", 7, .server = SERVER, .ciaddr = OTHER, ROW_HELD, .expected = DHCP_POLICY_SILENT},
        {"RELEASE with another client identifier", 7, .server = SERVER, .ciaddr = MINE, .other_id = true, ROW_HELD,
         .expected = DHCP_POLICY_SILENT},
        {"RELEASE sent by another station", 7, .server = SERVER, .ciaddr = MINE, .not_from_itself = true, ROW_HELD,
         .expected = DHCP_POLICY_SILENT},
        {"RELEASE for another server", 7, .server = OTHER, .ciaddr = MINE, ROW_HELD, .expected = DHCP_POLICY_SILENT},
        {"RELEASE of what ended already", 7, .server = SERVER, .ciaddr = MINE, .not_live = true, ROW_HELD,
         .expected = DHCP_POLICY_SILENT},
        {"RFC 2131 4.3.3: DECLINE of its holder", 4, .server = SERVER, .wanted = MINE, ROW_HELD,
         .expected = DHCP_POLICY_DECLINE, .expected_address = MINE},
        {"DECLINE of another's address", 4, .server = SERVER, .wanted = OTHER, ROW_HELD, .expected = DHCP_POLICY_SILENT},
        {"DECLINE sent by another station", 4, .server = SERVER, .wanted = MINE, .not_from_itself = true, ROW_HELD,
         .expected = DHCP_POLICY_SILENT},
        {"DECLINE without an address", 4, .server = SERVER, ROW_HELD, .expected = DHCP_POLICY_SILENT},
        {"RFC 2131 4.1: a relay of this network", 1, .giaddr = OTHER, .choice = MINE, .expected = DHCP_POLICY_OFFER,
         .expected_address = MINE},
        {"a relay of a network we have no addresses of", 1, .giaddr = ELSEWHERE, .choice = MINE,
         .expected = DHCP_POLICY_SILENT},
        {"our own address as relay", 1, .giaddr = SERVER, .choice = MINE, .expected = DHCP_POLICY_SILENT},
        {"an unknown client gets a plain lease", 1, .untrusted = true, .choice = MINE, .expected = DHCP_POLICY_OFFER,
         .expected_address = MINE},
        {"or silence, as the site says", 1, .untrusted = true, .silent_site = true, .choice = MINE,
         .expected = DHCP_POLICY_SILENT},
        {"silence means INFORM as well", 8, .untrusted = true, .silent_site = true, .ciaddr = OTHER,
         .expected = DHCP_POLICY_SILENT},
        {"the site that is silent to others answers its phones", 1, .silent_site = true, .choice = MINE,
         .expected = DHCP_POLICY_OFFER, .expected_address = MINE},
        {"dhcp_mode off", 1, .off = true, .choice = MINE, .expected = DHCP_POLICY_SILENT},
        {"a server's message", 5, .ciaddr = MINE, ROW_HELD, .expected = DHCP_POLICY_SILENT},
};

static void make_request(const struct row *row, struct dhcp_message *ret)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, row->untrusted ? &LAPTOP_MAC : &PHONE_MAC, row->type);
        dhcp_request_u32(&q, DHCP_REQUEST_CIADDR, row->ciaddr);
        dhcp_request_u32(&q, DHCP_REQUEST_GIADDR, row->giaddr);
        if (row->server)
                dhcp_request_address(&q, 54, row->server);
        if (row->wanted)
                dhcp_request_address(&q, 50, row->wanted);
        if (row->has_116)
                dhcp_request_option(&q, 116, "\1", 1);
        dhcp_request_end(&q);
        CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, ret), 0);
}

TEST(every_clause_is_kept)
{
        for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
                const struct row *row = &ROWS[i];
                struct site site = the_site();
                struct dhcp_message m;
                struct dhcp_policy_facts facts = {
                        .site = &site,
                        .is_serving = !row->off,
                        .is_trusted = !row->untrusted,
                        .is_from_itself = !row->not_from_itself,
                        .source = row->untrusted ? NULL : URL,
                        .plain_reason = "unknown client",
                        .reserved = row->reserved,
                        .is_reserved_usable = row->reserved != 0,
                        .held = row->held,
                        .is_held_live = row->held && !row->not_live,
                        .is_same_id = !row->other_id,
                        .wanted = row->view,
                        .choice = row->choice,
                        .is_choice_familiar = !row->unfamiliar,
                };
                site.unknown_clients = row->silent_site ? SITE_UNKNOWN_SILENT : SITE_UNKNOWN_PLAIN;
                make_request(row, &m);
                struct dhcp_policy_answer answer = dhcp_policy_decide(&m, &facts);
                if (answer.action != row->expected || answer.address != row->expected_address)
                        TEST_FAIL("%s: action %d, address %08x (%s)", row->clause, (int)answer.action, answer.address,
                                  answer.reason);
                if (row->untrusted && answer.source)
                        TEST_FAIL("%s: a source was named", row->clause);
                CHECK(answer.reason && *answer.reason);
        }
}

/* --- where it goes: RFC 2131 4.1 --- */

static struct dhcp_policy_way way_of(uint32_t ciaddr, uint32_t giaddr, bool broadcast, enum dhcp_policy_action action)
{
        struct dhcp_message m = {.header = {.ciaddr = ciaddr, .giaddr = giaddr, .flags = broadcast ? 0x8000 : 0}};
        struct dhcp_policy_answer answer = {.action = action, .address = MINE};

        return dhcp_policy_way(&m, &answer);
}

TEST(an_answer_goes_where_the_rfc_says)
{
        struct dhcp_policy_way way = way_of(0, 0, false, DHCP_POLICY_OFFER);
        CHECK(way.address == MINE && way.port == 68 && way.is_to_mac);
        way = way_of(0, 0, true, DHCP_POLICY_OFFER);
        CHECK(way.address == UINT32_MAX && way.port == 68 && !way.is_to_mac);
        way = way_of(OTHER, 0, true, DHCP_POLICY_ACK);
        CHECK(way.address == OTHER && way.port == 68);
        way = way_of(OTHER, 0, false, DHCP_POLICY_NAK);
        CHECK(way.address == UINT32_MAX && way.port == 68);
        way = way_of(0, OTHER, false, DHCP_POLICY_NAK);
        CHECK(way.address == OTHER && way.port == 67 && !way.is_to_mac);
}

/* --- what it says --- */

static struct dhcp_message m;
static uint8_t out[DHCP_MESSAGE_MAX];
static size_t out_size;

static void answer_to(const uint8_t *wishes, uint8_t n_wishes, enum site_option_form form, const char *source)
{
        struct dhcp_request q;
        struct site site = the_site();
        struct dhcp_policy_answer answer = {
                .action = DHCP_POLICY_ACK, .address = MINE, .lease_s = 3600, .source = source, .reason = "test"};

        site.option_form = form;
        dhcp_request_begin(&q, &PHONE_MAC, 3);
        dhcp_request_address(&q, 50, MINE);
        dhcp_request_option(&q, 61, "\1client", 7);
        dhcp_request_option(&q, 82, "\1\4port", 6);
        if (n_wishes)
                dhcp_request_option(&q, 55, wishes, n_wishes);
        dhcp_request_end(&q);
        CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, &m), 0);
        CHECK_EQ_INT(dhcp_answer_build(&m, &answer, &site, out, &out_size), 0);
}

static bool says(uint8_t code, const void *data, size_t size)
{
        size_t n;
        const uint8_t *at = dhcp_reply_option(out, out_size, code, &n);

        return at && n == size && !memcmp(at, data, n);
}

static bool mentions(uint8_t code)
{
        size_t n;

        return dhcp_reply_option(out, out_size, code, &n) != NULL;
}

TEST(without_a_list_everything_is_said)
{
        answer_to(NULL, 0, SITE_OPTION_FORM_URL, URL);
        CHECK(says(53, "\5", 1));
        CHECK(says(54, "\x0a\0\0\1", 4));
        CHECK(says(1, "\xff\xff\xff\0", 4));
        CHECK(says(3, "\x0a\0\0\1", 4));
        CHECK(says(6, "\x0a\0\0\1", 4));
        CHECK(says(15, "site.example", 12));
        CHECK(says(42, "\x0a\0\0\1", 4));
        CHECK(says(51, "\0\0\x0e\x10", 4));
        CHECK(says(58, "\0\0\x07\x08", 4));
        CHECK(says(59, "\0\0\x0c\x4e", 4));
        CHECK(says(120, "\1\x0a\0\0\x09", 5));          /* RFC 3361 3.2: encoding 1, an address */
        CHECK(says(132, "114", 3));
        CHECK(says(133, "5", 1));
        CHECK(says(66, URL, strlen(URL)));
        CHECK(!mentions(67));
        CHECK(!mentions(43));
        CHECK(says(61, "\1client", 7));                 /* RFC 6842 3 */
        CHECK(says(82, "\1\4port", 6));                 /* RFC 3046 2.2 */
}

TEST(a_trusted_phone_is_told_its_source_even_when_it_does_not_ask)
{
        answer_to((const uint8_t *)"\1", 1, SITE_OPTION_FORM_URL, URL);
        CHECK(says(66, URL, strlen(URL)));
        CHECK(!mentions(6));
        CHECK(!mentions(132));
}

TEST(split_names_server_and_path)
{
        answer_to(NULL, 0, SITE_OPTION_FORM_SPLIT, URL);
        CHECK(says(66, "https://10.0.0.1", 16));
        CHECK(says(67, "/{mac}.xml", 10));
        CHECK(!mentions(43));
}

TEST(both_says_it_encapsulated_as_well)
{
        answer_to(NULL, 0, SITE_OPTION_FORM_BOTH, URL);
        CHECK(says(66, "https://10.0.0.1", 16));
        CHECK(says(67, "/{mac}.xml", 10));
        CHECK(says(43, "\x42\x11https://10.0.0.1\0\x43\x0b/{mac}.xml\0", 2 + 17 + 2 + 11));
}

TEST(a_plain_answer_names_no_source)
{
        answer_to((const uint8_t *)"\1\3\6\x42\x43\x2b", 6, SITE_OPTION_FORM_BOTH, NULL);
        CHECK(!mentions(66));
        CHECK(!mentions(67));
        CHECK(!mentions(43));
}

/* The whole reply, byte by byte, for the list a D735 sends. */
TEST(the_bytes_of_an_ack_are_the_golden_ones)
{
        static const uint8_t WISHES[] = {1, 3, 4, 6, 12, 15, 42, 43, 51, 66, 67, 120, 125, 132, 133};

        answer_to(WISHES, sizeof WISHES, SITE_OPTION_FORM_URL, URL);
        CHECK_GOLDEN("responder/ack_source_url.bin", out, out_size);
        answer_to(WISHES, sizeof WISHES, SITE_OPTION_FORM_BOTH, URL);
        CHECK_GOLDEN("responder/ack_source_both.bin", out, out_size);
        answer_to(WISHES, sizeof WISHES, SITE_OPTION_FORM_BOTH, NULL);
        CHECK_GOLDEN("responder/ack_plain.bin", out, out_size);
}

TEST(a_nak_says_nothing_but_why)
{
        struct dhcp_request q;
        struct site site = the_site();
        struct dhcp_policy_answer answer = {.action = DHCP_POLICY_NAK, .reason = "no"};

        dhcp_request_begin(&q, &PHONE_MAC, 3);
        dhcp_request_u32(&q, DHCP_REQUEST_CIADDR, MINE);
        dhcp_request_u32(&q, DHCP_REQUEST_GIADDR, OTHER);
        dhcp_request_end(&q);
        CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, &m), 0);
        CHECK_EQ_INT(dhcp_answer_build(&m, &answer, &site, out, &out_size), 0);
        CHECK(says(53, "\6", 1));
        CHECK(says(56, "no", 2));
        CHECK(!mentions(51));
        CHECK(!mentions(1));
        CHECK_EQ_INT(out[10] & 0x80, 0x80);             /* RFC 2131 4.3.2: the relay must broadcast it */
        CHECK_MEM(out + 12, "\0\0\0\0\0\0\0\0", 8);     /* RFC 2131 table 3 */
}

TEST(an_inform_is_answered_without_a_lease)
{
        struct dhcp_request q;
        struct site site = the_site();
        struct dhcp_policy_answer answer = {.action = DHCP_POLICY_INFORM, .address = OTHER, .source = URL, .reason = "x"};

        dhcp_request_begin(&q, &PHONE_MAC, 8);
        dhcp_request_u32(&q, DHCP_REQUEST_CIADDR, OTHER);
        dhcp_request_end(&q);
        CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, &m), 0);
        CHECK_EQ_INT(dhcp_answer_build(&m, &answer, &site, out, &out_size), 0);
        CHECK(says(53, "\5", 1));
        CHECK(!mentions(51) && !mentions(58) && !mentions(59));
        CHECK(says(66, URL, strlen(URL)));
        CHECK_MEM(out + 16, "\0\0\0\0", 4);             /* yiaddr */
}

TEST(the_maximum_size_of_the_client_is_kept)
{
        struct dhcp_request q;
        struct site site = the_site();
        struct dhcp_policy_answer answer = {
                .action = DHCP_POLICY_ACK, .address = MINE, .lease_s = 3600, .source = site.bootstrap_url, .reason = "x"};

        site.option_form = SITE_OPTION_FORM_BOTH;
        memset(site.domain, 'd', 250);
        memset(site.bootstrap_url, 'u', 200);
        memcpy(site.bootstrap_url, "https://10.0.0.1/", 17);
        site.bootstrap_url[200] = '\0';
        for (uint16_t max = 300; max < 1600; max += 50) {
                uint8_t bytes[2] = {(uint8_t)(max >> 8), (uint8_t)max};
                size_t room = (max < 576 ? 576 : max > 1500 ? 1500 : max) - 28u;
                dhcp_request_begin(&q, &PHONE_MAC, 3);
                dhcp_request_option(&q, 57, bytes, 2);
                CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, &m), 0);
                CHECK_EQ_INT(dhcp_answer_build(&m, &answer, &site, out, &out_size), 0);
                CHECK(out_size <= room);
                out[0] = 1;
                struct dhcp_message back;
                CHECK_EQ_INT(dhcp_message_parse(out, out_size, &back), 0);
                CHECK(dhcp_message_has(&back, 51) && dhcp_message_has(&back, 54) && dhcp_message_has(&back, 66));
        }
}

/* --- promise 2, over random requests --- */

static uint32_t state = 1;

static uint32_t any(uint32_t below)
{
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below;
}

static uint32_t any_address(void)
{
        static const uint32_t ADDRESSES[] = {0, SERVER, MINE, OTHER, ELSEWHERE};

        return ADDRESSES[any(5)];
}

static void any_request(struct dhcp_request *q)
{
        dhcp_request_begin(q, any(2) ? &PHONE_MAC : &LAPTOP_MAC, (uint8_t)(1 + any(8)));
        dhcp_request_u32(q, DHCP_REQUEST_CIADDR, any_address());
        dhcp_request_u32(q, DHCP_REQUEST_GIADDR, any(3) ? 0 : any_address());
        if (any(2))
                dhcp_request_address(q, 54, any_address());
        if (any(2))
                dhcp_request_address(q, 50, any_address());
        if (any(2))
                dhcp_request_option(q, 60, "snomD735", 8);
        if (any(2))
                dhcp_request_option(q, 55, "\x42\x43\x2b\1\3", (uint8_t)any(6));
        if (any(4) == 0)
                dhcp_request_option(q, 66, URL, sizeof URL - 1);        /* what a client sends is never echoed */
        if (any(4) == 0)
                dhcp_request_option(q, 82, "\1\2ab", 4);
        dhcp_request_end(q);
}

TEST(an_unapproved_phone_never_gets_66_67_or_43)
{
        unsigned n_answers = 0, n_sources = 0;

        for (unsigned i = 0; i < 200000; i++) {
                struct site site = the_site();
                struct dhcp_request q;
                struct dhcp_policy_facts facts = {
                        .site = &site,
                        .is_serving = any(10),
                        .is_trusted = any(4) == 0,
                        .is_from_itself = any(2),
                        .source = any(2) ? URL : NULL,          /* also when nobody should have set it */
                        .plain_reason = "unknown client",
                        .reserved = any_address(),
                        .is_reserved_usable = any(2),
                        .held = any_address(),
                        .is_held_live = any(2),
                        .is_same_id = any(2),
                        .wanted = (enum dhcp_lease_view)any(5),
                        .choice = any_address(),
                        .is_choice_familiar = any(2),
                };
                site.option_form = (enum site_option_form)any(3);
                any_request(&q);
                CHECK_EQ_INT(dhcp_message_parse(q.bytes, q.size, &m), 0);
                struct dhcp_policy_answer answer = dhcp_policy_decide(&m, &facts);
                int r = dhcp_answer_build(&m, &answer, &site, out, &out_size);
                if (r < 0)
                        continue;
                n_answers++;
                static struct dhcp_message back;                /* file and sname are looked into as well */
                out[0] = 1;
                CHECK_EQ_INT(dhcp_message_parse(out, out_size, &back), 0);
                bool has = dhcp_message_has(&back, 66) || dhcp_message_has(&back, 67) || dhcp_message_has(&back, 43);
                n_sources += has;
                if (!facts.is_trusted && has)
                        TEST_FAIL("a source for a client that is not trusted, round %u", i);
                if (has != (answer.source != NULL))
                        TEST_FAIL("source said and source decided differ, round %u", i);
        }
        CHECK(n_answers > 10000);
        CHECK(n_sources > 1000);
}
