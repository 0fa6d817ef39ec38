/*
 * provost-pki: the certificate authority of this appliance.
 *
 * In:   calls on /run/provost/pki; the credential pki.key.
 * Out:  certificates; /run/provost/tls for the edge.
 * Not:  no network, no calls to other stations.
 */
#include <stdio.h>
#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Pki.h"
#include "vpn/pki/pki_methods.h"
#include "vpn/pki/pki_station.h"

#define STATE_DIRECTORY "/var/lib/provost/pki"
#define TLS_DIRECTORY "/run/provost/tls"

int main(void)
{
        static struct pki_station station;
        static struct pki_watch watch;
        static struct pki_methods_data data = {.station = &station, .watch = &watch};
        const struct service_spec spec = {
                .station = "pki",
                .interface = &vl_interface_io_provost_Pki,
                .methods = pki_methods,
                .disconnected = pki_methods_disconnected,
                .userdata = &data,
        };
        const char *credentials = getenv("CREDENTIALS_DIRECTORY");
        const struct pki_station_paths paths = {
                .state = STATE_DIRECTORY, .tls = TLS_DIRECTORY, .credentials = credentials ? credentials : "/run/credentials",
        };
        struct service *service = NULL;
        int code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return code;
        pki_station_open(&paths, pki_times_of_build(), clock_wall_s(), &station);
        if (*station.trouble) {
                log_reason(LOG_LEVEL_ERROR, "trouble", "%s", station.trouble);
                service_status(service, "%s", station.trouble);
        } else {
                log_event(LOG_LEVEL_INFO, "ready", NULL);
                service_status(service, "Certificate authority, generation %lld", (long long)station.authority.newest.number);
        }
        if (pki_watch_open(&watch, &station, service_event(service)) == 0)
                code = service_run(service);
        pki_watch_close(&watch);
        pki_station_close(&station);
        service_free(service);
        return code;
}
