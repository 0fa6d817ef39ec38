/*
 * http_request_line: any bytes as what the edge might send to a station.
 *
 * In:   the fuzzer's bytes, written to a real connection.
 * Out:  nothing; the handler touches all it may touch.
 * Not:  no routes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void handle(struct http_request *request, void *userdata)
{
        size_t size;

        (void)userdata;
        if (http_request_path(request)[0] != '/' || strlen(http_request_path(request)) > 512)
                abort();
        (void)http_request_body(request, &size);
        (void)http_request_header(request, "X-Provost-Subject");
        http_reply(request, 200, "text/plain", http_request_query(request), strlen(http_request_query(request)), NULL);
}

static sd_event *event;
static char path[64];

static void start(void)
{
        static const struct http_options options = {.max_connections = 4, .idle_s = 5};
        static struct http_server *server;
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(path, sizeof path, "/tmp/provost-fuzz-http-%d", getpid());
        strcpy(address.sun_path, path);
        (void)unlink(path);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 4) < 0 ||
            sd_event_new(&event) < 0 || http_server_new(event, fd, &options, handle, NULL, &server) < 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        char sink[4096];

        if (!event)
                start();
        strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                abort();
        (void)!send(fd, data, size, MSG_NOSIGNAL);
        for (int i = 0; i < 6; i++) {
                (void)sd_event_run(event, 0);
                (void)!recv(fd, sink, sizeof sink, 0);
        }
        (void)close(fd);
        for (int i = 0; i < 3; i++)
                (void)sd_event_run(event, 0);
        return 0;
}
