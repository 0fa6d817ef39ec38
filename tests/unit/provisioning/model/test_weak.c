/*
 * test_weak: weak passwords and PINs, models and their firmware.
 */
#include "provisioning/model/weak.h"

#include "provisioning/model/country.h"
#include "provisioning/model/firmware.h"
#include "provisioning/model/model_family.h"
#include "tests/support/test.h"

#define MAC "000413aabbcc"
#define EXTENSION "2017"

TEST(what_anybody_tries_first_is_guessable)
{
        static const char *const weak[] = {"0000", "admin", "ADMIN", "Password", "aaaaaaaaaaaaaaaa", "7777", "abcdefgh", "87654321", "7890123",
                                           "000413aabbcc", "00:04:13:AA:BB:CC", "00-04-13-aa-bb-cc", "aabbcc", "2017", "20172017"};
        static const char *const fit[] = {"", "x", "x7Q!a9p", "jf83hf8HFD", "739146", "201", "20171", "abcdefgi", "00041", "0004:13aabbcd"};

        for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
                if (!weak_is_guessable(weak[i], MAC, EXTENSION))
                        TEST_FAIL("%s passes", weak[i]);
        for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
                if (weak_is_guessable(fit[i], MAC, EXTENSION))
                        TEST_FAIL("%s does not pass", fit[i]);
        CHECK(!weak_is_guessable("2018", NULL, NULL));
        CHECK(!weak_is_guessable("", "", ""));
}

TEST(a_good_password_is_long_and_of_three_kinds)
{
        CHECK(weak_is_good_password("x7Q!a9pZ_1.b", MAC, EXTENSION));
        CHECK(weak_is_good_password("aB3aB4aB5aB6", MAC, EXTENSION));
        CHECK(!weak_is_good_password("x7Q!a9pZ_1.", MAC, EXTENSION));
        CHECK(!weak_is_good_password("x7x7x7x7x7x8x9", MAC, EXTENSION));
        CHECK(!weak_is_good_password("201720172017", MAC, EXTENSION));
        CHECK(!weak_is_good_password("00:04:13:AA:BB:CC", MAC, EXTENSION));
        CHECK(!weak_is_good_password("", MAC, EXTENSION));
}

TEST(a_good_pin_is_no_row_no_year_no_shape_and_not_on_the_phone)
{
        static const char *const weak[] = {"", "123", "1234", "4321", "0000", "9876", "8901", "2580", "1984", "2024", "1212", "12341234", "2017",
                                           "0413", "13", "73914a", "583583"};
        static const char *const fit[] = {"7391", "739146", "82640517", "90218"};

        for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
                if (weak_is_good_pin(weak[i], MAC, EXTENSION))
                        TEST_FAIL("%s passes", weak[i]);
        for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
                if (!weak_is_good_pin(fit[i], MAC, EXTENSION))
                        TEST_FAIL("%s does not pass", fit[i]);
}

TEST(a_model_is_known_by_its_word)
{
        static const struct { const char *model, *firmware; enum model_dialect dialect; bool has_web_logins, is_dect; unsigned accounts; } rows[] = {
                {"snomD785", "10.1.33.33", MODEL_DIALECT_DESK, true, false, 12}, {"snomD785", "8.9.3.80", MODEL_DIALECT_DESK, false, false, 12},
                {"D865", "", MODEL_DIALECT_DESK, true, false, 12}, {"snomD120", "", MODEL_DIALECT_DESK, true, false, 2},
                {"snom720", "", MODEL_DIALECT_DESK, false, false, 12}, {"snom720", "8.7.5.35", MODEL_DIALECT_DESK, false, false, 12},
                {"snomMP", "", MODEL_DIALECT_DESK, false, false, 12}, {"", "", MODEL_DIALECT_DESK, false, false, 12},
                {"snomM700", "05.20.0001", MODEL_DIALECT_DECT, false, true, 12}, {"Snom M900", "", MODEL_DIALECT_DECT, false, true, 12},
                {"snomM9", "", MODEL_DIALECT_OTHER, false, true, 12}, {"snomM3", "", MODEL_DIALECT_OTHER, false, true, 12},
                {NULL, NULL, MODEL_DIALECT_DESK, false, false, 12},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct model_family family = model_family_of(rows[i].model, rows[i].firmware);

                if (family.dialect != rows[i].dialect || family.has_web_logins != rows[i].has_web_logins ||
                    family.is_dect != rows[i].is_dect || family.accounts != rows[i].accounts)
                        TEST_FAIL("row %zu: %s", i, rows[i].model ? rows[i].model : "NULL");
        }
}

