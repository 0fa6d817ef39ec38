/*
 * test_session_flap: how often is too often.
 */
#include "tests/support/test.h"
#include "vpn/session/session_flap.h"

static struct session_flap flap;

TEST(three_in_five_minutes_are_none_and_a_fourth_is_too_many)
{
        flap = (struct session_flap){0};
        CHECK(!session_flap_note(&flap, "000413aa0001", 1000));
        CHECK(!session_flap_note(&flap, "000413aa0001", 2000));
        CHECK(!session_flap_note(&flap, "000413aa0001", 3000));
        CHECK(!session_flap_note(&flap, "000413aa0002", 3000));
        CHECK(session_flap_note(&flap, "000413aa0001", 1000 + SESSION_FLAP_MS));
}

TEST(four_in_a_longer_time_are_none)
{
        flap = (struct session_flap){0};
        for (uint64_t i = 0; i < 20; i++)
                CHECK(!session_flap_note(&flap, "000413aa0001", i * (SESSION_FLAP_MS / 3 + 1000)));
}

TEST(after_an_alarm_counting_begins_anew)
{
        flap = (struct session_flap){0};
        for (uint64_t i = 1; i <= 12; i++)
                CHECK_EQ_INT(session_flap_note(&flap, "000413aa0001", i * 1000), i % 4 == 0);
}

TEST(a_thousand_phones_once_each_do_not_hide_one_that_flaps)
{
        char mac[MAC_TEXT_SIZE];
        bool found = false;

        flap = (struct session_flap){0};
        for (unsigned i = 0; i < 1000; i++) {
                snprintf(mac, sizeof mac, "000413bb%04x", i);
                CHECK(!session_flap_note(&flap, mac, i * 100));
                if (i % 50 == 0)
                        found = session_flap_note(&flap, "000413aa0001", i * 100) || found;
        }
        CHECK(found);
}
