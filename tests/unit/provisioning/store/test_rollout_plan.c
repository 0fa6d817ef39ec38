/*
 * test_rollout_plan: when a ring begins, when it is back, and when a revision is stopped.
 */
#include "provisioning/store/store_rollout_plan.h"
#include "tests/support/test.h"

#define WAIT 600000
#define SETTLE 60000
#define MAX 400

static struct rollout_phone phones[MAX];
static size_t n_phones;
static struct rollout_plan plan;

static void begin(size_t n)
{
        memset(phones, 0, sizeof phones);
        n_phones = n;
        plan = (struct rollout_plan){.policy = {WAIT, SETTLE, 10}, .rings = rollout_rings(n)};
        for (size_t i = 0; i < n; i++) {
                phones[i] = (struct rollout_phone){.is_approved = true, .is_up = true, .is_current = true, .settled_ms = ROLLOUT_NOT_SETTLED};
                snprintf(phones[i].mac, sizeof phones[i].mac, "000413%06zx", i & 0xffffff);
                snprintf(phones[i].model, sizeof phones[i].model, "snomD785");
        }
}

static enum rollout_step at(int64_t now_ms)
{
        plan.now_ms = now_ms;
        return rollout_step(&plan, phones, n_phones);
}

static size_t in_ring(unsigned ring)
{
        size_t n = 0;

        for (size_t i = 0; i < n_phones; i++)
                n += phones[i].ring == ring;
        return n;
}

static void fetch(unsigned ring)
{
        for (size_t i = 0; i < n_phones; i++)
                if (phones[i].ring == ring)
                        phones[i].has_fetched = true;
}

/* The phones of the ring fetch at once and stay; returns the step after that. */
static enum rollout_step come_back(unsigned ring)
{
        fetch(ring);
        CHECK_EQ_INT(at(plan.now_ms), ROLLOUT_WAIT);
        CHECK_EQ_INT(at(plan.now_ms + SETTLE - 1), ROLLOUT_WAIT);
        return at(plan.now_ms + 1);
}

TEST(one_phone_then_a_share_then_all)
{
        begin(40);
        CHECK_EQ_INT(plan.rings, 3);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(in_ring(1), 1);
        CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
        CHECK_EQ_INT(plan.ring, 2);
        CHECK_EQ_INT(in_ring(2), 4);
        CHECK_EQ_INT(come_back(2), ROLLOUT_RING);
        CHECK_EQ_INT(in_ring(3), 35);
        CHECK_EQ_INT(come_back(3), ROLLOUT_DONE);
}

TEST(fewer_than_three_phones_go_at_once)
{
        begin(2);
        CHECK_EQ_INT(plan.rings, 1);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(in_ring(1), 2);
        CHECK_EQ_INT(come_back(1), ROLLOUT_DONE);
}

TEST(three_phones_are_three_rings)
{
        begin(3);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        for (unsigned ring = 1; ring < 3; ring++) {
                CHECK_EQ_INT(in_ring(ring), 1);
                CHECK_EQ_INT(come_back(ring), ROLLOUT_RING);
        }
        CHECK_EQ_INT(come_back(3), ROLLOUT_DONE);
}

TEST(with_nobody_connected_it_is_done)
{
        begin(5);
        for (size_t i = 0; i < 5; i++)
                phones[i].is_up = false;
        CHECK_EQ_INT(at(0), ROLLOUT_DONE);
        CHECK_EQ_INT(in_ring(1), 0);
}

TEST(only_phones_whose_tunnel_is_up_at_the_begin_count)
{
        begin(5);
        for (size_t i = 0; i < 4; i++)
                phones[i].is_up = false;
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(phones[4].ring, 1);
        phones[0].is_up = true;
        CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
        CHECK_EQ_INT(phones[0].ring, 2);
        CHECK_EQ_INT(in_ring(0), 3);
        CHECK_EQ_INT(come_back(2), ROLLOUT_DONE);
}

TEST(a_phone_without_its_newest_settings_is_not_the_first)
{
        begin(5);
        phones[0].is_current = phones[1].is_current = false;
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(phones[2].ring, 1);
}

TEST(the_share_has_phones_of_each_model)
{
        begin(100);
        for (size_t i = 70; i < 100; i++)
                snprintf(phones[i].model, sizeof phones[i].model, "snom720");
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
        CHECK_EQ_INT(in_ring(2), 10);
        size_t n = 0;
        for (size_t i = 70; i < 100; i++)
                n += phones[i].ring == 2;
        CHECK_EQ_INT(n, 3);
}

