#ifndef PROVOST_BOX_LOG_READ_H
#define PROVOST_BOX_LOG_READ_H

#include <stdint.h>
#include <systemd/sd-event.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * Reads the journal backwards for one question, a few milliseconds at a time
 * between other events, so that nothing of this station waits for it.
 */
struct log_read;

struct log_read_question {
        const char *unit;               /* "" all */
        int64_t priority;               /* this and more urgent ones, 0..7 */
        const char *text;               /* "" any */
        const char *before;             /* where an answer before ended; "" the newest */
        size_t limit;                   /* 1..LOG_READ_LIMIT */
};

#define LOG_READ_LIMIT 500
#define LOG_READ_TEXT_MAX 200
#define LOG_READ_BEFORE_MAX 256

/* Ends each log_read_new() once: with the entries (borrowed) and where to go on ("" nothing is left), or with a problem, a sentence. */
typedef void (*log_read_done)(sd_json_variant *entries, const char *next, const char *problem, void *userdata);

/* The question is copied. `done` is never called before this returns; the reading frees itself then. PV_EMALFORMED: a unit or a `before` that
 * cannot be; PV_ETOOLARGE: longer than its bound; PV_ESYSTEM: no journal. */
int log_read_new(sd_event *event, const struct log_read_question *question, log_read_done done, void *userdata,
                 struct log_read **ret_read) PV_MUST_CHECK;
/* Who asked went away: `done` is not called any more. */
void log_read_free(struct log_read *read);

#endif
