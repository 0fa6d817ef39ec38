/*
 * test_worker: the threads that run operations.
 *
 * In:   calls that end when the test says so.
 * Out:  how many run at once, how many may wait.
 * Not:  no stations.
 */
#include "provisioning/admin/worker.h"

#include <pthread.h>
#include <semaphore.h>

#include "tests/support/test.h"

static sem_t may_end;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned n_running, n_slow_running, most_running, most_slow;
static unsigned n_done;
static sd_event *event;
static struct workers *workers;

static void hold(struct call *call, unsigned *n, unsigned *most)
{
        (void)pthread_mutex_lock(&lock);
        if (++*n > *most)
                *most = *n;
        (void)pthread_mutex_unlock(&lock);
        while (sem_wait(&may_end))
                ;
        (void)pthread_mutex_lock(&lock);
        --*n;
        (void)pthread_mutex_unlock(&lock);
        call_reply_empty(call);
}

static void run_quick(struct call *call)
{
        hold(call, &n_running, &most_running);
}

static void run_slow(struct call *call)
{
        hold(call, &n_slow_running, &most_slow);
}

static const struct operation quick = {.method = "GET", .path = "/a", .id = "a", .run = run_quick};
static const struct operation slow = {.method = "POST", .path = "/b", .id = "b", .flags = OPERATION_SLOW, .run = run_slow};

static void on_done(struct call *call, void *userdata)
{
        (void)userdata;
        n_done += call->answer.status == 204;
        call_free(call);
}

static int hand_over(const struct operation *operation)
{
        struct call *call = calloc(1, sizeof *call);
        int r;

        if (!call)
                abort();
        call->operation = operation;
        r = workers_run(workers, call, NULL);
        if (r)
                call_free(call);
        return r;
}

static unsigned running(void)
{
        unsigned n;

        (void)pthread_mutex_lock(&lock);
        n = n_running + n_slow_running;
        (void)pthread_mutex_unlock(&lock);
        return n;
}

static void begin(void)
{
        n_done = n_running = n_slow_running = most_running = most_slow = 0;
        if (sem_init(&may_end, 0, 0))
                abort();
        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(workers_new(event, "/nowhere", on_done, &workers), 0);
}

static void wait_for(unsigned n)
{
        for (int i = 0; i < 2000 && running() < n; i++)
                (void)sd_event_run(event, 5000);
        CHECK_EQ_INT(running(), n);
}

static void let_end(unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                (void)sem_post(&may_end);
        for (int i = 0; i < 2000 && n_done < n; i++)
                (void)sd_event_run(event, 5000);
        CHECK_EQ_INT(n_done, n);
}

static void end(void)
{
        workers_free(workers);
        event = sd_event_unref(event);
        (void)sem_destroy(&may_end);
}

TEST(four_run_at_once_and_all_are_given_back)
{
        begin();
        for (int i = 0; i < 10; i++)
                CHECK_EQ_INT(hand_over(&quick), 0);
        wait_for(WORKERS);
        let_end(10);
        CHECK_EQ_INT(most_running, WORKERS);
        end();
}

TEST(two_slow_ones_at_once_leave_room_for_the_others)
{
        begin();
        for (int i = 0; i < 6; i++)
                CHECK_EQ_INT(hand_over(&slow), 0);
        wait_for(WORKERS_SLOW);
        for (int i = 0; i < 2; i++)
                CHECK_EQ_INT(hand_over(&quick), 0);
        wait_for(WORKERS_SLOW + 2);
        let_end(8);
        CHECK_EQ_INT(most_slow, WORKERS_SLOW);
        end();
}

TEST(beyond_the_bounds_one_is_told_to_come_again)
{
        unsigned n = 0;

        begin();
        for (int i = 0; i < WORKERS_SLOW; i++)
                CHECK_EQ_INT(hand_over(&slow), 0);
        wait_for(WORKERS_SLOW);
        for (int i = 0; i < WORKERS_SLOW_QUEUE; i++)
                CHECK_EQ_INT(hand_over(&slow), 0);
        CHECK_EQ_INT(hand_over(&slow), PV_EBUSY);
        while (n < 1000 && hand_over(&quick) == 0)
                n++;
        CHECK(n >= WORKERS_QUEUE - WORKERS_SLOW_QUEUE && n <= WORKERS_QUEUE);
        let_end(WORKERS_SLOW + WORKERS_SLOW_QUEUE + n);
        end();
}

TEST(it_can_end_while_some_wait)
{
        begin();
        for (int i = 0; i < 8; i++)
                CHECK_EQ_INT(hand_over(&quick), 0);
        wait_for(WORKERS);
        for (unsigned i = 0; i < WORKERS; i++)
                (void)sem_post(&may_end);
        for (unsigned i = 0; i < 8; i++)
                (void)sem_post(&may_end);
        end();
}
