/*
 * test_settings_held: an error of a phone is told once.
 */
#include "provisioning/settings/settings_held.h"

#include <stdio.h>

#include "tests/support/test.h"

#define A "000413000001"
#define B "000413000002"

static struct settings_held *held;

static bool is_news(const char *mac, int64_t revision, const char *reason)
{
        return settings_held_is_news(held, mac, SETTINGS_HELD_NEWEST, revision, reason);
}

TEST(another_reason_revision_or_phone_is_news)
{
        CHECK_EQ_INT(settings_held_new(&held), 0);
        CHECK(is_news(A, 4, "x is wrong"));
        CHECK(!is_news(A, 4, "x is wrong"));
        CHECK(is_news(B, 4, "x is wrong"));
        CHECK(is_news(A, 5, "x is wrong"));
        CHECK(is_news(A, 5, "y is wrong"));
        CHECK(is_news(A, 5, "x is wrong"));
        CHECK(!is_news(B, 4, "x is wrong"));
        CHECK(settings_held_is_news(held, A, SETTINGS_HELD_ALL, 5, "x is wrong"));
        CHECK(!is_news(A, 5, "x is wrong"));
        settings_held_free(held);
}

TEST(what_is_over_is_news_when_it_comes_again)
{
        CHECK_EQ_INT(settings_held_new(&held), 0);
        settings_held_forget(held, A, SETTINGS_HELD_NEWEST);
        CHECK(is_news(A, 4, "x"));
        CHECK(settings_held_is_news(held, A, SETTINGS_HELD_ALL, 4, "x"));
        settings_held_forget(held, A, SETTINGS_HELD_NEWEST);
        CHECK(is_news(A, 4, "x"));
        CHECK(!settings_held_is_news(held, A, SETTINGS_HELD_ALL, 4, "x"));
        settings_held_free(held);
}

static unsigned news_of(unsigned n_phones)
{
        unsigned n = 0;

        for (unsigned i = 0; i < n_phones; i++) {
                char mac[13];

                snprintf(mac, sizeof mac, "000413%06x", (i + 1) & 0xffffff);
                n += is_news(mac, 1, "x");
        }
        return n;
}

TEST(ten_thousand_phones_are_remembered_and_a_million_do_no_harm)
{
        CHECK_EQ_INT(settings_held_new(&held), 0);
        CHECK_EQ_INT(news_of(10000), 10000);
        CHECK_EQ_INT(news_of(10000), 0);
        CHECK(news_of(1000000) >= 990000);
        CHECK(!is_news("0004130f4240", 1, "x"));
        settings_held_free(held);
}
