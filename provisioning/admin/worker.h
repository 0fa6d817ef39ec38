#ifndef PROVOST_ADMIN_WORKER_H
#define PROVOST_ADMIN_WORKER_H

#include <systemd/sd-event.h>

#include "provisioning/admin/call.h"

/*
 * The threads that run operations. The loop hands a call over and gets it back, answered, in its own thread. At most WORKERS_QUEUE calls
 * wait; of those that compute a password's hash at most two run at once and WORKERS_SLOW_QUEUE wait, so that guesses at the door keep nobody else waiting.
 */
#define WORKERS 4
#define WORKERS_SLOW 2
#define WORKERS_QUEUE 64
#define WORKERS_SLOW_QUEUE 16

struct workers;

/* done gets the call back, in the loop's thread, with the userdata it was handed over with. */
typedef void (*worker_done)(struct call *call, void *userdata);

int workers_new(sd_event *event, const char *run_dir, worker_done done, struct workers **ret_workers) PV_MUST_CHECK;
/* Calls under way are cut short; those that wait are freed, and none is given back. */
void workers_free(struct workers *workers);
/* PV_EBUSY when too many wait; the call stays the caller's then. */
int workers_run(struct workers *workers, struct call *call, void *userdata) PV_MUST_CHECK;

#endif
