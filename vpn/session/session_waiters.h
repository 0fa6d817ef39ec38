#ifndef PROVOST_SESSION_SESSION_WAITERS_H
#define PROVOST_SESSION_SESSION_WAITERS_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>
#include <systemd/sd-varlink.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/* Callers whose answer needs a moment: of Status (for OpenVPN's numbers), of ConfirmClosed, of
 * TryCertificate (for the store's newest word). */

#define SESSION_WAITERS_MAX 64

enum session_waiter_kind { SESSION_WAITER_STATUS, SESSION_WAITER_CLOSED, SESSION_WAITER_TRY };

struct session_waiters;

struct session_waiter {
        struct session_waiters *all;
        sd_varlink *link;               /* NULL: this place is free */
        enum session_waiter_kind kind;
        char mac[MAC_TEXT_SIZE];        /* CLOSED, TRY */
        char sha256[65];                /* TRY */
        uint64_t ticket;                /* CLOSED, TRY: the answer of the store that counts */
        sd_event_source *deadline;
};

/* is_late: its time is over and it must be answered now. True: it was answered. */
typedef bool (*session_waiters_answer)(const struct session_waiter *waiter, bool is_late, void *userdata);

struct session_waiters {
        struct session_waiter items[SESSION_WAITERS_MAX];
        sd_event *event;
        session_waiters_answer answer;
        void *userdata;
};

void session_waiters_init(struct session_waiters *waiters, sd_event *event, session_waiters_answer answer, void *userdata);
void session_waiters_done(struct session_waiters *waiters);
/* sha256: of a TRY, else "". PV_EBUSY: too many wait. */
int session_waiters_add(struct session_waiters *waiters, sd_varlink *link, enum session_waiter_kind kind, const char *mac,
                        const char *sha256, uint64_t ticket, uint64_t wait_ms) PV_MUST_CHECK;
/* Asks the answer function about all of this kind. */
void session_waiters_try(struct session_waiters *waiters, enum session_waiter_kind kind);
/* The caller went away. */
void session_waiters_drop(struct session_waiters *waiters, sd_varlink *link);

#endif
