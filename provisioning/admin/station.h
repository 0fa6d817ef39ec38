#ifndef PROVOST_ADMIN_STATION_H
#define PROVOST_ADMIN_STATION_H

#include <stdatomic.h>
#include <systemd/sd-varlink.h>

#include "provisioning/admin/operation.h"

/* One worker's own connections to other stations: blocking, each call with its deadline. */
#define STATIONS_MAX (STATION_BACKUP + 1)
struct station_links {
        const char *run_dir;            /* "/run/provost" */
        sd_varlink *links[STATIONS_MAX];
        atomic_int busy_fd;             /* of the call under way, -1 none: shut down by station_links_stop() */
        atomic_bool stopping;
};

void station_links_init(struct station_links *links, const char *run_dir);
void station_links_done(struct station_links *links);
/* From another thread: the call under way ends, and none begins any more. */
void station_links_stop(struct station_links *links);
/*
 * parameters is borrowed. 0: *ret_error is NULL and *ret_reply the answer, or *ret_error is the error's name (owned) and *ret_reply its fields.
 * A station that was not reached has the error "io.provost.Unreachable"; update and backup, which not every system has, "io.provost.Absent" where they have no socket.
 * PV_ENOMEM.
 */
int station_links_call(struct station_links *links, enum station station, const char *method, sd_json_variant *parameters,
                       sd_json_variant **ret_reply, char **ret_error) PV_MUST_CHECK;

#endif
