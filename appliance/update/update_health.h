#ifndef PROVOST_UPDATE_UPDATE_HEALTH_H
#define PROVOST_UPDATE_UPDATE_HEALTH_H

#include "appliance/update/update.h"

/* Whether this system is well: every start is judged once, and a version that is tried until it stays or goes. */
int health_new(struct update *update, struct health **ret) PV_MUST_CHECK;
void health_free(struct health *health);
void health_begin_trial(struct update *update);
/* The judgement of this start is still to come. */
bool health_is_needed(const struct update *update);
/* Notes in the state which phones are connected now; then calls on. */
void health_note_phones(struct update *update, void (*on)(void *userdata));

struct health_trial {
        int64_t since, until;           /* seconds since 1970 */
        size_t back, needed;
};
struct health_trial health_trial(const struct update *update);

#endif
