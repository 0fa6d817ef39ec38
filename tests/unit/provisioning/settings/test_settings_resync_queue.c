/*
 * test_settings_resync_queue: who is told when.
 */
#include "provisioning/settings/settings_resync_queue.h"

#include "tests/support/test.h"

static struct settings_resync_queue *q;

static void start(void)
{
        CHECK_EQ_INT(settings_resync_queue_new(&q), 0);
}

static unsigned wish(const char *mac, bool reboot, bool is_urgent, uint64_t now_ms)
{
        unsigned run = 0;

        CHECK_EQ_INT(settings_resync_queue_wish(q, mac, reboot, is_urgent, now_ms, &run), 0);
        return run;
}

static const char *next(uint64_t now_ms)
{
        struct settings_resync_entry *e = settings_resync_queue_start(q, now_ms);

        return e ? e->mac : "-";
}

TEST(wishes_of_one_moment_make_one_start)
{
        struct settings_resync_entry *e;

        start();
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), UINT64_MAX);
        CHECK_EQ_INT(wish("a", false, false, 10000), 1);
        CHECK_EQ_INT(wish("a", false, false, 10900), 1);
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), 11000);
        CHECK(!settings_resync_queue_start(q, 10999));
        e = settings_resync_queue_start(q, 11000);
        CHECK(e && !strcmp(e->mac, "a") && e->is_running && !e->reboot && e->run == 1);
        CHECK(!settings_resync_queue_start(q, 20000));
        settings_resync_queue_end(q, e, 11010);
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), UINT64_MAX);
        settings_resync_queue_free(q);
}

TEST(a_wish_while_it_runs_makes_it_run_again)
{
        struct settings_resync_entry *e;

        start();
        wish("a", false, false, 0);
        e = settings_resync_queue_start(q, 1000);
        CHECK_EQ_INT(wish("a", false, false, 1005), 2);
        CHECK_EQ_INT(wish("a", false, true, 1006), 1);          /* a person takes the one under way */
        CHECK_EQ_INT(wish("a", true, true, 1007), 2);           /* but not for a reboot */
        settings_resync_queue_end(q, e, 1010);
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), 2010);
        e = settings_resync_queue_start(q, 2010);
        CHECK(e && e->run == 2 && e->reboot);
        CHECK_EQ_INT(wish("a", false, true, 2011), 2);
        settings_resync_queue_end(q, e, 2020);
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), UINT64_MAX);
        settings_resync_queue_free(q);
}

TEST(a_person_goes_first_and_at_once)
{
        start();
        wish("a", false, false, 0);
        wish("b", false, false, 0);
        wish("c", false, false, 0);
        CHECK_EQ_INT(wish("c", true, true, 100), 1);
        CHECK_STR(next(100), "c");
        CHECK_STR(next(999), "-");
        CHECK_STR(next(1000), "a");
        CHECK_STR(next(1020), "b");
        CHECK_STR(next(9999), "-");
        settings_resync_queue_free(q);
}

TEST(ten_thousand_phones_start_at_most_fifty_a_second)
{
        char mac[MAC_TEXT_SIZE];
        uint64_t now_ms = 5000, first_ms = 0;

        start();
        for (unsigned i = 0; i < 10000; i++) {
                snprintf(mac, sizeof mac, "000413%06x", i);
                wish(mac, false, false, 4000);
        }
        for (unsigned i = 0; i < 10000; i++) {
                struct settings_resync_entry *e;

                now_ms = settings_resync_queue_next_ms(q) > now_ms ? settings_resync_queue_next_ms(q) : now_ms;
                e = settings_resync_queue_start(q, now_ms);
                snprintf(mac, sizeof mac, "000413%06x", i);
                CHECK(e && !strcmp(e->mac, mac));
                first_ms = i ? first_ms : now_ms;
                settings_resync_queue_end(q, e, now_ms);
        }
        CHECK_EQ_INT(now_ms - first_ms, 9999 * 20);
        settings_resync_queue_free(q);
}

TEST(no_more_run_at_once_than_there_is_room_for)
{
        struct settings_resync_entry *e = NULL;
        char mac[MAC_TEXT_SIZE];

        start();
        for (unsigned i = 0; i <= SETTINGS_RESYNC_QUEUE_RUNNING_MAX; i++) {
                snprintf(mac, sizeof mac, "%012x", i);
                wish(mac, false, false, 0);
        }
        for (unsigned i = 0; i < SETTINGS_RESYNC_QUEUE_RUNNING_MAX; i++)
                CHECK((e = settings_resync_queue_start(q, 100000 + i * 20)));
        CHECK_EQ_INT(settings_resync_queue_next_ms(q), UINT64_MAX);
        CHECK(!settings_resync_queue_start(q, 900000));
        settings_resync_queue_end(q, e, 900000);
        CHECK(settings_resync_queue_start(q, 900000));
        settings_resync_queue_free(q);
}

TEST(a_wish_too_many_is_refused)
{
        char mac[MAC_TEXT_SIZE];
        unsigned run;

        start();
        for (unsigned i = 0; i < SETTINGS_RESYNC_QUEUE_MAX; i++) {
                snprintf(mac, sizeof mac, "%012x", i);
                wish(mac, false, false, 0);
        }
        CHECK_EQ_INT(settings_resync_queue_wish(q, "ffffffffffff", false, true, 0, &run), PV_ETOOLARGE);
        CHECK_EQ_INT(wish("000000000001", false, true, 0), 1);
        CHECK_STR(next(0), "000000000001");
        settings_resync_queue_free(q);
}
