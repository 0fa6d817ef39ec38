/*
 * session_waiters: callers that wait for their answer.
 *
 * In:   connections; the moment when something changed.
 * Out:  the answer function called, at the latest at the deadline.
 * Not:  no answers of its own (see session_methods).
 */
#include "vpn/session/session_waiters.h"

#include <stdio.h>
#include <string.h>

void session_waiters_init(struct session_waiters *waiters, sd_event *event, session_waiters_answer answer, void *userdata)
{
        *waiters = (struct session_waiters){.event = sd_event_ref(event), .answer = answer, .userdata = userdata};
}

static void release(struct session_waiter *waiter)
{
        waiter->deadline = sd_event_source_disable_unref(waiter->deadline);
        waiter->link = sd_varlink_unref(waiter->link);
}

void session_waiters_done(struct session_waiters *waiters)
{
        for (size_t i = 0; i < SESSION_WAITERS_MAX; i++)
                release(&waiters->items[i]);
        waiters->event = sd_event_unref(waiters->event);
}

static void try_one(struct session_waiter *waiter, bool is_late)
{
        if (waiter->link && waiter->all->answer(waiter, is_late, waiter->all->userdata))
                release(waiter);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source, (void)usec;
        try_one(userdata, true);
        return 0;
}

int session_waiters_add(struct session_waiters *waiters, sd_varlink *link, enum session_waiter_kind kind, const char *mac,
                        const char *sha256, uint64_t ticket, uint64_t wait_ms)
{
        struct session_waiter *waiter = NULL;

        for (size_t i = 0; i < SESSION_WAITERS_MAX && !waiter; i++)
                if (!waiters->items[i].link)
                        waiter = &waiters->items[i];
        if (!waiter)
                return PV_EBUSY;
        *waiter = (struct session_waiter){.all = waiters, .kind = kind, .ticket = ticket};
        snprintf(waiter->mac, sizeof waiter->mac, "%s", mac);
        snprintf(waiter->sha256, sizeof waiter->sha256, "%s", sha256);
        if (sd_event_add_time_relative(waiters->event, &waiter->deadline, CLOCK_MONOTONIC, wait_ms * 1000, 1000, on_deadline,
                                       waiter) < 0)
                return PV_ESYSTEM;
        waiter->link = sd_varlink_ref(link);
        return 0;
}

void session_waiters_try(struct session_waiters *waiters, enum session_waiter_kind kind)
{
        for (size_t i = 0; i < SESSION_WAITERS_MAX; i++)
                if (waiters->items[i].link && waiters->items[i].kind == kind)
                        try_one(&waiters->items[i], false);
}

void session_waiters_drop(struct session_waiters *waiters, sd_varlink *link)
{
        for (size_t i = 0; i < SESSION_WAITERS_MAX; i++)
                if (waiters->items[i].link == link)
                        release(&waiters->items[i]);
}
