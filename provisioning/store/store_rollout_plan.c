/*
 * store_rollout_plan: how a revision goes out, ring by ring.
 *
 * In:   what is known of the phones it concerns, the roll-out's clock, the site's policy.
 * Out:  the next step: wait, give it to the next ring, done, or stop and go back.
 * Not:  no database, no clock of its own: the same facts give the same step.
 *
 * Only phones whose tunnel is up when their ring begins are in it. One came back when it fetched the revision and its tunnel
 * stayed up for settle_ms. wait_ms after the ring's begin, who has no settings or no tunnel failed; who has both then may still
 * settle. A ring is over when none is open any more and at least one came back.
 */
#include "provisioning/store/store_rollout_plan.h"

#include <stdlib.h>
#include <string.h>

#define RINGS 3
#define FEW_PHONES 3
#define PHONES_PER_FAILURE 50

unsigned rollout_rings(size_t n_phones)
{
        return n_phones < FEW_PHONES ? 1 : RINGS;
}

size_t rollout_tolerated(size_t ring_phones)
{
        return ring_phones / PHONES_PER_FAILURE;
}

/* --- the ring that runs -------------------------------------------------- */

static bool is_watched(const struct rollout_plan *plan, const struct rollout_phone *phone)
{
        return phone->ring == plan->ring && phone->is_approved && phone->state == ROLLOUT_GIVEN;
}

static void set_state(struct rollout_phone *phone, enum rollout_state state, enum rollout_why why)
{
        phone->state = state;
        phone->why = why;
        phone->is_changed = true;
}

static void set_settled(struct rollout_phone *phone, int64_t settled_ms)
{
        phone->is_changed = phone->is_changed || phone->settled_ms != settled_ms;
        phone->settled_ms = settled_ms;
}

/* A mark from before the clock went back (a restart without the last seconds) counts from now. */
static void settle(const struct rollout_plan *plan, struct rollout_phone *phone)
{
        if (!phone->has_fetched || !phone->is_up)
                set_settled(phone, ROLLOUT_NOT_SETTLED);
        else if (phone->settled_ms == ROLLOUT_NOT_SETTLED || phone->settled_ms > plan->now_ms)
                set_settled(phone, plan->now_ms);
        else if (plan->now_ms - phone->settled_ms >= plan->policy.settle_ms)
                set_state(phone, ROLLOUT_BACK, ROLLOUT_FINE);
}

static void watch(const struct rollout_plan *plan, struct rollout_phone *phone)
{
        int64_t waited_ms = plan->now_ms - plan->ring_started_ms;

        if (phone->is_held) {
                set_state(phone, ROLLOUT_FAILED, ROLLOUT_HELD);
                return;
        }
        settle(plan, phone);
        if (phone->state != ROLLOUT_GIVEN || waited_ms < plan->policy.wait_ms)
                return;
        if (!phone->has_fetched)
                set_state(phone, ROLLOUT_FAILED, ROLLOUT_NOT_FETCHED);
        else if (phone->settled_ms == ROLLOUT_NOT_SETTLED)
                set_state(phone, ROLLOUT_FAILED, ROLLOUT_TUNNEL_LOST);
        else if (waited_ms >= plan->policy.wait_ms + plan->policy.settle_ms)
                set_state(phone, ROLLOUT_FAILED, ROLLOUT_TUNNEL_UNSTEADY);
}

/* --- the next ring ------------------------------------------------------- */

static bool is_candidate(const struct rollout_phone *phone)
{
        return phone->state == ROLLOUT_LATER && phone->is_approved && phone->is_up;
}

/* Phones that have what they should have come first: another one says little when it fails. */
static int by_fitness(const void *a, const void *b)
{
        const struct rollout_phone *x = *(struct rollout_phone *const *)a, *y = *(struct rollout_phone *const *)b;
        int model = strcmp(x->model, y->model);

        if (x->is_current != y->is_current)
                return x->is_current ? -1 : 1;
        return model ? model : strcmp(x->mac, y->mac);
}

