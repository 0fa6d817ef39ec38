#ifndef PROVOST_BOX_UNITS_H
#define PROVOST_BOX_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"

/*
 * systemd's units, asked over its own socket (/run/systemd/private, root
 * only), without a message bus and without starting a program. The connection
 * is made again by itself when systemd re-executes.
 */
struct units;

enum units_state {
        UNITS_STATE_UNKNOWN,    /* not heard yet */
        UNITS_STATE_DOWN,       /* inactive, failed, on its way up or down */
        UNITS_STATE_ACTIVE,
};

/* A watched unit changed its state, or the connection came or went. */
typedef void (*units_changed)(void *userdata);
/* Ends each units_job(). result: "done", or systemd's word ("failed", "timeout", ...) or "unreachable". */
typedef void (*units_done)(bool is_done, const char *result, void *userdata);

/* names: units to watch, static storage, ended by NULL, at most 8. */
int units_new(sd_event *event, const char *const *names, units_changed changed, void *userdata,
              struct units **ret_units) PV_MUST_CHECK;
void units_free(struct units *units);
enum units_state units_state(const struct units *units, const char *name);
/* verb: "StartUnit", "RestartUnit", "ReloadOrRestartUnit"; mode: "replace" or "replace-irreversibly". unit: static storage. */
void units_job(struct units *units, const char *verb, const char *unit, const char *mode, units_done done,
               void *userdata);

/* What systemd says of a unit, for people. */
struct units_row {
        char name[64];          /* without ".service" */
        char state[16];         /* systemd's word: active, failed, ... */
        int64_t since;          /* of that state; seconds since 1970 */
        uint32_t restarts;      /* by itself */
};

#define UNITS_ROWS_MAX 48

/* Ends each units_describe(): what was learnt, in systemd's order; fewer when the connection was lost meanwhile. */
typedef void (*units_described)(const struct units_row *rows, size_t n, void *userdata);
/* All services whose names begin with "provost-", and networkd. One at a time: PV_EBUSY. PV_ESYSTEM without a connection. */
int units_describe(struct units *units, units_described described, void *userdata) PV_MUST_CHECK;

#endif
