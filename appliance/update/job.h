#ifndef PROVOST_UPDATE_JOB_H
#define PROVOST_UPDATE_JOB_H

#include <systemd/sd-event.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/* One of our programs at work for us: see appliance/chore. Its packets are {"percent": N}, then {"done": ...} or {"error": "sentence"}. */
struct job;

struct job_news {
        int percent;                    /* -1: this is the end */
        sd_json_variant *done;          /* at the end: what it found; NULL: it failed */
        const char *error;              /* then: why, as a sentence */
};
/* Exactly one call with percent -1, after which the job is gone. */
typedef void (*job_told)(const struct job_news *news, void *userdata);

/* request is borrowed, and so are the descriptors. ret_job: to end it early; may be NULL. PV_ESYSTEM: the program cannot be reached. */
int job_start(sd_event *event, const char *path, sd_json_variant *request, const int *fds, size_t n_fds, job_told told, void *userdata,
              struct job **ret_job) PV_MUST_CHECK;
/* Ends the program; nothing is told any more. NULL is nothing. */
void job_end(struct job *job);
/* The same, and waits for its end: for the first moments of a process. 0 with *ret_done, or PV_ESYSTEM. */
int job_once(const char *path, sd_json_variant *request, int timeout_ms, sd_json_variant **ret_done) PV_MUST_CHECK;

#endif
