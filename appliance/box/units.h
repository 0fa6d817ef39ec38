#ifndef PROVOST_BOX_UNITS_H
#define PROVOST_BOX_UNITS_H

#include <stdbool.h>
#include <stddef.h>
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

#endif
