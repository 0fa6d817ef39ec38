/*
 * traffic: rates of tunnels over time, in rings of fixed size.
 */
#include "tests/support/test.h"

#include "provisioning/admin/traffic.h"

static struct traffic_sample samples[TRAFFIC_SAMPLES_MAX];

static size_t read_hours(struct traffic *t, unsigned hours)
{
        return traffic_read(t, hours, samples);
}

/* n steps of ten seconds with so many bytes in each. */
static void run(struct traffic *t, size_t n, uint64_t *now_ms, uint64_t *bytes, uint64_t step)
{
        for (size_t i = 0; i < n; i++) {
                *now_ms += TRAFFIC_FINE_S * 1000;
                *bytes += step;
                traffic_add(t, *now_ms, (int64_t)(*now_ms / 1000), 7, *bytes, *bytes / 2);
        }
}

TEST(the_first_count_tells_no_rate)
{
        struct traffic *t = traffic_new();

        traffic_add(t, 1000, 1, 3, 500, 500);
        CHECK_EQ_INT(read_hours(t, 1), 0);
        traffic_free(t);
}

TEST(rates_are_bytes_of_a_second)
{
        struct traffic *t = traffic_new();
        uint64_t now_ms = 1000, bytes = 0;

        traffic_add(t, now_ms, 1, 7, 0, 0);
        run(t, 2, &now_ms, &bytes, 5000);
        CHECK_EQ_INT(read_hours(t, 1), 2);
        CHECK_EQ_INT(samples[0].bytes_in_s, 500);
        CHECK_EQ_INT(samples[0].bytes_out_s, 250);
        CHECK_EQ_INT(samples[1].tunnels, 7);
        CHECK_EQ_INT(samples[0].at_s, 11);
        CHECK_EQ_INT(samples[1].at_s, 21);
        traffic_free(t);
}

TEST(counters_that_went_back_and_long_silences_are_gaps)
{
        struct traffic *t = traffic_new();

        traffic_add(t, 10000, 10, 1, 9000, 9000);
        traffic_add(t, 20000, 20, 1, 100, 100);
        CHECK_EQ_INT(read_hours(t, 1), 0);
        traffic_add(t, 30000, 30, 1, 1100, 100);
        CHECK_EQ_INT(read_hours(t, 1), 1);
        CHECK_EQ_INT(samples[0].bytes_in_s, 100);
        traffic_add(t, 300000, 300, 1, 999999, 999999);
        CHECK_EQ_INT(read_hours(t, 1), 1);
        traffic_add(t, 300000, 300, 1, 999999, 999999);         /* at the same moment */
        CHECK_EQ_INT(read_hours(t, 1), 1);
        traffic_free(t);
}

TEST(an_hour_of_fine_samples_is_kept_and_no_more)
{
        struct traffic *t = traffic_new();
        uint64_t now_ms = 0, bytes = 0;

        traffic_add(t, now_ms, 0, 7, 0, 0);
        run(t, TRAFFIC_FINE_N + 50, &now_ms, &bytes, 10);
        CHECK_EQ_INT(read_hours(t, 1), TRAFFIC_FINE_N);
        CHECK_EQ_INT(samples[TRAFFIC_FINE_N - 1].at_s, (int64_t)(now_ms / 1000));
        CHECK_EQ_INT(samples[0].at_s, (int64_t)(now_ms / 1000) - (TRAFFIC_FINE_N - 1) * TRAFFIC_FINE_S);
        traffic_free(t);
}

TEST(more_hours_are_told_in_means_of_five_minutes)
{
        struct traffic *t = traffic_new();
        uint64_t now_ms = 0, bytes = 0;

        CHECK_EQ_INT(traffic_step_s(1), 10);
        CHECK_EQ_INT(traffic_step_s(2), 300);
        traffic_add(t, now_ms, 0, 7, 0, 0);
        run(t, 15, &now_ms, &bytes, 1000);
        run(t, 15, &now_ms, &bytes, 3000);
        CHECK_EQ_INT(read_hours(t, 24), 1);
        CHECK_EQ_INT(samples[0].bytes_in_s, 200);
        CHECK_EQ_INT(samples[0].tunnels, 7);
        run(t, 30 * 30, &now_ms, &bytes, 1000);
        CHECK_EQ_INT(read_hours(t, 2), 24);
        CHECK_EQ_INT(read_hours(t, 24), 31);
        traffic_free(t);
}

TEST(a_day_of_coarse_samples_is_kept_and_no_more)
{
        struct traffic *t = traffic_new();
        uint64_t now_ms = 0, bytes = 0;

        traffic_add(t, now_ms, 0, 7, 0, 0);
        run(t, (TRAFFIC_COARSE_N + 3) * 30, &now_ms, &bytes, 10);
        CHECK_EQ_INT(read_hours(t, 24), TRAFFIC_COARSE_N);
        CHECK_EQ_INT(samples[TRAFFIC_COARSE_N - 1].at_s, (int64_t)(now_ms / 1000));
        traffic_free(t);
}
