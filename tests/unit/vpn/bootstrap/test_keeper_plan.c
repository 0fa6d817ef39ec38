/*
 * test_keeper_plan: when the keeper goes round.
 */
#include "vpn/bootstrap/renewal_plan.h"
#include "tests/support/test.h"

TEST(the_first_round_is_at_once)
{
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_START, 5000, 0, 0), 5000);
}

TEST(what_changes_brings_the_next_round_nearer_and_never_puts_it_off)
{
        uint64_t hour = 5000 + RENEWAL_HOUR_MS;

        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_PKI, 6000, 5000, hour), 6200);
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_SITE, 6000, 5000, hour), 7000);
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_SITE, 6100, 5000, 6200), 6200);
}

TEST(changes_of_phones_make_no_more_than_a_round_in_ten_seconds)
{
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_PHONE, 6000, 5000, 0), 15000);
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_PHONE, 14500, 5000, 15000), 15000);
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_PHONE, 600000, 5000, 0), 601000);
        CHECK_EQ_INT(renewal_plan(RENEWAL_CAUSE_PHONE, 600000, 0, 0), 601000);
}

TEST(who_is_not_done_goes_round_again_soon_and_who_is_refused_not_so_soon)
{
        CHECK_EQ_INT(renewal_pause_ms(RENEWAL_END_DONE), RENEWAL_HOUR_MS);
        CHECK(renewal_pause_ms(RENEWAL_END_MORE) <= 1000);
        CHECK(renewal_pause_ms(RENEWAL_END_CHANGED) <= 1000);
        CHECK(renewal_pause_ms(RENEWAL_END_AWAY) >= 5000);
        CHECK(renewal_pause_ms(RENEWAL_END_REFUSED) >= 60000);
        CHECK(renewal_pause_ms(RENEWAL_END_REFUSED) < RENEWAL_HOUR_MS);
}

TEST(dues_are_never_counted_from_before_the_floor)
{
        CHECK_EQ_INT(renewal_before(0, 1800000000, 400), 1800000000 + 400 * 86400);
        CHECK_EQ_INT(renewal_before(1900000000, 1800000000, 1), 1900086400);
}
