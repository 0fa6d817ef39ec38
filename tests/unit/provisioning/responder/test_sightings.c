/*
 * test_sightings: what the store hears of phones that ask, and how often.
 */
#include "provisioning/responder/sightings.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/dhcp_request.h"
#include "tests/unit/provisioning/responder/pnp_request.h"

enum { ADDRESS = 0x0a000032 };

static struct world {
        struct directory *directory;
        struct sightings *sightings;
        uint64_t now_ms;
        unsigned n;
        struct sighting last;
} w;

static void on_tell(const struct sighting *sighting, void *userdata)
{
        (void)userdata;
        w.n++;
        w.last = *sighting;
}

static void begin(void)
{
        sightings_free(w.sightings);
        directory_free(w.directory);
        w = (struct world){.now_ms = 1000000};
        CHECK_EQ_INT(directory_new(&w.directory), 0);
        CHECK_EQ_INT(sightings_new(w.directory, on_tell, NULL, &w.sightings), 0);
}

static void know(const struct mac *mac, bool is_trusted, bool has_model)
{
        struct directory_phone phone = {.mac = *mac, .is_trusted = is_trusted, .has_model = has_model};

        CHECK_EQ_INT(directory_phone_put(w.directory, &phone), 0);
}

static void hear(struct dhcp_request *q)
{
        struct dhcp_message m;

        dhcp_request_end(q);
        CHECK_EQ_INT(dhcp_message_parse(q->bytes, q->size, &m), 0);
        sightings_dhcp(w.sightings, &m, w.now_ms);
}

static void discover(const struct mac *mac, const char *hostname)
{
        struct dhcp_request q;

        dhcp_request_begin(&q, mac, 1);
        dhcp_request_option(&q, 60, "snomD735", 8);
        dhcp_request_option(&q, 12, hostname, (uint8_t)strlen(hostname));
        hear(&q);
}

static void subscribe(void)
{
        struct pnp_message m;

        CHECK_EQ_INT(pnp_message_parse(PNP_REQUEST, strlen(PNP_REQUEST), &m), 0);
        sightings_pnp(w.sightings, &m, ADDRESS, w.now_ms);
}

static const char *value(enum sighting_kind kind)
{
        return w.last.values[kind];
}

TEST(a_request_that_came_through_a_relay_is_told_with_all_that_stands_in_it)
{
        static const uint8_t information[] = {1, 6, 0, 4, 0, 10, 1, 5, 2, 9, 's', 'w', '-', 'f', 'l', 'o', 'o', 'r', '2'};
        struct dhcp_request q;

        begin();
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_u32(&q, DHCP_REQUEST_GIADDR, 0x0a0000fe);
        dhcp_request_option(&q, 60, "snomD785", 8);
        dhcp_request_option(&q, 12, "desk\x1b[2J", 8);
        dhcp_request_option(&q, 61, "\1\0\4\x13\xaa\xbb\xcc", 7);
        dhcp_request_option(&q, 55, "\1\3\6\x42\x43\x2b", 6);
        dhcp_request_option(&q, 82, information, sizeof information);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
        CHECK(mac_equal(&w.last.mac, &PHONE_MAC));
        CHECK_STR(sighting_how_text(w.last.how), "dhcp");
        CHECK_STR(w.last.model, "snomD785");
        CHECK_STR(value(SIGHTING_VENDOR_CLASS), "snomD785");
        CHECK_STR(value(SIGHTING_HOSTNAME), "desk\\x1b[2J");
        CHECK_STR(value(SIGHTING_CLIENT_ID), "01000413aabbcc");
        CHECK_STR(value(SIGHTING_PARAMETERS), "1 3 6 66 67 43");
        CHECK_STR(value(SIGHTING_RELAY), "10.0.0.254");
        CHECK_STR(value(SIGHTING_CIRCUIT_ID), "0x0004000a0105");
        CHECK_STR(value(SIGHTING_REMOTE_ID), "sw-floor2");
        CHECK_STR(value(SIGHTING_LAN_ADDRESS), "");
}

TEST(a_pnp_question_is_told_with_model_version_and_address)
{
        begin();
        subscribe();
        CHECK_EQ_INT(w.n, 1);
        CHECK_STR(sighting_how_text(w.last.how), "pnp");
        CHECK_STR(w.last.model, "snomD785");
        CHECK_STR(w.last.firmware, "10.1.169.16");
        CHECK_STR(value(SIGHTING_PNP_VENDOR), "snom");
        CHECK_STR(value(SIGHTING_PNP_MODEL), "snomD785");
        CHECK_STR(value(SIGHTING_PNP_VERSION), "10.1.169.16");
        CHECK_STR(value(SIGHTING_LAN_ADDRESS), "10.0.0.50");
}

