/*
 * web_scene: a station with an HTTP socket, between an edge and the stations it calls.
 *
 * The stations called are small processes of this test on real sockets; what they were
 * asked stands in a file, one line per call. The edge is this test.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/service/service.h"
#include "tests/support/test.h"

static char scene_folder[64];

static inline const char *scene_path(const char *name)
{
        static char paths[4][128];
        static unsigned next;
        char *path = paths[next++ % 4];

        snprintf(path, sizeof paths[0], "%s/%s", scene_folder, name);
        return path;
}

/* --- stations that are called ------------------------------------------------- */

static inline void scene_note(const char *method, sd_json_variant *parameters)
{
        char *text = NULL, line[2048];
        int fd = open(scene_path("calls"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600), n;

        (void)sd_json_variant_format(parameters, 0, &text);
        n = snprintf(line, sizeof line, "%s %s\n", method, text ? text : "-");
        if (fd < 0 || n < 0 || write(fd, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1) < 0)
                abort();
        close(fd);
        free(text);
}

static inline const char *scene_calls(void)
{
        static char text[65536];
        int fd = open(scene_path("calls"), O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

        if (fd >= 0)
                close(fd);
        text[n > 0 ? n : 0] = 0;
        return text;
}

static inline unsigned scene_count(const char *word)
{
        unsigned n = 0;

        for (const char *at = scene_calls(); (at = strstr(at, word)); at++)
                n++;
        return n;
}

/* io.provost.Store.GetSite of a small site. */
static inline int scene_get_site(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("GetSite", parameters);
        return sd_varlink_replybo(link,
                SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_ARRAY(
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "lan_address"),
                                             SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.1/24")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_first"),
                                             SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.100")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_last"),
                                             SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.200")))),
                SD_JSON_BUILD_PAIR_BOOLEAN("complete", true), SD_JSON_BUILD_PAIR("missing", SD_JSON_BUILD_EMPTY_ARRAY),
                SD_JSON_BUILD_PAIR_INTEGER("revision", 1));
}

static inline pid_t scene_station(const struct service_spec *spec, const char *name)
{
        int ready[2];
        char byte;
        pid_t pid;

        if (pipe(ready) < 0)
                abort();
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
                struct service *service = NULL;
                int null = open("/dev/null", O_WRONLY);

                /* A test that fails leaves its process at once: nobody else would end this one. */
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
                dup2(null, 2);
                if (service_new(spec, &service) < 0 || service_listen(service, scene_path(name)) < 0 ||
                    chmod(scene_path(name), 0666) < 0)
                        _exit(99);
                (void)!write(ready[1], "r", 1);
                _exit(service_run(service));
        }
        close(ready[1]);
        CHECK(read(ready[0], &byte, 1) == 1);
        close(ready[0]);
        return pid;
}

static inline void scene_end(pid_t pid)
{
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
}

/* --- the edge ------------------------------------------------------------------- */

static struct service *scene_service;

static inline void scene_open(void)
{
        static const struct service_spec spec = {.station = "test"};

        snprintf(scene_folder, sizeof scene_folder, "/tmp/provost-scene-XXXXXX");
        CHECK(mkdtemp(scene_folder));
        CHECK_EQ_INT(service_new(&spec, &scene_service), 0);
}

static inline void scene_close(void)
{
        char command[128];

        service_free(scene_service);
        scene_service = NULL;
        snprintf(command, sizeof command, "rm -r %s", scene_folder);
        CHECK_EQ_INT(system(command), 0);
}

static inline int scene_listen(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        strcpy(address.sun_path, scene_path("http"));
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0)
                abort();
        return fd;
}

static inline void scene_turn(unsigned ms)
{
        for (unsigned i = 0; i < ms / 5 + 1; i++)
                (void)sd_event_run(service_event(scene_service), 5000);
}

/* What is told to others after the answer comes when it comes. */
static inline bool scene_wait(const char *word)
{
        for (unsigned i = 0; i < 600 && !scene_count(word); i++)
                scene_turn(5);
        return scene_count(word) > 0;
}

/* Sends a request with these header lines ("A: b\r\n") and does not wait. */
static inline int scene_send(const char *method, const char *path, const char *headers)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        char request[4096];
        int n = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: provost\r\n%s\r\n", method, path, headers);

        strcpy(address.sun_path, scene_path("http"));
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || send(fd, request, (size_t)n, 0) != n)
                abort();
        return fd;
}

static inline size_t scene_body_size(const char *answer, const char *end)
{
        const char *length = strstr(answer, "Content-Length: ");

        return length && length < end ? strtoul(length + 16, NULL, 10) : 0;
}

/* The whole answer; the status and the body by the way. HEAD: no body is waited for. */
static char scene_answer[1 << 17];        /* the last one, headers and body */

static inline unsigned scene_hear(int fd, bool has_body, char **ret_body, size_t *ret_size, unsigned ms)
{
        char *answer = scene_answer;
        size_t used = 0;

        memset(answer, 0, sizeof scene_answer);
        for (unsigned i = 0; i < ms / 5 + 1; i++) {
                ssize_t n;
                char *end;

                (void)sd_event_run(service_event(scene_service), 5000);
                n = recv(fd, answer + used, sizeof scene_answer - 1 - used, 0);
                used += n > 0 ? (size_t)n : 0;
                end = strstr(answer, "\r\n\r\n");
                if (!end || (has_body && used < (size_t)(end + 4 - answer) + scene_body_size(answer, end)))
                        continue;
                close(fd);
                *ret_body = end + 4;
                *ret_size = used - (size_t)(end + 4 - answer);
                end[2] = 0;
                scene_turn(30);
                return (unsigned)strtoul(answer + 9, NULL, 10);
        }
        close(fd);
        *ret_body = answer;
        *ret_size = 0;
        return 0;
}

static char *scene_body;
static size_t scene_size;

static inline unsigned scene_get(const char *path, const char *headers)
{
        return scene_hear(scene_send("GET", path, headers), true, &scene_body, &scene_size, 3000);
}
