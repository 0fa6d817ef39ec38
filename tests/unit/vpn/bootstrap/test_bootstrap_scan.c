/*
 * test_bootstrap_scan: who guesses MACs.
 */
#include "vpn/bootstrap/bootstrap_scan.h"
#include "tests/support/test.h"

#define A 0xc0a80732
#define B 0xc0a80733

static struct bootstrap_scan scan;

static const struct mac *mac_of(unsigned n)
{
        static struct mac mac;

        mac = (struct mac){{0, 4, 0x13, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}};
        return &mac;
}

static void ask_unknown(uint32_t address, unsigned from, unsigned n, uint64_t now_ms)
{
        for (unsigned i = from; i < from + n; i++)
                (void)bootstrap_scan_is_unknown(&scan, address, mac_of(i), now_ms);
}

TEST(ten_unknown_ones_are_looked_up_and_the_eleventh_is_the_alarm)
{
        bootstrap_scan_init(&scan);
        for (unsigned i = 1; i <= 10; i++) {
                CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(i), 1000));
                CHECK(!bootstrap_scan_is_unknown(&scan, A, mac_of(i), 1000));
        }
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(11), 1000));
        CHECK(bootstrap_scan_is_unknown(&scan, A, mac_of(11), 1000));
        CHECK_EQ_INT(bootstrap_scan_count(&scan, A, 1000), 11);
        CHECK(!bootstrap_scan_is_unknown(&scan, A, mac_of(12), 1001));
}

TEST(one_phone_that_asks_a_thousand_times_is_no_scan)
{
        bootstrap_scan_init(&scan);
        for (unsigned i = 0; i < 1000; i++)
                CHECK(!bootstrap_scan_is_unknown(&scan, A, mac_of(1), 1000 + i));
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(2), 3000));
}

TEST(over_the_limit_one_lookup_a_second_is_left_and_other_addresses_all)
{
        bootstrap_scan_init(&scan);
        ask_unknown(A, 1, 11, 1000);
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(100), 5000));
        CHECK(!bootstrap_scan_may_ask(&scan, A, mac_of(101), 5001));
        CHECK(!bootstrap_scan_may_ask(&scan, A, mac_of(101), 5999));
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(101), 6000));
        CHECK(bootstrap_scan_may_ask(&scan, B, mac_of(101), 6000));
}

TEST(a_known_phone_is_looked_up_whatever_its_neighbours_do)
{
        bootstrap_scan_init(&scan);
        bootstrap_scan_is_known(&scan, mac_of(500));
        ask_unknown(A, 1, 11, 1000);
        for (unsigned i = 0; i < 100; i++)
                CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(500), 1000 + i));
}

TEST(ten_minutes_later_it_is_over_and_may_begin_anew)
{
        bootstrap_scan_init(&scan);
        ask_unknown(A, 1, 11, 1000);
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(20), 1001));
        CHECK(!bootstrap_scan_may_ask(&scan, A, mac_of(21), 1002));
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(21), 1000 + BOOTSTRAP_SCAN_WINDOW_MS));
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(22), 1000 + BOOTSTRAP_SCAN_WINDOW_MS));
        ask_unknown(A, 30, 10, 1001 + BOOTSTRAP_SCAN_WINDOW_MS);
        CHECK(bootstrap_scan_is_unknown(&scan, A, mac_of(40), 1002 + BOOTSTRAP_SCAN_WINDOW_MS));
}

TEST(more_addresses_than_places_push_out_the_quietest)
{
        bootstrap_scan_init(&scan);
        ask_unknown(A, 1, 11, 1000);
        for (unsigned i = 0; i < BOOTSTRAP_SCAN_ADDRESSES - 1; i++)
                ask_unknown(0x0a000000 + i, i, 1, 2000 + i);
        CHECK_EQ_INT(bootstrap_scan_count(&scan, A, 3000), 11);
        ask_unknown(0x0b000000, 1, 1, 4000);
        CHECK_EQ_INT(bootstrap_scan_count(&scan, A, 4000), 0);
}

TEST(more_known_phones_than_places_are_no_harm)
{
        bootstrap_scan_init(&scan);
        for (unsigned i = 0; i < 3 * BOOTSTRAP_SCAN_KNOWN; i++)
                bootstrap_scan_is_known(&scan, mac_of(i));
        ask_unknown(A, 70000, 11, 1000);
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(3 * BOOTSTRAP_SCAN_KNOWN - 1), 1001));
        CHECK(bootstrap_scan_may_ask(&scan, A, mac_of(3 * BOOTSTRAP_SCAN_KNOWN - 2), 1001));
}
