/*
 * main: station store.
 *
 * In:   $STATE_DIRECTORY (the database), $CREDENTIALS_DIRECTORY/store.key, $RUNTIME_DIRECTORY (what lasts until the next
 *       boot), the socket "varlink".
 * Out:  io.provost.Store.
 * Not:  no network, no other station.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "gen/io.provost.Store.h"
#include "provisioning/store/store_methods.h"
#include "provisioning/store/store_server.h"
#include "provisioning/store/store_tunnel.h"

static int run(struct store_server *server)
{
        const struct service_spec spec = {
                .station = "store",
                .interface = &vl_interface_io_provost_Store,
                .methods = store_methods,
                .disconnected = store_server_disconnected,
                .userdata = server,
        };
        struct service *service = NULL;
        int exit_code = EXIT_FAILURE;

        if (service_new(&spec, &service) < 0)
                return EXIT_FAILURE;
        if (store_server_start(server, service) == 0)
                exit_code = service_run(service);
        store_server_finish(server);
        service_free(service);
        return exit_code;
}

/* Tunnels survive a restart of the store, but no boot: the mark is in /run, which a boot empties. */
static void note_boot(struct store *store)
{
        const char *runtime = getenv("RUNTIME_DIRECTORY");
        char mark[512];
        int fd;

        if (!runtime)
                return;
        (void)snprintf(mark, sizeof mark, "%s/started", runtime);
        if (access(mark, F_OK) == 0)
                return;
        /* A disk that is full now is no reason not to start: session reports soon. */
        fd = store_tunnel_none_open(store) == 0 ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
        if (fd >= 0)
                close(fd);
}

int main(void)
{
        const char *state = getenv("STATE_DIRECTORY"), *credentials = getenv("CREDENTIALS_DIRECTORY");
        struct store_server *server = NULL;
        struct store *store = NULL;
        char database[512], key[512];
        int exit_code = EXIT_FAILURE;

        log_open("store");
        if (!state || !credentials) {
                log_reason(LOG_LEVEL_ERROR, "start-failed",
                           "STATE_DIRECTORY and CREDENTIALS_DIRECTORY must be set; systemd does that for provost-store.service");
                return EXIT_FAILURE;
        }
        (void)snprintf(database, sizeof database, "%s/provost.db", state);
        (void)snprintf(key, sizeof key, "%s/store.key", credentials);
        if (store_open(database, key, &store) == 0) {
                note_boot(store);
                if (store_server_new(store, &server) == 0)
                        exit_code = run(server);
        }
        store_server_free(server);
        store_close(store);
        return exit_code;
}
