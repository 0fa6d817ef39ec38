/*
 * provost-settings: the settings inside the tunnel.
 *
 * In:   requests of the edge on the descriptor named "http"; calls on /run/provost/settings; answers of phones on the
 *       UDP descriptor named "notify".
 * Out:  stage 2 and firmware for the phone whose tunnel it comes through; NOTIFY check-sync into tunnels.
 * Not:  no network of its own but those descriptors, no files but firmware, no secrets kept.
 */
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Settings.h"
#include "provisioning/settings/settings.h"
#include "provisioning/settings/settings_methods.h"

#define STORE_PATH "/run/provost/store"
#define FIRMWARE_FOLDER "/var/lib/provost/firmware"

static int open_desk(struct settings_desk *desk, struct service *service)
{
        const struct settings_resync_options options = {.fd = service_take_descriptor(service, "notify"), .device = "tun-phones",
                                                        .store_path = STORE_PATH};

        if (options.fd < 0)
                log_reason(LOG_LEVEL_WARNING, "no-notify", "no descriptor named notify was handed over; phones learn of changes when they poll");
        return settings_desk_open(desk, service, &options, FIRMWARE_FOLDER);
}

int main(void)
{
        static struct settings_desk desk;
        static const struct service_spec spec = {.station = "settings", .interface = &vl_interface_io_provost_Settings,
                                                 .methods = settings_methods, .userdata = &desk};
        struct settings_options options = {.edge_user = "provost-edge", .store_path = STORE_PATH, .deadline_ms = 8000};
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
        else if (open_desk(&desk, service) < 0)
                log_reason(LOG_LEVEL_ERROR, "start-failed", "what people call could not be set up; there may be too little memory");
        else
                code = service_run(service);
        settings_desk_close(&desk);
        settings_free(settings);
        service_free(service);
        return code;
}