TEST(the_longest_values_are_cut_and_stay_within_their_bound)
{
        uint8_t many[255];
        struct dhcp_request q;

        begin();
        memset(many, 200, sizeof many);
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 12, many, 255);
        dhcp_request_option(&q, 55, many, 255);
        dhcp_request_option(&q, 61, many, 255);
        many[0] = 1;
        many[1] = 253;
        dhcp_request_option(&q, 82, many, 255);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
        for (size_t k = 0; k < SIGHTING_N_KINDS; k++) {
                CHECK(strlen(w.last.values[k]) < SIGHTING_VALUE_SIZE);
                CHECK(text_is_printable(w.last.values[k]));
        }
        CHECK_EQ_INT(strcmp(value(SIGHTING_PARAMETERS) + strlen(value(SIGHTING_PARAMETERS)) - 3, "..."), 0);
        CHECK_EQ_INT(strcmp(value(SIGHTING_CLIENT_ID) + strlen(value(SIGHTING_CLIENT_ID)) - 3, "..."), 0);
        CHECK_EQ_INT(strcmp(value(SIGHTING_CIRCUIT_ID) + strlen(value(SIGHTING_CIRCUIT_ID)) - 3, "..."), 0);
}

TEST(what_can_be_shown_goes_as_it_is)
{
        begin();
        discover(&PHONE_MAC, "Ann's \"desk\" \xc3\xbc");
        CHECK_STR(value(SIGHTING_HOSTNAME), "Ann's \"desk\" \xc3\xbc");
        w.now_ms += 20000;
        discover(&PHONE_MAC, "\xff");
        CHECK_STR(value(SIGHTING_HOSTNAME), "\\xff");
}

TEST(option_82_that_runs_past_its_end_says_nothing)
{
        struct dhcp_request q;

        begin();
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 82, "\2\3abc\1\x10xy", 9);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
        CHECK_STR(value(SIGHTING_CIRCUIT_ID), "");
        CHECK_STR(value(SIGHTING_REMOTE_ID), "");
}

TEST(a_stranger_that_is_no_phone_is_not_told)
{
        struct dhcp_request q;

        begin();
        dhcp_request_begin(&q, &LAPTOP_MAC, 1);
        dhcp_request_option(&q, 60, "MSFT 5.0", 8);
        hear(&q);
        CHECK_EQ_INT(w.n, 0);
        know(&LAPTOP_MAC, false, false);        /* but somebody put it on the list */
        dhcp_request_begin(&q, &LAPTOP_MAC, 1);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
}

TEST(a_vendor_class_with_strange_bytes_is_no_model)
{
        struct dhcp_request q;

        begin();
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_option(&q, 60, "snom<script>", 12);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
        CHECK_STR(w.last.model, "");
        CHECK_STR(value(SIGHTING_VENDOR_CLASS), "snom<script>");
}

TEST(a_release_is_no_sighting)
{
        struct dhcp_request q;

        begin();
        dhcp_request_begin(&q, &PHONE_MAC, 7);
        hear(&q);
        CHECK_EQ_INT(w.n, 0);
}

TEST(the_same_again_is_told_after_ten_minutes_and_what_changed_after_ten_seconds)
{
        begin();
        know(&PHONE_MAC, false, false);
        discover(&PHONE_MAC, "desk");
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 1);
        w.now_ms += 60000;
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 1);
        discover(&PHONE_MAC, "other");
        CHECK_EQ_INT(w.n, 2);
        w.now_ms += 9000;
        discover(&PHONE_MAC, "third");
        CHECK_EQ_INT(w.n, 2);
        w.now_ms += 1000;
        discover(&PHONE_MAC, "third");
        CHECK_EQ_INT(w.n, 3);
        w.now_ms += SIGHTINGS_AGAIN_MS;
        discover(&PHONE_MAC, "third");
        CHECK_EQ_INT(w.n, 4);
}

TEST(what_a_renewal_does_not_say_is_no_change)
{
        struct dhcp_request q;

        begin();
        know(&PHONE_MAC, true, false);
        dhcp_request_begin(&q, &PHONE_MAC, 1);
        dhcp_request_u32(&q, DHCP_REQUEST_GIADDR, 0x0a0000fe);
        dhcp_request_option(&q, 12, "desk", 4);
        hear(&q);
        w.now_ms += 1800000;
        dhcp_request_begin(&q, &PHONE_MAC, 3);
        dhcp_request_option(&q, 12, "desk", 4);
        hear(&q);
        CHECK_EQ_INT(w.n, 1);
        w.now_ms += SIGHTINGS_AGAIN_TOLD_MS;
        dhcp_request_begin(&q, &PHONE_MAC, 3);
        hear(&q);
        CHECK_EQ_INT(w.n, 2);
}

