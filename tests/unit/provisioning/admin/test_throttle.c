/*
 * test_throttle: guessing at the door takes long.
 *
 * In:   tries that went wrong, from one address and from many.
 * Out:  how long the next has to wait.
 * Not:  no clock but the test's.
 */
#include "provisioning/admin/throttle.h"

#include "tests/support/test.h"

static struct throttle tries;

static void reset(void)
{
        memset(&tries, 0, sizeof tries);
}

/* Tries as fast as it is let for `for_ms`; how many tries that were. */
static unsigned guess(const char *address, const char *name, uint64_t from_ms, uint64_t for_ms)
{
        unsigned n = 0;

        for (uint64_t now_ms = from_ms; now_ms < from_ms + for_ms;) {
                uint64_t wait_ms = throttle_wait_ms(&tries, address, name, now_ms);

                if (wait_ms) {
                        now_ms += wait_ms;
                        continue;
                }
                throttle_failed(&tries, address, name, now_ms);
                now_ms++;
                n++;
        }
        return n;
}

TEST(five_errors_are_free_and_then_the_wait_doubles)
{
        reset();
        for (int i = 0; i < 5; i++) {
                CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 1000), 0);
                throttle_failed(&tries, "192.0.2.1", "anna", 1000);
        }
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 1000), 1000);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 2000), 0);
        throttle_failed(&tries, "192.0.2.1", "anna", 2000);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 2000), 2000);
}

TEST(one_address_gets_few_hundred_guesses_in_a_day)
{
        reset();
        CHECK(guess("192.0.2.1", "anna", 1000, UINT64_C(24) * 3600 * 1000) < 120);
}

TEST(another_address_is_let_in_while_one_guesses)
{
        reset();
        guess("192.0.2.1", "anna", 1000, 3600 * 1000);
        CHECK(throttle_wait_ms(&tries, "192.0.2.2", "anna", 1000 + 3600 * 1000) <= 8000);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.2", "bert", 1000 + 3600 * 1000), 0);
}

TEST(many_addresses_slow_a_name_but_lock_nobody_out)
{
        char address[32];
        unsigned n = 0;
        uint64_t end_ms = 1000 + 3600 * 1000;

        reset();
        throttle_succeeded(&tries, "192.0.2.7", "anna", 500);
        for (uint64_t now_ms = 1000; now_ms < end_ms; now_ms += 100) {
                (void)snprintf(address, sizeof address, "10.%u.%u.1", n / 250, n % 250);
                if (throttle_wait_ms(&tries, address, "anna", now_ms) == 0) {
                        throttle_failed(&tries, address, "anna", now_ms);
                        n++;
                }
        }
        CHECK(n < 600);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.7", "anna", end_ms), 0);
        CHECK(throttle_wait_ms(&tries, "192.0.2.8", "anna", end_ms) <= 8000);
}

TEST(an_address_is_known_for_thirty_days)
{
        uint64_t day_ms = UINT64_C(24) * 3600 * 1000;

        reset();
        throttle_succeeded(&tries, "192.0.2.7", "anna", 1000);
        for (int i = 0; i < 20; i++) {
                char address[32];

                (void)snprintf(address, sizeof address, "10.0.0.%d", i);
                throttle_failed(&tries, address, "anna", 29 * day_ms);
        }
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.7", "anna", 29 * day_ms), 0);
        CHECK(throttle_wait_ms(&tries, "192.0.2.7", "bert", 29 * day_ms) == 0);
        for (int i = 0; i < 20; i++)
                throttle_failed(&tries, "10.0.0.1", "anna", 31 * day_ms);
        CHECK(throttle_wait_ms(&tries, "192.0.2.7", "anna", 31 * day_ms) > 0);
}

TEST(a_tell_to_wait_counts_for_nothing)
{
        reset();
        for (int i = 0; i < 6; i++)
                throttle_failed(&tries, "192.0.2.1", "anna", 1000);
        for (int i = 0; i < 100; i++)
                (void)throttle_wait_ms(&tries, "192.0.2.1", "anna", 1500);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 3000), 0);
}

TEST(a_line_s_own_ipv6_addresses_are_one)
{
        reset();
        for (int i = 0; i < 6; i++)
                throttle_failed(&tries, "2001:db8:1:2::1", NULL, 1000);
        CHECK(throttle_wait_ms(&tries, "2001:db8:1:2:ffff::9", NULL, 1000) > 0);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "2001:db8:1:3::1", NULL, 1000), 0);
}

TEST(signing_in_clears_the_address)
{
        reset();
        for (int i = 0; i < 7; i++)
                throttle_failed(&tries, "192.0.2.1", "anna", 1000);
        throttle_succeeded(&tries, "192.0.2.1", "anna", 6000);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "anna", 6000), 0);
        CHECK_EQ_INT(throttle_wait_ms(&tries, "192.0.2.1", "bert", 6000), 0);
}

TEST(a_flood_of_addresses_stays_within_the_table)
{
        char address[32];

        reset();
        for (unsigned i = 0; i < 3 * THROTTLE_ROWS; i++) {
                (void)snprintf(address, sizeof address, "10.%u.%u.%u", i / 62500, i / 250 % 250, i % 250);
                throttle_failed(&tries, address, NULL, 1000 + i);
        }
        for (int i = 0; i < 6; i++)
                throttle_failed(&tries, "192.0.2.1", NULL, 100000);
        CHECK(throttle_wait_ms(&tries, "192.0.2.1", NULL, 100000) > 0);
}

TEST(the_audit_takes_thirty_refusals_a_minute)
{
        unsigned n = 0;

        reset();
        for (int i = 0; i < 1000; i++)
                n += throttle_may_note(&tries, 60000 + (uint64_t)i);
        CHECK_EQ_INT(n, THROTTLE_NOTES_A_MINUTE);
        CHECK(throttle_may_note(&tries, 120000));
}
