/*
 * clock_say: what a person reads about the time.
 */
#include "appliance/box/clock_say.h"

#include "tests/support/test.h"

#define NOW INT64_C(1795305600)         /* 2026-11-22 00:00:00 */
#define DAY INT64_C(86400)

static char text[CLOCK_SAY_SIZE];

TEST(each_source_has_its_word_and_its_sentence)
{
        struct clock_say_facts f = {.now = NOW, .said = NOW, .floor = NOW - DAY};

        CHECK_STR(clock_say_source(CLOCK_SOURCE_RTC), "rtc");
        CHECK_STR(clock_say(&f, text), "As the clock of the machine says; no time server has confirmed it.");
        f.source = CLOCK_SOURCE_NTP;
        f.is_in_step = true;
        CHECK_STR(clock_say_source(f.source), "ntp");
        CHECK_STR(clock_say(&f, text), "In step with a time server.");
        f.is_in_step = false;
        f.confirmed_at = NOW - 3600;
        CHECK_STR(clock_say(&f, text), "Was in step with a time server until 2026-11-21 23:00:00 UTC; none has answered since, so the clock of "
                                       "the machine goes on.");
        f.source = CLOCK_SOURCE_HAND;
        CHECK_STR(clock_say_source(f.source), "hand");
        CHECK_STR(clock_say(&f, text), "Set by hand at 2026-11-21 23:00:00 UTC; no time server has confirmed it.");
        CHECK(!clock_say_is_alarm(&f));
}

TEST(a_clock_that_was_not_believed_is_an_alarm_and_says_what_to_do)
{
        struct clock_say_facts f = {.source = CLOCK_SOURCE_FLOOR, .verdict = CLOCK_FLOOR_BEFORE, .now = NOW, .said = 60, .floor = NOW};

        CHECK(clock_say_is_alarm(&f));
        CHECK_STR(clock_say_source(f.source), "floor");
        CHECK(strstr(clock_say(&f, text), "said 1970-01-01 00:01:00 UTC, which has passed already."));
        CHECK(strstr(text, "provostctl clock set"));
        f.verdict = CLOCK_FLOOR_AFTER;
        f.said = INT64_C(2524608000);
        CHECK(strstr(clock_say(&f, text), "said 2050-01-01 00:00:00 UTC, which is too far after the last known moment."));
}

TEST(in_a_container_the_clock_is_the_hosts)
{
        struct clock_say_facts f = {.verdict = CLOCK_FLOOR_BEFORE, .is_container = true, .now = 60, .said = 60, .floor = NOW};

        CHECK(clock_say_is_alarm(&f));
        CHECK(strstr(clock_say(&f, text), "the clock is that of the host: set it there."));
        CHECK(strstr(clock_say_refusal(&f, NOW, true, text), "set it there."));
        f.verdict = CLOCK_FLOOR_GOOD;
        CHECK(!clock_say_is_alarm(&f));
        CHECK(strstr(clock_say(&f, text), "The clock is that of the host"));
}

TEST(a_moment_that_has_passed_needs_force_and_nonsense_is_refused_always)
{
        struct clock_say_facts f = {.source = CLOCK_SOURCE_FLOOR, .now = NOW, .said = 60, .floor = NOW};

        CHECK_STR(clock_say_refusal(&f, NOW, false, text), "");
        CHECK_STR(clock_say_refusal(&f, NOW + 3650 * DAY, false, text), "");
        CHECK(strstr(clock_say_refusal(&f, NOW - 1, false, text), "2026-11-22 00:00:00 UTC has passed already"));
        CHECK_STR(clock_say_refusal(&f, NOW - 1, true, text), "");
        CHECK(*clock_say_refusal(&f, -1, true, text));
        CHECK(*clock_say_refusal(&f, INT64_MAX, true, text));
        CHECK(*clock_say_refusal(&f, INT64_MIN, true, text));
}

TEST(a_clock_in_step_is_not_set_by_hand_by_mistake)
{
        struct clock_say_facts f = {.source = CLOCK_SOURCE_NTP, .is_in_step = true, .now = NOW, .floor = NOW};

        CHECK(strstr(clock_say_refusal(&f, NOW + DAY, false, text), "in step with a time server"));
        CHECK_STR(clock_say_refusal(&f, NOW + DAY, true, text), "");
}

TEST(a_time_server_that_is_behind_the_certificates_is_an_alarm)
{
        struct clock_say_facts f = {.source = CLOCK_SOURCE_NTP, .is_in_step = true, .now = NOW, .floor = INT64_C(2524608000)};

        CHECK(!clock_say_is_alarm(&f));
        f.is_floor_wrong = true;
        CHECK(clock_say_is_alarm(&f));
        CHECK(strstr(clock_say(&f, text), "A time server says 2026-11-22 00:00:00 UTC, but new certificates begin at 2050-01-01 00:00:00 UTC"));
        CHECK(strstr(text, "provostctl clock set and --force."));
}

TEST(the_longest_sentence_fits)
{
        struct clock_say_facts f = {.source = CLOCK_SOURCE_FLOOR, .verdict = CLOCK_FLOOR_AFTER, .said = INT64_C(99999999999), .floor = INT64_C(99999999999)};

        clock_say(&f, text);
        CHECK(text[strlen(text) - 1] == '.');
        f.is_container = true;
        f.source = CLOCK_SOURCE_RTC;
        clock_say(&f, text);
        CHECK(text[strlen(text) - 1] == '.');
        CHECK(strlen(clock_say_time(INT64_MAX, text)) > 0);
}
