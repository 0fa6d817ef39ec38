/*
 * provost-import: reads files of elsewhere.
 *
 * In:   the socket "varlink".
 * Out:  io.provost.Import.
 * Not:  no network, no files, no other station, nothing kept: it ends when nobody asked for a minute.
 */
#include <stdlib.h>
#include <time.h>

#include "appliance/service/service.h"
#include "gen/io.provost.Import.h"
#include "provisioning/import/import_server.h"

#define IDLE_US (60ULL * 1000000)
#define IDLE_SLACK_US 5000000

struct import {
        struct service *service;
        sd_event_source *idle;
};

static void rest(struct import *import);

/* systemd holds the socket: whoever comes after this is answered by the next process. */
static int end_or_rest(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct import *import = userdata;

        (void)source;
        (void)usec;
        if (service_is_idle(import->service))
                service_end(import->service, EXIT_SUCCESS);
        else
                rest(import);
        return 0;
}

static void rest(struct import *import)
{
        import->idle = sd_event_source_disable_unref(import->idle);
        (void)sd_event_add_time_relative(service_event(import->service), &import->idle, CLOCK_MONOTONIC, IDLE_US, IDLE_SLACK_US, end_or_rest,
                                         import);
}

static void disconnected(sd_varlink *link, void *userdata)
{
        (void)link;
        rest(userdata);
}

int main(void)
{
        struct import import = {0};
        const struct service_spec spec = {
                .station = "import",
                .interface = &vl_interface_io_provost_Import,
                .methods = import_methods,
                .disconnected = disconnected,
                .userdata = &import,
        };
        int code = EXIT_FAILURE;

        if (service_new(&spec, &import.service) < 0)
                return code;
        rest(&import);
        code = service_run(import.service);
        sd_event_source_disable_unref(import.idle);
        service_free(import.service);
        return code;
}
