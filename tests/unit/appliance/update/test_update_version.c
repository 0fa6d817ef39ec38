/*
 * test_update_version: what a version is, and which is newer.
 */
#include "appliance/update/update_version.h"

#include "tests/support/test.h"

TEST(numbers_with_dots_are_versions_and_nothing_else)
{
        static const char *const good[] = {"0", "0.6.1523", "12.0.0", "123456789.1"};
        static const char *const bad[] = {"", ".", "1.", ".1", "1..2", "1.2-3", "v1", "1 ", "+1", "-1", "1234567890", "1.2.3.4.5.6.7.8.9.10.1", "1\n", "../1"};

        for (size_t i = 0; i < sizeof good / sizeof *good; i++)
                CHECK(update_version_is(good[i]));
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK(!update_version_is(bad[i]));
        CHECK(!update_version_is(NULL));
}

TEST(versions_are_compared_number_by_number)
{
        CHECK(update_version_compare("0.6.9", "0.6.10") < 0);
        CHECK(update_version_compare("0.10.0", "0.9.99") > 0);
        CHECK(update_version_compare("1.0", "1.0") == 0);
        CHECK(update_version_compare("1.00", "1.0") == 0);
        CHECK(update_version_compare("0.6", "0.6.0") < 0);
        CHECK(update_version_compare("0.6.1", "0.6") > 0);
        CHECK(update_version_compare("", "0.0") < 0);
        CHECK(update_version_compare("1", "") > 0);
        CHECK(update_version_compare("", "") == 0);
}