static size_t ring_size(const struct rollout_plan *plan, unsigned ring, size_t n_candidates, size_t n_given)
{
        size_t n;

        if (ring == plan->rings)
                return n_candidates;
        n = ring == 1 ? 1 : ((n_candidates + n_given) * plan->policy.share + 99) / 100;
        return n < n_candidates ? n : n_candidates;
}

/* Spread evenly over the list, so that every model has its part. */
static void give(struct rollout_phone **candidates, size_t n_candidates, size_t n, unsigned ring)
{
        for (size_t i = 0; i < n; i++) {
                struct rollout_phone *phone = candidates[i * n_candidates / n];

                phone->ring = ring;
                phone->settled_ms = ROLLOUT_NOT_SETTLED;
                phone->has_fetched = false;
                set_state(phone, ROLLOUT_GIVEN, ROLLOUT_FINE);
        }
}

static size_t gather(struct rollout_phone *phones, size_t n_phones, struct rollout_phone **ret_candidates, size_t *ret_n_given)
{
        size_t n = 0;

        *ret_n_given = 0;
        for (size_t i = 0; i < n_phones; i++) {
                if (is_candidate(&phones[i]))
                        ret_candidates[n++] = &phones[i];
                *ret_n_given += phones[i].state != ROLLOUT_LATER;
        }
        qsort(ret_candidates, n, sizeof *ret_candidates, by_fitness);
        return n;
}

/* Without memory the ring begins a moment later. */
static enum rollout_step begin_ring(struct rollout_plan *plan, struct rollout_phone *phones, size_t n_phones, unsigned ring)
{
        struct rollout_phone **candidates = calloc(n_phones + 1, sizeof *candidates);
        size_t n_given, n = candidates ? gather(phones, n_phones, candidates, &n_given) : 0;
        enum rollout_step step = ROLLOUT_RING;

        if (!candidates)
                return ROLLOUT_WAIT;
        if (n == 0 || ring > plan->rings) {
                step = ROLLOUT_DONE;
        } else {
                plan->ring = ring;
                plan->ring_started_ms = plan->now_ms;
                give(candidates, n, ring_size(plan, plan->ring, n, n_given), plan->ring);
        }
        free(candidates);
        return step;
}

enum rollout_step rollout_next_ring(struct rollout_plan *plan, struct rollout_phone *phones, size_t n_phones)
{
        return begin_ring(plan, phones, n_phones, plan->ring + 1);
}

/* --- steps --------------------------------------------------------------- */

/* A ring whose phones are all gone has shown nothing: others take their place. */
enum rollout_step rollout_step(struct rollout_plan *plan, struct rollout_phone *phones, size_t n_phones)
{
        size_t n_open = 0, n_failed = 0, n_back = 0, n_ring = 0;

        if (plan->ring == 0)
                return rollout_next_ring(plan, phones, n_phones);
        for (size_t i = 0; i < n_phones; i++) {
                if (phones[i].ring != plan->ring || !phones[i].is_approved)
                        continue;
                if (is_watched(plan, &phones[i]))
                        watch(plan, &phones[i]);
                n_ring++;
                n_open += phones[i].state == ROLLOUT_GIVEN;
                n_failed += phones[i].state == ROLLOUT_FAILED;
                n_back += phones[i].state == ROLLOUT_BACK;
        }
        if (n_failed > rollout_tolerated(n_ring))
                return ROLLOUT_STOP;
        return n_open ? ROLLOUT_WAIT : begin_ring(plan, phones, n_phones, n_back ? plan->ring + 1 : plan->ring);
}

int64_t rollout_due(const struct rollout_plan *plan, const struct rollout_phone *phones, size_t n_phones)
{
        int64_t wait_ends = plan->ring_started_ms + plan->policy.wait_ms, due = INT64_MAX;

        for (size_t i = 0; i < n_phones; i++) {
                int64_t at = wait_ends;

                if (!is_watched(plan, &phones[i]))
                        continue;
                if (plan->now_ms >= wait_ends)
                        at = wait_ends + plan->policy.settle_ms;
                if (phones[i].settled_ms != ROLLOUT_NOT_SETTLED && phones[i].settled_ms + plan->policy.settle_ms < at)
                        at = phones[i].settled_ms + plan->policy.settle_ms;
                due = at < due ? at : due;
        }
        return due;
}
