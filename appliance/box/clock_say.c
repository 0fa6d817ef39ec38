/*
 * clock_say: what the time is worth, in words.
 *
 * In:   where it comes from.
 * Out:  sentences for a person.
 * Not:  no clock is read or set.
 */
#include "appliance/box/clock_say.h"

#include <stdio.h>
#include <time.h>

#define LATEST INT64_C(7258118400)              /* 2200: whoever writes that meant something else */

char *clock_say_time(int64_t seconds, char ret[static CLOCK_SAY_TIME_SIZE])
{
        time_t t = (time_t)seconds;
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(ret, CLOCK_SAY_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
                (void)snprintf(ret, CLOCK_SAY_TIME_SIZE, "%lld", (long long)seconds);
        return ret;
}

const char *clock_say_source(enum clock_source source)
{
        switch (source) {
        case CLOCK_SOURCE_FLOOR:
                return "floor";
        case CLOCK_SOURCE_NTP:
                return "ntp";
        case CLOCK_SOURCE_HAND:
                return "hand";
        case CLOCK_SOURCE_RTC:
                break;
        }
        return "rtc";
}

bool clock_say_is_alarm(const struct clock_say_facts *f)
{
        return f->source == CLOCK_SOURCE_FLOOR || f->is_floor_wrong || (f->source == CLOCK_SOURCE_RTC && f->verdict != CLOCK_FLOOR_GOOD);
}

static const char *why(enum clock_floor_verdict verdict)
{
        return verdict == CLOCK_FLOOR_AFTER ? "which is too far after the last known moment" : "which has passed already";
}

static void say_wrong(const struct clock_say_facts *f, char *ret)
{
        char said[CLOCK_SAY_TIME_SIZE], floor[CLOCK_SAY_TIME_SIZE];

        clock_say_time(f->said, said);
        clock_say_time(f->floor, floor);
        if (f->is_container)
                (void)snprintf(ret, CLOCK_SAY_SIZE,
                               "The clock of the host says %s, %s (last known: %s). In a container the clock is that of the host: set it there.",
                               said, why(f->verdict), floor);
        else
                (void)snprintf(ret, CLOCK_SAY_SIZE,
                               "The clock of this machine said %s, %s. It was set to the last known moment, %s, and is slow by as long as the"
                               " machine was off: give it a time server, or the time with provostctl clock set.",
                               said, why(f->verdict), floor);
}

static void say_floor(const struct clock_say_facts *f, char *ret)
{
        char now[CLOCK_SAY_TIME_SIZE], floor[CLOCK_SAY_TIME_SIZE];

        (void)snprintf(ret, CLOCK_SAY_SIZE,
                       "A time server says %s, but new certificates begin at %s, which a wrong clock said once: phones refuse them until then."
                       " If the time server is right, set that time with provostctl clock set and --force.",
                       clock_say_time(f->now, now), clock_say_time(f->floor, floor));
}

static void say_ntp(const struct clock_say_facts *f, char *ret)
{
        char when[CLOCK_SAY_TIME_SIZE];

        if (f->is_in_step)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "%s", f->is_container ? "The clock is that of the host, which says that it is in step with a time server." :
                                                                            "In step with a time server.");
        else
                (void)snprintf(ret, CLOCK_SAY_SIZE, "Was in step with a time server until %s; none has answered since, so the clock of the machine goes on.",
                               clock_say_time(f->confirmed_at, when));
}

char *clock_say(const struct clock_say_facts *f, char ret[static CLOCK_SAY_SIZE])
{
        char when[CLOCK_SAY_TIME_SIZE];

        if (f->is_floor_wrong)
                say_floor(f, ret);
        else if (clock_say_is_alarm(f))
                say_wrong(f, ret);
        else if (f->source == CLOCK_SOURCE_NTP)
                say_ntp(f, ret);
        else if (f->source == CLOCK_SOURCE_HAND)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "Set by hand at %s; no time server has confirmed it.", clock_say_time(f->confirmed_at, when));
        else
                (void)snprintf(ret, CLOCK_SAY_SIZE, "%s", f->is_container ? "The clock is that of the host, and no time server has confirmed it there." :
                                                                            "As the clock of the machine says; no time server has confirmed it.");
        return ret;
}

char *clock_say_refusal(const struct clock_say_facts *f, int64_t wanted, bool force, char ret[static CLOCK_SAY_SIZE])
{
        char floor[CLOCK_SAY_TIME_SIZE];

        *ret = 0;
        if (f->is_container)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "In a container the clock is that of the host: set it there.");
        else if (wanted < 0 || wanted > LATEST)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "That is not a time between 1970 and 2200.");
        else if (f->is_in_step && !force)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "The clock is in step with a time server, which would set it back at once. With force it is tried all the same.");
        else if (wanted < f->floor && !force)
                (void)snprintf(ret, CLOCK_SAY_SIZE, "It is later than that: %s has passed already. If that was wrong, set it with force.",
                               clock_say_time(f->floor, floor));
        return ret;
}
