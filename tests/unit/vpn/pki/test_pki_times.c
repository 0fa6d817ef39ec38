/*
 * test_pki_times: certificates under right and wrong clocks.
 */
#include "tests/support/test.h"
#include "vpn/pki/pki_times.h"

#define BUILD INT64_C(1790000000)

TEST(a_certificate_begins_two_days_before_the_floor_whatever_the_clock_says)
{
        const int64_t clocks[] = {0, BUILD, BUILD + PKI_TIMES_YEAR, INT64_C(4102444800)};

        for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
                struct pki_times times = {.now = clocks[i], .floor = BUILD};

                CHECK_EQ_INT(pki_times_span(&times, PKI_TIMES_LEAF).not_before, BUILD - 2 * PKI_TIMES_DAY);
        }
}

TEST(with_a_clock_of_1970_life_counts_from_the_floor)
{
        struct pki_times times = {.now = 0, .floor = BUILD};

        CHECK_EQ_INT(pki_times_span(&times, PKI_TIMES_LEAF).not_after, BUILD + PKI_TIMES_LEAF);
}

TEST(with_a_right_clock_life_counts_from_now)
{
        struct pki_times times = {.now = BUILD + 100, .floor = BUILD};

        CHECK_EQ_INT(pki_times_span(&times, PKI_TIMES_LEAF).not_after, BUILD + 100 + PKI_TIMES_LEAF);
}

TEST(renewal_is_due_in_the_last_third_and_not_before)
{
        struct pki_times times = {.now = BUILD, .floor = BUILD};
        struct pki_span span = pki_times_span(&times, PKI_TIMES_LEAF);

        CHECK(!pki_times_is_due(&times, &span, PKI_TIMES_LEAF));
        times.now = span.not_after - PKI_TIMES_LEAF / 3;
        CHECK(!pki_times_is_due(&times, &span, PKI_TIMES_LEAF));
        times.now++;
        CHECK(pki_times_is_due(&times, &span, PKI_TIMES_LEAF));
}

TEST(a_certificate_from_the_future_is_due)
{
        struct pki_times times = {.now = BUILD, .floor = BUILD};
        struct pki_span span = {.not_before = BUILD + PKI_TIMES_DAY, .not_after = BUILD + PKI_TIMES_LEAF};

        CHECK(pki_times_is_due(&times, &span, PKI_TIMES_LEAF));
}

TEST(the_build_is_never_before_the_first_line_of_this_software)
{
        CHECK(pki_times_of_build() >= PKI_TIMES_OLDEST);
}
