#ifndef PROVOST_STORE_RENEWAL_PLAN_H
#define PROVOST_STORE_RENEWAL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When a phone's certificate is due for a next one, and what is said before it
 * ends. Times are seconds since 1970; `now` is never before the floor of time
 * (renewal_now()).
 */

/* A clock that lies back counts as the newest moment known to have passed. */
int64_t renewal_now(int64_t wall_s, int64_t floor_s);

struct renewal_certificate {
        int64_t not_before, not_after;
        int64_t generation;
        bool is_other_class;            /* of an authority that the phone's OpenVPN process does not know */
};

struct renewal_facts {
        struct renewal_certificate present;
        bool has_next;
        struct renewal_certificate next;
        bool was_fetched;               /* the phone took the next one's bundle */
        bool came_with_former;          /* and had a tunnel with the present one since */
};

/*
 * Whether the phone should get a next certificate: its present one ends before `before`, does not hold yet, or is of
 * another generation or class, and there is no good next one. A next one that is due itself is replaced, but not while the
 * phone may hold it and nothing else: then it could never come back.
 */
bool renewal_is_due(const struct renewal_facts *facts, int64_t now_s, int64_t before_s, int64_t generation);

/* --- ends ---------------------------------------------------------------- */

enum end_level {
        END_LEVEL_NONE,                 /* more than 30 days */
        END_LEVEL_30,
        END_LEVEL_14,
        END_LEVEL_3,
        END_LEVEL_ENDED,
};
enum end_level end_level_of(int64_t now_s, int64_t not_after_s);

/* What was said of this subject last; level NONE and any end: nothing yet. */
struct end_note {
        int64_t not_after_s;
        enum end_level level;
};
struct end_step {
        enum end_level level;           /* to be noted */
        bool say;                       /* this level, now */
        bool clear;                     /* what was said before is over: there is a later end */
};
/*
 * Each level once for each end: of several that passed while nobody looked, the last one. A clock that goes back says nothing
 * twice. An end at another moment begins anew.
 */
struct end_step end_step_of(const struct end_note *note, int64_t now_s, int64_t not_after_s);

/* As in io.provost.Store.ListEnds. renews: a next one is there, or it is made by itself in time. */
const char *end_state_text(int64_t now_s, int64_t not_after_s, bool renews);
/* Days until then, whole ones, rounded up; 0 when it is over. */
int64_t end_days(int64_t now_s, int64_t not_after_s);

#endif
