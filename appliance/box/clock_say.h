#ifndef PROVOST_BOX_CLOCK_SAY_H
#define PROVOST_BOX_CLOCK_SAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/box/clock_floor.h"

/* Where the time comes from, as words and sentences. */

enum clock_source { CLOCK_SOURCE_RTC, CLOCK_SOURCE_FLOOR, CLOCK_SOURCE_NTP, CLOCK_SOURCE_HAND };

struct clock_say_facts {
        enum clock_source source;
        enum clock_floor_verdict verdict;       /* of what the machine said; GOOD: believed */
        bool is_container;
        bool is_in_step;                        /* with a time server, now */
        int64_t now, said, floor;
        int64_t confirmed_at;                   /* last in step, or set by hand; 0 never */
        bool is_floor_wrong;                    /* certificates begin so far after what a time server says that nobody takes them */
};

#define CLOCK_SAY_SIZE 400
#define CLOCK_SAY_TIME_SIZE 32

/* "ntp" "hand" "rtc" "floor". */
const char *clock_say_source(enum clock_source source);
/* One or two sentences: what the time is worth and what to do. Returns ret. */
char *clock_say(const struct clock_say_facts *facts, char ret[static CLOCK_SAY_SIZE]);
/* Whether somebody has to look: nobody knows what time it is, or certificates count from a wrong one. */
bool clock_say_is_alarm(const struct clock_say_facts *facts);
/* Why the clock is not set to `wanted` by hand; "" when it may be. */
char *clock_say_refusal(const struct clock_say_facts *facts, int64_t wanted, bool force, char ret[static CLOCK_SAY_SIZE]);
/* "2026-11-22 08:30:00 UTC". Returns ret. */
char *clock_say_time(int64_t seconds, char ret[static CLOCK_SAY_TIME_SIZE]);

#endif