TEST(dhcp_and_pnp_of_one_phone_are_each_told_at_once)
{
        begin();
        discover(&PHONE_MAC, "desk");
        subscribe();
        CHECK_EQ_INT(w.n, 2);
        subscribe();
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 2);
}

TEST(what_was_told_of_a_stranger_is_not_told_again_when_it_becomes_known)
{
        begin();
        discover(&PHONE_MAC, "desk");
        know(&PHONE_MAC, false, true);
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 1);
        know(&PHONE_MAC, true, true);           /* approved */
        w.now_ms += 60000;
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 1);
}

TEST(a_model_that_is_known_stays_the_admins)
{
        begin();
        know(&PHONE_MAC, false, true);
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 1);
        CHECK_STR(w.last.model, "");
        CHECK_STR(value(SIGHTING_VENDOR_CLASS), "snomD735");
}

TEST(what_the_store_did_not_take_is_told_with_the_next_message)
{
        begin();
        know(&PHONE_MAC, false, true);
        discover(&PHONE_MAC, "desk");
        sightings_lost(w.sightings, &PHONE_MAC);
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 2);
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, 2);
}

static void pass(uint64_t ms)
{
        for (uint64_t end = w.now_ms + ms; sightings_next_ms(w.sightings) <= end;) {
                w.now_ms = sightings_next_ms(w.sightings);
                sightings_tick(w.sightings, w.now_ms);
        }
}

TEST(two_hundred_new_phones_that_are_switched_on_at_once_are_all_told_by_themselves)
{
        begin();
        for (unsigned i = 0; i < 200; i++) {
                struct mac mac = {{0x00, 0x04, 0x13, 0, 1, (uint8_t)i}};
                discover(&mac, "x");
                discover(&mac, "x");
        }
        CHECK_EQ_INT(w.n, 50);
        pass(31000);
        CHECK_EQ_INT(w.n, 200);
        CHECK(sightings_next_ms(w.sightings) == UINT64_MAX);
}

TEST(what_waits_is_told_as_it_is_by_then)
{
        static const struct mac LATE = {{0x00, 0x04, 0x13, 0, 2, 1}};

        begin();
        for (unsigned i = 0; i < 60; i++) {
                struct mac mac = {{0x00, 0x04, 0x13, 0, 1, (uint8_t)i}};
                discover(&mac, "x");
        }
        discover(&LATE, "old");
        discover(&LATE, "new");
        know(&LATE, true, true);                /* approved while it waited: its turn comes with those that are known */
        CHECK_EQ_INT(w.n, 50);
        pass(20000);
        CHECK_EQ_INT(w.n, 61);
        CHECK(mac_equal(&w.last.mac, &LATE));
        CHECK_STR(value(SIGHTING_HOSTNAME), "new");
        CHECK_STR(w.last.model, "");
}

TEST(a_flood_of_invented_phones_costs_five_reports_a_second_and_hides_no_known_phone)
{
        begin();
        know(&PHONE_MAC, true, true);
        for (unsigned i = 0; i < 100000; i++) {
                struct mac mac = {{0x00, 0x04, 0x13, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
                discover(&mac, "x");
                w.now_ms += i % 10 == 0;        /* ten seconds in all */
        }
        CHECK(w.n >= 50 && w.n <= 101);
        unsigned before = w.n;
        discover(&PHONE_MAC, "desk");
        CHECK_EQ_INT(w.n, before + 1);
        pass(600000);
        CHECK(w.n <= before + 1 + SIGHTINGS_WAITING_MAX);
        CHECK(sightings_next_ms(w.sightings) == UINT64_MAX);
}

TEST(a_flood_in_the_name_of_known_phones_is_bounded_as_well)
{
        begin();
        for (unsigned i = 0; i < 1000; i++) {
                struct mac mac = {{0x00, 0x04, 0x13, 0xff, (uint8_t)(i >> 8), (uint8_t)i}};
                know(&mac, true, true);
        }
        for (unsigned round = 0; round < 20; round++) {
                char name[16];
                (void)snprintf(name, sizeof name, "n%u", round);
                for (unsigned i = 0; i < 1000; i++) {
                        struct mac mac = {{0x00, 0x04, 0x13, 0xff, (uint8_t)(i >> 8), (uint8_t)i}};
                        discover(&mac, name);
                }
                w.now_ms += 1000;
        }
        CHECK(w.n <= 200 + 5 * 20);
}
