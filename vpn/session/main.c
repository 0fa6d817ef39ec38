/*
 * provost-session: admits, addresses, watches and closes the tunnels.
 *
 * In:   OpenVPN's management socket; store and pki; calls on /run/provost/session.
 * Out:  OpenVPN's server.conf and its answers; the firewall's sets of blocked addresses and of reach.
 * Not:  OpenVPN itself is a process of its own and lives on without us.
 */
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Session.h"
#include "vpn/session/session_methods.h"
#include "vpn/session/session_station.h"

int main(void)
{
        static struct session_station station;
        const struct session_station_paths paths = {
                .store = "/run/provost/store", .pki = "/run/provost/pki", .root = "/run/provost"};
        const struct service_spec spec = {
                .station = "session",
                .interface = &vl_interface_io_provost_Session,
                .methods = session_methods,
                .disconnected = session_methods_disconnected,
                .userdata = &station,
        };
        struct service *service = NULL;
        int code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return code;
        if (session_station_init(service, &paths, &station) == 0)
                code = service_run(service);
        else
                log_reason(LOG_LEVEL_ERROR, "start-failed", "The station could not be set up; there may be too little memory.");
        session_station_done(&station);
        service_free(service);
        return code;
}
