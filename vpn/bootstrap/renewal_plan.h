#ifndef PROVOST_BOOTSTRAP_RENEWAL_PLAN_H
#define PROVOST_BOOTSTRAP_RENEWAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* When the keeper goes round, and what it asks for. Pure; milliseconds of the monotonic clock. */

#define RENEWAL_HOUR_MS 3600000
#define RENEWAL_PACE_MS 100             /* between two phones: each of them fetches and may start anew */
#define RENEWAL_LIST 100                /* phones of one round */

enum renewal_cause {
        RENEWAL_CAUSE_START,            /* or the hour, or more phones than one round has */
        RENEWAL_CAUSE_PKI,              /* authorities or certificates changed, or the clock was set */
        RENEWAL_CAUSE_SITE,
        RENEWAL_CAUSE_PHONE,            /* a phone changed: often, and seldom of interest */
};
/* When the next round begins, given when the last one ended (0: none did) and what is planned already (0: nothing). */
uint64_t renewal_plan(enum renewal_cause cause, uint64_t now_ms, uint64_t ended_ms, uint64_t planned_ms);

enum renewal_end {
        RENEWAL_END_DONE,               /* nobody is due any more */
        RENEWAL_END_MORE,               /* the list was full */
        RENEWAL_END_CHANGED,            /* the authorities changed meanwhile */
        RENEWAL_END_AWAY,               /* store or pki did not answer */
        RENEWAL_END_REFUSED,            /* one of them said no */
};
uint64_t renewal_pause_ms(enum renewal_end end);

/* Certificates that end before this are due. A clock before the floor counts as the floor. */
int64_t renewal_before(int64_t wall_s, int64_t floor_s, uint32_t renew_days);

#endif
