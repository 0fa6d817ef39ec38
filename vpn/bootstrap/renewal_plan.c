/*
 * renewal_plan: when the keeper goes round.
 *
 * In:   what happened, times.
 * Out:  when the next round begins.
 * Not:  no timers, no calls.
 */
#include "vpn/bootstrap/renewal_plan.h"

#define SOON_MS 200
#define SITE_MS 1000
#define PHONE_GAP_MS 10000              /* after the last round: our own SetEnrolment is a change as well */

static uint64_t wish(enum renewal_cause cause, uint64_t now_ms, uint64_t ended_ms)
{
        switch (cause) {
        case RENEWAL_CAUSE_START: return now_ms;
        case RENEWAL_CAUSE_PKI: return now_ms + SOON_MS;
        case RENEWAL_CAUSE_SITE: return now_ms + SITE_MS;
        case RENEWAL_CAUSE_PHONE: break;
        }
        return ended_ms && ended_ms + PHONE_GAP_MS > now_ms + SITE_MS ? ended_ms + PHONE_GAP_MS : now_ms + SITE_MS;
}

uint64_t renewal_plan(enum renewal_cause cause, uint64_t now_ms, uint64_t ended_ms, uint64_t planned_ms)
{
        uint64_t at = wish(cause, now_ms, ended_ms);

        return planned_ms && planned_ms < at ? planned_ms : at;
}

uint64_t renewal_pause_ms(enum renewal_end end)
{
        switch (end) {
        case RENEWAL_END_MORE:
        case RENEWAL_END_CHANGED: return SITE_MS;
        case RENEWAL_END_AWAY: return 10000;
        case RENEWAL_END_REFUSED: return 60000;
        case RENEWAL_END_DONE: break;
        }
        return RENEWAL_HOUR_MS;
}

int64_t renewal_before(int64_t wall_s, int64_t floor_s, uint32_t renew_days)
{
        return (wall_s > floor_s ? wall_s : floor_s) + (int64_t)renew_days * 86400;
}
