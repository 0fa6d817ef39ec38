#ifndef PROVOST_STORE_ROLLOUT_PLAN_H
#define PROVOST_STORE_ROLLOUT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/model/merge.h"

/*
 * How a revision goes out: ring by ring, each phone watched until it came back. Pure: the facts about the phones, the
 * roll-out's own clock and the site's policy go in, the next step comes out.
 */
enum rollout_state {
        ROLLOUT_LATER,                  /* has the settings of before */
        ROLLOUT_GIVEN,                  /* should fetch the revision */
        ROLLOUT_BACK,                   /* fetched it, and its tunnel stayed */
        ROLLOUT_FAILED,
};

enum rollout_why { ROLLOUT_FINE, ROLLOUT_NOT_FETCHED, ROLLOUT_TUNNEL_LOST, ROLLOUT_TUNNEL_UNSTEADY, ROLLOUT_HELD };

#define ROLLOUT_NOT_SETTLED (-1)

struct rollout_phone {
        char mac[MAC_TEXT_SIZE];
        char model[68];
        /* facts */
        bool is_approved, is_up, has_fetched;
        bool is_current;                /* it has what it should have, roll-out or not */
        bool is_held;                   /* an error in its settings keeps them back */
        /* what is kept of it */
        enum rollout_state state;
        unsigned ring;                  /* 0: none yet */
        int64_t settled_ms;             /* since when it has the revision and a tunnel, ROLLOUT_NOT_SETTLED: not now */
        /* told */
        enum rollout_why why;
        bool is_changed;                /* state, ring or settled_ms */
};

struct rollout_policy {
        int64_t wait_ms, settle_ms;
        unsigned share;                 /* percent */
};

struct rollout_plan {
        struct rollout_policy policy;
        unsigned ring, rings;           /* ring 0: not begun */
        int64_t now_ms, ring_started_ms;        /* on the roll-out's clock */
};

enum rollout_step {
        ROLLOUT_WAIT,
        ROLLOUT_RING,                   /* a ring began: its phones, now GIVEN, are to be given the revision */
        ROLLOUT_DONE,                   /* all others get it */
        ROLLOUT_STOP,                   /* too many of the ring failed */
};

/* Few phones go at once: a ring of one needs others behind it. */
unsigned rollout_rings(size_t n_phones);
enum rollout_step rollout_step(struct rollout_plan *plan, struct rollout_phone *phones, size_t n_phones);
/* The next ring without waiting for this one. */
enum rollout_step rollout_next_ring(struct rollout_plan *plan, struct rollout_phone *phones, size_t n_phones);
/* When time alone changes something, on the roll-out's clock. */
int64_t rollout_due(const struct rollout_plan *plan, const struct rollout_phone *phones, size_t n_phones);
/* How many of a ring may fail: phones are switched off now and then. */
size_t rollout_tolerated(size_t ring_phones);

#endif
