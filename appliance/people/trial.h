#ifndef PROVOST_PEOPLE_TRIAL_H
#define PROVOST_PEOPLE_TRIAL_H

#include <stdint.h>

#include "appliance/base/error.h"

/*
 * What a phone would be answered now: a request as the edge would pass it on, on the station's own socket. The station knows
 * root and station admin there and writes down nothing of it (appliance/http); HEAD, so that no key and no setting leaves.
 */
struct trial {
        const char *path;               /* "/000413AABBCC.xml" */
        const char *listener;           /* "lan", "tunnel" */
        const char *address;            /* from which the phone would ask */
        const char *verify;             /* "SUCCESS", "NONE" */
        const char *subject;            /* of the factory certificate; "" without */
};

/* One exchange on this socket. PV_EMALFORMED: the trial, or the answer, is no HTTP; PV_ETIMEOUT; PV_ESYSTEM: the station is away. */
int trial_head(const char *socket_path, const struct trial *trial, uint64_t deadline_ms, unsigned *ret_status) PV_MUST_CHECK;

#endif
