#ifndef PROVOST_BOX_BOX_CLOCK_H
#define PROVOST_BOX_BOX_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/box/clock_say.h"
#include "appliance/box/units.h"
#include "appliance/service/service.h"

/*
 * Watches the clock: where it comes from, whether it jumped, and what has
 * passed. Keeps the last known moment, tells pki of confirmed ones, and the
 * store when nobody knows what time it is.
 */
struct box_clock;

struct box_clock_callbacks {
        void (*jumped)(void *userdata);         /* the wall clock was moved by more than a minute */
        void (*changed)(void *userdata);        /* box_clock_is_floor() says something else now */
};

/* store, pki, units are borrowed. */
int box_clock_new(struct service *service, struct service_peer *store, struct service_peer *pki, struct units *units,
                  const struct box_clock_callbacks *callbacks, void *userdata, struct box_clock **ret_clock) PV_MUST_CHECK;
/* Keeps the moment of the end. */
void box_clock_free(struct box_clock *clock);
/* These came (back). */
void box_clock_store_is_there(struct box_clock *clock);
void box_clock_pki_is_there(struct box_clock *clock);
/* The clock was set to the newest known moment and nobody has confirmed a better one. */
bool box_clock_is_floor(const struct box_clock *clock);
struct clock_say_facts box_clock_facts(const struct box_clock *clock);

/* problem: "" when it is set. */
typedef void (*box_clock_set_done)(const char *problem, void *userdata);
/* Who calls has asked clock_say_refusal(). corrects: the floor goes back to it too. Always ends in one call of `done`. */
void box_clock_set(struct box_clock *clock, int64_t now, bool corrects, box_clock_set_done done, void *userdata);

#endif
