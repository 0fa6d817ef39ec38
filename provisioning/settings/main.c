/*
 * provost-settings: the settings inside the tunnel.
 *
 * In:   requests of the edge on the descriptor named "http".
 * Out:  stage 2 for the phone whose tunnel it comes through.
 * Not:  no network of its own, no files, no secrets kept.
 */
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "provisioning/settings/settings.h"

int main(void)
{
        static const struct service_spec spec = {.station = "settings"};
        struct settings_options options = {.edge_user = "provost-edge", .store_path = "/run/provost/store", .deadline_ms = 8000};
        struct service *service = NULL;
        struct settings *settings = NULL;
        int code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return code;
        options.listen_fd = service_take_descriptor(service, "http");
        if (options.listen_fd < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed",
                           "no descriptor named http was handed over; start provost-settings-http.socket");
        else if (settings_new(service, &options, &settings) < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed", "the HTTP server could not be made");
        else
                code = service_run(service);
        settings_free(settings);
        service_free(service);
        return code;
}
