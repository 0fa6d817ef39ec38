/*
 * provost-bootstrap: the first settings and the VPN bundle.
 *
 * In:   requests of the edge on the descriptor named "http".
 * Out:  stage 1 and bundles for phones that may enrol.
 * Not:  no network of its own, no files, no keys kept.
 */
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "vpn/bootstrap/bootstrap.h"

int main(void)
{
        static const struct service_spec spec = {.station = "bootstrap"};
        struct bootstrap_options options = {.edge_user = "provost-edge", .store_path = "/run/provost/store",
                                            .pki_path = "/run/provost/pki", .deadline_ms = 8000};
        struct service *service = NULL;
        struct bootstrap *bootstrap = NULL;
        int code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return code;
        options.listen_fd = service_take_descriptor(service, "http");
        if (options.listen_fd < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed",
                           "no descriptor named http was handed over; start provost-bootstrap-http.socket");
        else if (bootstrap_new(service, &options, &bootstrap) < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed", "the HTTP server could not be made");
        else
                code = service_run(service);
        bootstrap_free(bootstrap);
        service_free(service);
        return code;
}