TEST(versions_are_compared_number_by_number)
{
        CHECK_EQ_INT(model_version_compare("10.1.33.33", "8.9.3.80"), 1);
        CHECK_EQ_INT(model_version_compare("08.9.3.80", "8.9.3.80"), 0);
        CHECK_EQ_INT(model_version_compare("8.9.3", "8.9.3.80"), -1);
        CHECK_EQ_INT(model_version_compare("10.1", "10.1.0.0"), 0);
        CHECK_EQ_INT(model_version_compare("10.1.175.10-SIP-r", "10.1.175.10"), 0);
        CHECK_EQ_INT(model_version_compare("", ""), 0);
        CHECK(model_is_version("10.1") && !model_is_version("10") && !model_is_version("") && !model_is_version("x.1") && !model_is_version("10.x"));
}

TEST(a_downgrade_needs_leave_and_from_8_9_3_nothing_allows_it)
{
        static const struct { const char *running, *wanted; bool may; enum firmware_verdict verdict; } rows[] = {
                {"10.1.33.33", "10.1.42.14", false, FIRMWARE_FINE}, {"10.1.42.14", "10.1.42.14", false, FIRMWARE_FINE},
                {"10.1.42.14", "10.1.33.33", false, FIRMWARE_DOWNGRADE}, {"10.1.42.14", "10.1.33.33", true, FIRMWARE_DOWNGRADE_ALLOWED},
                {"10.1.42.14", "8.9.3.80", false, FIRMWARE_DOWNGRADE}, {"8.9.3.80", "8.7.5.35", true, FIRMWARE_NEVER},
                {"08.9.3.80", "8.9.3.60", true, FIRMWARE_NEVER}, {"8.9.3.60", "8.9.3.80", false, FIRMWARE_FINE},
                {"8.9.3.80", "10.1.33.33", false, FIRMWARE_FINE}, {"8.7.5.35", "8.7.3.19", true, FIRMWARE_DOWNGRADE_ALLOWED},
                {"", "8.7.3.19", false, FIRMWARE_UNKNOWN}, {"8.7.3.19", "newest", false, FIRMWARE_UNKNOWN}, {NULL, NULL, true, FIRMWARE_UNKNOWN},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (firmware_guard(rows[i].running, rows[i].wanted, rows[i].may) != rows[i].verdict)
                        TEST_FAIL("row %zu", i);
        CHECK(firmware_is_refused(FIRMWARE_NEVER) && firmware_is_refused(FIRMWARE_DOWNGRADE));
        CHECK(!firmware_is_refused(FIRMWARE_FINE) && !firmware_is_refused(FIRMWARE_UNKNOWN) && !firmware_is_refused(FIRMWARE_DOWNGRADE_ALLOWED));
}

TEST(a_country_has_its_emergency_numbers)
{
        CHECK_STR(country_emergency_numbers("DE"), "112 110");
        CHECK_STR(country_emergency_numbers("US"), "911");
        CHECK_STR(country_tones("DE"), "GER");
        CHECK(!country_tones("FR"));
        CHECK(!country_emergency_numbers("") && !country_emergency_numbers("XX") && !country_tones("XX"));
}
