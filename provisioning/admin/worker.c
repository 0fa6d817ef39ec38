/*
 * worker: the threads that run operations.
 *
 * In:   calls of the loop.
 * Out:  the same calls, answered.
 * Not:  no HTTP, no decision who may.
 */
#include "provisioning/admin/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "appliance/base/log.h"

struct job {
        struct job *next;
        struct call *call;
        void *userdata;
};

struct queue {
        struct job *first, **end;
};

struct worker {
        struct workers *workers;
        pthread_t thread;
        bool started;
        struct station_links links;
};

struct workers {
        pthread_mutex_t lock;
        pthread_cond_t wake;
        struct queue waiting, done;
        unsigned n_waiting, n_slow_waiting, n_slow_running;
        bool stopping;
        int wake_loop;                  /* eventfd */
        sd_event_source *source;
        worker_done on_done;
        struct worker list[WORKERS];
};

static void push(struct queue *queue, struct job *job)
{
        job->next = NULL;
        *queue->end = job;
        queue->end = &job->next;
}

static void init(struct queue *queue)
{
        queue->first = NULL;
        queue->end = &queue->first;
}

static bool is_slow(const struct call *call)
{
        return call->operation->flags & OPERATION_SLOW;
}

/* The first that may run now; with the lock held. */
static struct job *pick(struct workers *workers)
{
        for (struct job **at = &workers->waiting.first; *at; at = &(*at)->next) {
                struct job *job = *at;

                if (is_slow(job->call) && workers->n_slow_running >= WORKERS_SLOW)
                        continue;
                *at = job->next;
                if (!*at)
                        workers->waiting.end = at;
                workers->n_waiting--;
                workers->n_slow_waiting -= is_slow(job->call);
                workers->n_slow_running += is_slow(job->call);
                return job;
        }
        return NULL;
}

static void give_back(struct workers *workers, struct job *job)
{
        uint64_t one = 1;

        workers->n_slow_running -= is_slow(job->call);
        push(&workers->done, job);
        if (write(workers->wake_loop, &one, sizeof one) != sizeof one)
                log_reason(LOG_LEVEL_ERROR, "worker", "the loop could not be woken");
        (void)pthread_cond_broadcast(&workers->wake);
}

static void *work(void *userdata)
{
        struct worker *worker = userdata;
        struct workers *workers = worker->workers;

        (void)pthread_mutex_lock(&workers->lock);
        while (!workers->stopping) {
                struct job *job = pick(workers);

                if (!job) {
                        (void)pthread_cond_wait(&workers->wake, &workers->lock);
                        continue;
                }
                (void)pthread_mutex_unlock(&workers->lock);
                job->call->links = &worker->links;
                call_run(job->call);
                job->call->links = NULL;
                (void)pthread_mutex_lock(&workers->lock);
                give_back(workers, job);
        }
        (void)pthread_mutex_unlock(&workers->lock);
        station_links_done(&worker->links);
        return NULL;
}

static int on_wake(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct workers *workers = userdata;
        struct job *job;
        uint64_t count;

        (void)source, (void)events;
        if (read(fd, &count, sizeof count) != sizeof count)
                return 0;
        (void)pthread_mutex_lock(&workers->lock);
        job = workers->done.first;
        init(&workers->done);
        (void)pthread_mutex_unlock(&workers->lock);
        while (job) {
                struct job *next = job->next;

                workers->on_done(job->call, job->userdata);
                free(job);
                job = next;
        }
        return 0;
}

/* Signals are the loop's. */
static int start(struct workers *workers)
{
        sigset_t all, before;
        int r = 0;

        (void)sigfillset(&all);
        if (pthread_sigmask(SIG_SETMASK, &all, &before))
                return PV_ESYSTEM;
        for (size_t i = 0; i < WORKERS && !r; i++) {
                workers->list[i].workers = workers;
                r = pthread_create(&workers->list[i].thread, NULL, work, &workers->list[i]) ? PV_ESYSTEM : 0;
                workers->list[i].started = !r;
        }
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        return r;
}

int workers_new(sd_event *event, const char *run_dir, worker_done done, struct workers **ret_workers)
{
        struct workers *workers = calloc(1, sizeof *workers);
        int r = 0;

        if (!workers)
                return PV_ENOMEM;
        init(&workers->waiting);
        init(&workers->done);
        workers->on_done = done;
        for (size_t i = 0; i < WORKERS; i++)
                station_links_init(&workers->list[i].links, run_dir);
        workers->wake_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (workers->wake_loop < 0 || pthread_mutex_init(&workers->lock, NULL) || pthread_cond_init(&workers->wake, NULL) ||
            sd_event_add_io(event, &workers->source, workers->wake_loop, EPOLLIN, on_wake, workers) < 0)
                r = PV_ESYSTEM;
        if (!r)
                r = start(workers);
        if (r) {
                workers_free(workers);
                return r;
        }
        *ret_workers = workers;
        return 0;
}

static void drop(struct queue *queue)
{
        for (struct job *job = queue->first, *next; job; job = next) {
                next = job->next;
                call_free(job->call);
                free(job);
        }
        init(queue);
}

void workers_free(struct workers *workers)
{
        if (!workers)
                return;
        (void)pthread_mutex_lock(&workers->lock);
        workers->stopping = true;
        (void)pthread_cond_broadcast(&workers->wake);
        (void)pthread_mutex_unlock(&workers->lock);
        for (size_t i = 0; i < WORKERS; i++)
                station_links_stop(&workers->list[i].links);
        for (size_t i = 0; i < WORKERS; i++)
                if (workers->list[i].started)
                        (void)pthread_join(workers->list[i].thread, NULL);
        drop(&workers->waiting);
        drop(&workers->done);
        sd_event_source_disable_unref(workers->source);
        if (workers->wake_loop >= 0)
                (void)close(workers->wake_loop);
        (void)pthread_cond_destroy(&workers->wake);
        (void)pthread_mutex_destroy(&workers->lock);
        free(workers);
}

int workers_run(struct workers *workers, struct call *call, void *userdata)
{
        struct job *job = calloc(1, sizeof *job);
        bool full;

        if (!job)
                return PV_EBUSY;
        *job = (struct job){.call = call, .userdata = userdata};
        (void)pthread_mutex_lock(&workers->lock);
        full = workers->n_waiting >= WORKERS_QUEUE || (is_slow(call) && workers->n_slow_waiting >= WORKERS_SLOW_QUEUE);
        if (!full) {
                push(&workers->waiting, job);
                workers->n_waiting++;
                workers->n_slow_waiting += is_slow(call);
                (void)pthread_cond_signal(&workers->wake);
        }
        (void)pthread_mutex_unlock(&workers->lock);
        if (full)
                free(job);
        return full ? PV_EBUSY : 0;
}
