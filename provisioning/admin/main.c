/*
 * provost-admin: the page's API.
 *
 * In:   requests of the edge on the descriptor named "http"; calls of the console on /run/provost/admin.
 * Out:  JSON; changes as they happen.
 * Not:  no network of its own, no files, no database: what is kept is the store's.
 */
#include <malloc.h>
#include <stdlib.h>

#include "appliance/base/log.h"
#include "appliance/service/service.h"
#include "gen/io.provost.Admin.h"
#include "provisioning/admin/admin.h"
#include "provisioning/model/catalogue.h"
#include "provisioning/admin/sampler.h"

int main(void)
{
        static struct admin_desk desk;
        static const struct service_spec spec = {.station = "admin", .interface = &vl_interface_io_provost_Admin, .methods = admin_methods,
                                                 .disconnected = admin_desk_disconnected, .userdata = &desk};
        struct admin_options options = {.edge_user = "provost-edge", .run_dir = "/run/provost", .tables = operation_tables};
        struct service *service = NULL;
        struct sampler *sampler = NULL;
        struct admin *admin = NULL;
        int code = EXIT_FAILURE;

        /* Large bodies and passwords' hashes come and go on several threads: their memory goes back at once. */
        (void)mallopt(M_ARENA_MAX, 2);
        (void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
        (void)catalogue_builtin();      /* read once, before there are threads */
        if (service_new(&spec, &service) < 0)
                return code;
        options.listen_fd = service_take_descriptor(service, "http");
        if (options.listen_fd < 0) {
                log_reason(LOG_LEVEL_ERROR, "start-failed", "no descriptor named http was handed over; start provost-admin-http.socket");
        } else if (admin_new(service, &options, &admin) < 0 || sampler_new(service, "/run/provost/session", &sampler) < 0) {
                log_reason(LOG_LEVEL_ERROR, "start-failed", "the station could not be set up; there may be too little memory, or no user provost-edge");
        } else {
                desk.admin = admin;
                code = service_run(service);
        }
        desk.admin = NULL;
        sampler_free(sampler);
        admin_free(admin);
        service_free(service);
        return code;
}