/* Each row: what happens to the one phone of ring 1, told minute by minute of a roll-out that waits ten and settles one. */
struct minute { bool is_up, has_fetched; };

static enum rollout_step live(const struct minute *minutes, size_t n)
{
        enum rollout_step step = ROLLOUT_WAIT;

        begin(10);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        for (size_t i = 0; i < n && step == ROLLOUT_WAIT; i++) {
                phones[0].is_up = minutes[i].is_up;
                phones[0].has_fetched = minutes[i].has_fetched;
                step = at((int64_t)(i + 1) * 60000);
        }
        return step;
}

#define UP {true, false}
#define DOWN {false, false}
#define HAS {true, true}
#define LOST {false, true}

TEST(a_ring_ends_as_its_phone_does)
{
        static const struct { const char *name; struct minute minutes[14]; enum rollout_step step; enum rollout_why why; } rows[] = {
                {"never fetches", {UP, UP, UP, UP, UP, UP, UP, UP, UP, UP, UP}, ROLLOUT_STOP, ROLLOUT_NOT_FETCHED},
                {"loses its tunnel before it fetches", {UP, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, DOWN}, ROLLOUT_STOP, ROLLOUT_NOT_FETCHED},
                {"fetches and loses its tunnel", {UP, HAS, LOST, LOST, LOST, LOST, LOST, LOST, LOST, LOST}, ROLLOUT_STOP, ROLLOUT_TUNNEL_LOST},
                {"reboots and is back", {UP, HAS, LOST, LOST, HAS, HAS, HAS}, ROLLOUT_RING, ROLLOUT_FINE},
                {"is back late", {UP, HAS, LOST, LOST, LOST, LOST, LOST, LOST, HAS, HAS}, ROLLOUT_RING, ROLLOUT_FINE},
                {"is back with the last minute", {UP, HAS, LOST, LOST, LOST, LOST, LOST, LOST, LOST, HAS, HAS}, ROLLOUT_RING, ROLLOUT_FINE},
                {"is back too late", {UP, HAS, LOST, LOST, LOST, LOST, LOST, LOST, LOST, LOST, HAS}, ROLLOUT_STOP, ROLLOUT_TUNNEL_LOST},
                {"comes and goes", {HAS, LOST, HAS, LOST, HAS, LOST, HAS, LOST, LOST, HAS, LOST}, ROLLOUT_STOP, ROLLOUT_TUNNEL_LOST},
                {"fetches at once and stays", {HAS, HAS}, ROLLOUT_RING, ROLLOUT_FINE},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                enum rollout_step step = live(rows[i].minutes, 14);

                if (step != rows[i].step || phones[0].why != rows[i].why)
                        TEST_FAIL("a phone that %s: step %d, why %d", rows[i].name, step, phones[0].why);
        }
}

TEST(a_phone_that_settles_anew_at_the_very_end_gets_no_more_than_that)
{
        begin(10);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        phones[0].has_fetched = true;
        CHECK_EQ_INT(at(WAIT - 1), ROLLOUT_WAIT);
        CHECK_EQ_INT(at(WAIT), ROLLOUT_WAIT);
        phones[0].settled_ms = ROLLOUT_NOT_SETTLED;             /* its tunnel was away between two looks */
        CHECK_EQ_INT(at(WAIT + SETTLE), ROLLOUT_STOP);
        CHECK_EQ_INT(phones[0].why, ROLLOUT_TUNNEL_UNSTEADY);
}

TEST(settings_that_are_held_back_stop_it_at_once)
{
        begin(10);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        phones[0].is_held = true;
        CHECK_EQ_INT(at(1), ROLLOUT_STOP);
        CHECK_EQ_INT(phones[0].why, ROLLOUT_HELD);
}

static void delete_first_of(unsigned ring)
{
        for (size_t i = 0; i < n_phones; i++)
                if (phones[i].ring == ring) {
                        memmove(&phones[i], &phones[i + 1], (n_phones - i - 1) * sizeof *phones);
                        n_phones--;
                        return;
                }
}

