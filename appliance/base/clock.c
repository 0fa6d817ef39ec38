/*
 * clock: the two clocks of Provost.
 *
 * In:   the kernel's clocks.
 * Out:  milliseconds of CLOCK_MONOTONIC, seconds and milliseconds of CLOCK_REALTIME.
 * Not:  no timers (see sd-event), no time zones.
 */
#include "appliance/base/clock.h"

#include <time.h>

uint64_t clock_monotonic_ms(void)
{
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_REALTIME, &now);
        return now.tv_sec;
}

int64_t clock_wall_ms(void)
{
        struct timespec now = {0};

        (void)clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
