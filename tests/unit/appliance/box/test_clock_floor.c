/*
 * clock_floor: clocks that are wrong by years in both directions.
 */
#include "appliance/box/clock_floor.h"

#include "tests/support/test.h"

#define BUILD INT64_C(1795305600)               /* 2026-11-22 */
#define LAST (BUILD + 100 * CLOCK_FLOOR_DAY)

static const struct clock_floor_facts used = {.build = BUILD, .last = LAST}, fresh = {.build = BUILD};

TEST(a_clock_before_what_is_known_to_have_passed_is_wrong)
{
        CHECK_EQ_INT(clock_floor_judge(&used, 0), CLOCK_FLOOR_BEFORE);                  /* 1970 */
        CHECK_EQ_INT(clock_floor_judge(&used, BUILD), CLOCK_FLOOR_BEFORE);
        CHECK_EQ_INT(clock_floor_judge(&used, LAST - CLOCK_FLOOR_DAY), CLOCK_FLOOR_BEFORE);
        CHECK_EQ_INT(clock_floor_judge(&fresh, 0), CLOCK_FLOOR_BEFORE);
        CHECK_EQ_INT(clock_floor_judge(&fresh, BUILD - CLOCK_FLOOR_DAY), CLOCK_FLOOR_BEFORE);
        CHECK_EQ_INT(clock_floor_of(&used), LAST);
        CHECK_EQ_INT(clock_floor_of(&fresh), BUILD);
}

TEST(a_clock_may_go_back_by_a_minute)
{
        CHECK_EQ_INT(clock_floor_judge(&used, LAST - 1), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&used, LAST - CLOCK_FLOOR_SLACK), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&used, LAST - CLOCK_FLOOR_SLACK - 1), CLOCK_FLOOR_BEFORE);
}

TEST(a_clock_that_leaps_by_more_than_a_year_is_not_believed)
{
        CHECK_EQ_INT(clock_floor_judge(&used, LAST + 365 * CLOCK_FLOOR_DAY), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&used, LAST + CLOCK_FLOOR_AHEAD), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&used, LAST + CLOCK_FLOOR_AHEAD + 1), CLOCK_FLOOR_AFTER);
        CHECK_EQ_INT(clock_floor_judge(&used, INT64_C(2524608000)), CLOCK_FLOOR_AFTER);         /* 2050 */
        CHECK_EQ_INT(clock_floor_judge(&used, INT64_C(2147483647)), CLOCK_FLOOR_AFTER);         /* 2038-01-19 */
}

TEST(a_leap_of_a_clock_that_nobody_doubted_is_told_from_a_long_night)
{
        CHECK(!clock_floor_is_leap(LAST, LAST));
        CHECK(!clock_floor_is_leap(LAST, BUILD));
        CHECK(!clock_floor_is_leap(LAST, LAST + CLOCK_FLOOR_AHEAD));
        CHECK(clock_floor_is_leap(LAST, LAST + CLOCK_FLOOR_AHEAD + 1));
        CHECK(clock_floor_is_leap(LAST, INT64_C(2524608000)));
        CHECK(!clock_floor_is_leap(0, INT64_C(2524608000)));            /* nothing is known */
}

TEST(what_the_machine_said_counts_from_the_boot_on_when_it_was_believed)
{
        struct clock_floor_boot boot = {.said = LAST + 300 * CLOCK_FLOOR_DAY, .floor = LAST, .build = BUILD};

        CHECK_EQ_INT(clock_floor_known(&boot, LAST), boot.said);
        CHECK_EQ_INT(clock_floor_known(&boot, boot.said + 5), boot.said + 5);
        boot.verdict = CLOCK_FLOOR_AFTER;
        CHECK_EQ_INT(clock_floor_known(&boot, LAST), LAST);
        boot.floor = LAST + CLOCK_FLOOR_DAY;                            /* a newer image */
        CHECK_EQ_INT(clock_floor_known(&boot, LAST), boot.floor);
}

TEST(a_new_data_partition_gives_the_clock_ten_years_from_the_build)
{
        CHECK_EQ_INT(clock_floor_judge(&fresh, BUILD + 9 * 365 * CLOCK_FLOOR_DAY), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&fresh, INT64_C(2147558400)), CLOCK_FLOOR_AFTER);        /* 2038-01-20 */
}

TEST(an_update_to_a_newer_image_moves_the_floor)
{
        struct clock_floor_facts updated = {.build = LAST + 30 * CLOCK_FLOOR_DAY, .last = LAST};

        CHECK_EQ_INT(clock_floor_of(&updated), updated.build);
        CHECK_EQ_INT(clock_floor_judge(&updated, LAST + CLOCK_FLOOR_DAY), CLOCK_FLOOR_BEFORE);
}

TEST(where_nothing_is_known_every_clock_is_believed)
{
        struct clock_floor_facts nothing = {0};

        CHECK_EQ_INT(clock_floor_judge(&nothing, 0), CLOCK_FLOOR_GOOD);
        CHECK_EQ_INT(clock_floor_judge(&nothing, INT64_C(2524608000)), CLOCK_FLOOR_GOOD);
}

TEST(what_was_decided_at_boot_is_read_back)
{
        struct clock_floor_boot boot = {.is_floor = true, .said = INT64_C(2524608000), .floor = LAST, .build = BUILD,
                                        .verdict = CLOCK_FLOOR_AFTER}, back;
        char text[CLOCK_FLOOR_TEXT_SIZE];

        CHECK_EQ_INT(clock_floor_boot_text(&boot, text), 0);
        clock_floor_boot_read(text, &back);
        CHECK(back.is_floor);
        CHECK_EQ_INT(back.said, boot.said);
        CHECK_EQ_INT(back.floor, LAST);
        CHECK_EQ_INT(back.build, BUILD);
        CHECK_EQ_INT(back.verdict, CLOCK_FLOOR_AFTER);
}

TEST(a_damaged_file_is_no_moment)
{
        static const char *const bad[] = {"", "last", "last=", "last=-", "last=12x\n", "last=99999999999999999999\n", "xlast=5\n", "last=5",
                                          "=5\n", "last==5\n", "\n\n"};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(clock_floor_number(bad[i], "last", 7), 7);
        CHECK_EQ_INT(clock_floor_number("a=1\nlast=5\n", "last", 7), 5);
        CHECK_EQ_INT(clock_floor_number("last=-5\n", "last", 7), -5);
}
