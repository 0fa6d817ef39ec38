#ifndef PROVOST_ADMIN_TRAFFIC_H
#define PROVOST_ADMIN_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many tunnels there were and what went through them: every 10 seconds for an hour, every 5 minutes for a day, in memory alone.
 * A time without samples (session was away) is a gap, not a zero.
 */
#define TRAFFIC_FINE_S 10
#define TRAFFIC_FINE_N 360
#define TRAFFIC_COARSE_S 300
#define TRAFFIC_COARSE_N 288
#define TRAFFIC_SAMPLES_MAX TRAFFIC_FINE_N

struct traffic_sample {
        int64_t at_s;                   /* wall clock */
        uint64_t tunnels;               /* of a coarse one: the mean */
        uint64_t bytes_in_s, bytes_out_s;
};

struct traffic;

/* The station's one. */
struct traffic *traffic(void);
/* For tests. */
struct traffic *traffic_new(void);
void traffic_free(struct traffic *traffic);

/* What session counts now: bytes since it started. now_ms: monotonic. Counters that went back (it restarted) begin anew. */
void traffic_add(struct traffic *traffic, uint64_t now_ms, int64_t at_s, uint64_t tunnels, uint64_t bytes_in, uint64_t bytes_out);
/* Oldest first, at most TRAFFIC_SAMPLES_MAX: of one hour the fine ones, of more hours the coarse ones. How many. */
size_t traffic_read(struct traffic *traffic, unsigned hours, struct traffic_sample ret[static TRAFFIC_SAMPLES_MAX]);
unsigned traffic_step_s(unsigned hours);

#endif