TEST(a_phone_that_is_revoked_or_deleted_is_no_failure_and_no_success)
{
        begin(40);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        phones[0].is_approved = false;
        CHECK_EQ_INT(at(5000), ROLLOUT_RING);
        CHECK_EQ_INT(plan.ring, 1);             /* another one, with its whole time */
        CHECK_EQ_INT(plan.ring_started_ms, 5000);
        CHECK_EQ_INT(in_ring(1), 2);
        CHECK_EQ_INT(phones[1].state, ROLLOUT_GIVEN);
        CHECK_EQ_INT(at(6000), ROLLOUT_WAIT);
        CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
        CHECK_EQ_INT(plan.ring, 2);
        delete_first_of(2);
        delete_first_of(2);
        CHECK_EQ_INT(at(plan.now_ms + 1), ROLLOUT_WAIT);
        CHECK_EQ_INT(come_back(2), ROLLOUT_RING);       /* the two others of the four came back */
        CHECK_EQ_INT(plan.ring, 3);
}

TEST(when_all_phones_of_a_ring_are_gone_others_take_their_place)
{
        begin(40);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
        while (in_ring(2))
                delete_first_of(2);
        CHECK_EQ_INT(at(plan.now_ms + 1), ROLLOUT_RING);
        CHECK_EQ_INT(plan.ring, 2);
        CHECK_EQ_INT(in_ring(2), 4);
        while (in_ring(0))
                delete_first_of(0);
        while (in_ring(2))
                delete_first_of(2);
        CHECK_EQ_INT(at(plan.now_ms + 1), ROLLOUT_DONE);        /* nobody is left */
}

TEST(a_clock_that_went_back_takes_nothing_from_a_phone)
{
        begin(10);
        plan.now_ms = 500000;
        CHECK_EQ_INT(at(500000), ROLLOUT_RING);
        phones[0].has_fetched = true;
        CHECK_EQ_INT(at(530000), ROLLOUT_WAIT);
        CHECK_EQ_INT(at(510000), ROLLOUT_WAIT);                 /* a restart without the last seconds */
        CHECK_EQ_INT(phones[0].settled_ms, 510000);
        CHECK_EQ_INT(at(510000 + SETTLE - 1), ROLLOUT_WAIT);
        CHECK_EQ_INT(at(510000 + SETTLE), ROLLOUT_RING);
}

/* Somebody always unplugs one: of 50 phones one may stay away. */
TEST(of_many_phones_few_may_stay_away)
{
        for (size_t n_away = 5; n_away <= 6; n_away++) {
                begin(270);
                CHECK_EQ_INT(at(0), ROLLOUT_RING);
                CHECK_EQ_INT(come_back(1), ROLLOUT_RING);
                CHECK_EQ_INT(come_back(2), ROLLOUT_RING);
                CHECK_EQ_INT(in_ring(3), 242);
                CHECK_EQ_INT(rollout_tolerated(242), 4);
                fetch(3);
                for (size_t i = 0, n = 0; n < n_away - 1; i++)
                        if (phones[i].ring == 3) {
                                phones[i].has_fetched = false;
                                n++;
                        }
                int64_t start = plan.now_ms;
                CHECK_EQ_INT(at(start), ROLLOUT_WAIT);
                CHECK_EQ_INT(at(start + SETTLE), ROLLOUT_WAIT);
                CHECK_EQ_INT(at(start + WAIT), n_away == 5 ? ROLLOUT_DONE : ROLLOUT_STOP);
        }
        CHECK_EQ_INT(rollout_tolerated(49), 0);
}

TEST(the_admin_need_not_wait_for_a_ring)
{
        begin(10);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        plan.now_ms = 1000;
        CHECK_EQ_INT(rollout_next_ring(&plan, phones, n_phones), ROLLOUT_RING);
        CHECK_EQ_INT(plan.ring, 2);
        CHECK_EQ_INT(plan.ring_started_ms, 1000);
        CHECK_EQ_INT(rollout_next_ring(&plan, phones, n_phones), ROLLOUT_RING);
        CHECK_EQ_INT(rollout_next_ring(&plan, phones, n_phones), ROLLOUT_DONE);
}

TEST(it_is_looked_at_again_when_time_alone_changes_something)
{
        begin(10);
        CHECK_EQ_INT(at(0), ROLLOUT_RING);
        CHECK_EQ_INT(rollout_due(&plan, phones, n_phones), WAIT);
        phones[0].has_fetched = true;
        CHECK_EQ_INT(at(5000), ROLLOUT_WAIT);
        CHECK_EQ_INT(rollout_due(&plan, phones, n_phones), 5000 + SETTLE);
        CHECK_EQ_INT(at(5000 + SETTLE), ROLLOUT_RING);
        CHECK_EQ_INT(rollout_due(&plan, phones, n_phones), 5000 + SETTLE + WAIT);
}
