/*
 * traffic: tunnels and their bytes over time.
 *
 * In:   what session counts, as it is asked every ten seconds.
 * Out:  rates, in two rings of fixed size.
 * Not:  nothing on the disk: a restart begins anew.
 */
#include "provisioning/admin/traffic.h"

#include <pthread.h>
#include <stdlib.h>

#define COARSE_PARTS (TRAFFIC_COARSE_S / TRAFFIC_FINE_S)
#define GAP_MS (3 * TRAFFIC_FINE_S * 1000)      /* longer without an answer: no rate is told for that time */

struct ring {
        struct traffic_sample *samples;
        size_t size, n, next;           /* the newest stand before next */
};

struct traffic {
        pthread_mutex_t lock;
        bool has_last;
        uint64_t last_ms, last_in, last_out;
        struct traffic_sample fine[TRAFFIC_FINE_N], coarse[TRAFFIC_COARSE_N];
        struct ring fine_ring, coarse_ring;
        struct traffic_sample sum;      /* of the fine ones since the last coarse one */
        unsigned n_sum;
};

static void ring_add(struct ring *ring, const struct traffic_sample *sample)
{
        ring->samples[ring->next] = *sample;
        ring->next = (ring->next + 1) % ring->size;
        ring->n += ring->n < ring->size;
}

static void init(struct traffic *traffic)
{
        pthread_mutex_init(&traffic->lock, NULL);
        traffic->fine_ring = (struct ring){.samples = traffic->fine, .size = TRAFFIC_FINE_N};
        traffic->coarse_ring = (struct ring){.samples = traffic->coarse, .size = TRAFFIC_COARSE_N};
}

struct traffic *traffic_new(void)
{
        struct traffic *traffic = calloc(1, sizeof *traffic);

        if (traffic)
                init(traffic);
        return traffic;
}

void traffic_free(struct traffic *traffic)
{
        if (traffic)
                pthread_mutex_destroy(&traffic->lock);
        free(traffic);
}

static struct traffic ours;

static void init_ours(void)
{
        init(&ours);
}

struct traffic *traffic(void)
{
        static pthread_once_t once = PTHREAD_ONCE_INIT;

        pthread_once(&once, init_ours);
        return &ours;
}

/* Five minutes of fine ones are one coarse one. */
static void add_coarse(struct traffic *traffic, const struct traffic_sample *fine)
{
        struct traffic_sample *sum = &traffic->sum;

        sum->at_s = fine->at_s;
        sum->tunnels += fine->tunnels;
        sum->bytes_in_s += fine->bytes_in_s;
        sum->bytes_out_s += fine->bytes_out_s;
        if (++traffic->n_sum < COARSE_PARTS)
                return;
        sum->tunnels /= traffic->n_sum;
        sum->bytes_in_s /= traffic->n_sum;
        sum->bytes_out_s /= traffic->n_sum;
        ring_add(&traffic->coarse_ring, sum);
        *sum = (struct traffic_sample){0};
        traffic->n_sum = 0;
}

void traffic_add(struct traffic *traffic, uint64_t now_ms, int64_t at_s, uint64_t tunnels, uint64_t bytes_in, uint64_t bytes_out)
{
        uint64_t passed_ms;

        pthread_mutex_lock(&traffic->lock);
        passed_ms = now_ms - traffic->last_ms;
        if (traffic->has_last && passed_ms > 0 && passed_ms <= GAP_MS && bytes_in >= traffic->last_in && bytes_out >= traffic->last_out) {
                struct traffic_sample sample = {.at_s = at_s, .tunnels = tunnels, .bytes_in_s = (bytes_in - traffic->last_in) * 1000 / passed_ms,
                                                .bytes_out_s = (bytes_out - traffic->last_out) * 1000 / passed_ms};

                ring_add(&traffic->fine_ring, &sample);
                add_coarse(traffic, &sample);
        }
        traffic->has_last = true;
        traffic->last_ms = now_ms;
        traffic->last_in = bytes_in;
        traffic->last_out = bytes_out;
        pthread_mutex_unlock(&traffic->lock);
}

unsigned traffic_step_s(unsigned hours)
{
        return hours <= 1 ? TRAFFIC_FINE_S : TRAFFIC_COARSE_S;
}

size_t traffic_read(struct traffic *traffic, unsigned hours, struct traffic_sample ret[static TRAFFIC_SAMPLES_MAX])
{
        const struct ring *ring = hours <= 1 ? &traffic->fine_ring : &traffic->coarse_ring;
        size_t wanted = hours <= 1 ? TRAFFIC_FINE_N : (size_t)hours * 3600 / TRAFFIC_COARSE_S, n;

        pthread_mutex_lock(&traffic->lock);
        n = ring->n < wanted ? ring->n : wanted;
        for (size_t i = 0; i < n; i++)
                ret[i] = ring->samples[(ring->next + ring->size - n + i) % ring->size];
        pthread_mutex_unlock(&traffic->lock);
        return n;
}
