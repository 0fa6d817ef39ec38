/*
 * test_service: a server process and a client process on a real socket.
 */
#include "appliance/service/service.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/io.provost.Trial.h"
#include "tests/support/test.h"

#define ECHO "io.provost.Trial.Echo"

static char path[64];
static pid_t server;

/* --- the server ---------------------------------------------------------- */

static int n_calls;
static sd_varlink *watcher, *late;

static int handle_echo(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *text = sd_json_variant_string(sd_json_variant_by_key(parameters, "text"));

        (void)flags;
        (void)userdata;
        if (strcmp(text, "bad") == 0)
                return service_refuse(link, "io.provost.Trial.NoGood", "no good: %s", text);
        n_calls++;
        if (watcher)
                (void)sd_varlink_notifybo(watcher, SD_JSON_BUILD_PAIR_INTEGER("calls", n_calls));
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("text", text), SD_JSON_BUILD_PAIR_INTEGER("calls", n_calls));
}

static int handle_late(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters;
        (void)flags;
        (void)userdata;
        if (late) {
                (void)sd_varlink_replybo(late, SD_JSON_BUILD_PAIR_INTEGER("calls", 1));
                late = sd_varlink_unref(late);
                return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_INTEGER("calls", 2));
        }
        late = sd_varlink_ref(link);
        return 0;
}

static int handle_watch(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters;
        (void)flags;
        (void)userdata;
        watcher = sd_varlink_ref(link);
        return sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_INTEGER("calls", n_calls));
}

static void gone(sd_varlink *link, void *userdata)
{
        (void)userdata;
        if (link == watcher)
                watcher = sd_varlink_unref(watcher);
        if (link == late)
                late = sd_varlink_unref(late);
}

static int run_server(int ready_fd)
{
        static const struct service_method methods[] = {
                {"io.provost.Trial.Echo", SERVICE_CALLER_ROOT, handle_echo},
                {"io.provost.Trial.Late", SERVICE_CALLER_ROOT, handle_late},
                {"io.provost.Trial.Watch", SERVICE_CALLER_ROOT, handle_watch},
                {"io.provost.Trial.Forbidden", 0, handle_echo},
                {0},
        };
        const struct service_spec spec = {.station = "trial", .interface = &vl_interface_io_provost_Trial,
                                          .methods = methods, .disconnected = gone};
        struct service *service = NULL;
        int r;

        if (service_new(&spec, &service) < 0 || service_listen(service, path) < 0 || chmod(path, 0666) < 0)
                return 99;
        (void)!write(ready_fd, "r", 1);
        close(ready_fd);
        r = service_run(service);
        service_free(service);
        return r;
}

static void server_start(void)
{
        int fds[2];
        char byte;

        snprintf(path, sizeof path, "/tmp/trial-%d", (int)getpid());
        CHECK(pipe(fds) == 0);
        fflush(stdout);
        server = fork();
        if (server == 0) {
                close(fds[0]);
                _exit(run_server(fds[1]));
        }
        close(fds[1]);
        CHECK(read(fds[0], &byte, 1) == 1);
        close(fds[0]);
}

static int server_stop(int signal_number)
{
        int status = 0;

        kill(server, signal_number);
        waitpid(server, &status, 0);
        return status;
}

/* --- the client ---------------------------------------------------------- */

struct seen {
        int n_replies, n_errors, n_updates, n_resets, last;
        char order[64];
        char error[64];
};

static void on_reply(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seen *seen = userdata;

        seen->n_replies++;
        if (error) {
                seen->n_errors++;
                snprintf(seen->error, sizeof seen->error, "%s", error);
                return;
        }
        seen->last = (int)sd_json_variant_integer(sd_json_variant_by_key(reply, "calls"));
        const char *text = sd_json_variant_string(sd_json_variant_by_key(reply, "text"));
        if (text)
                strncat(seen->order, text, sizeof seen->order - strlen(seen->order) - 1);
}

static void on_update(sd_json_variant *message, void *userdata)
{
        struct seen *seen = userdata;

        if (message)
                seen->n_updates++;
        else
                seen->n_resets++;
}

static void run_until(struct service *service, const int *value, int wanted)
{
        for (int i = 0; i < 400 && *value < wanted; i++)
                (void)sd_event_run(service_event(service), 20000);
}

static struct service *client(struct service_peer **ret_peer)
{
        const struct service_spec spec = {.station = "client"};
        struct service *service = NULL;

        CHECK_EQ_INT(service_new(&spec, &service), 0);
        CHECK_EQ_INT(service_peer_new(service, path, ret_peer), 0);
        return service;
}

static void echo(struct service_peer *peer, const char *text, uint64_t deadline_ms, struct seen *seen)
{
        sd_json_variant *parameters = NULL;

        (void)sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("text", text),
                             SD_JSON_BUILD_PAIR("pairs", SD_JSON_BUILD_EMPTY_ARRAY));
        service_peer_call(peer, ECHO, parameters, deadline_ms, on_reply, seen);
        sd_json_variant_unref(parameters);
}

static char *call_text(const char *method, const char *json)
{
        static char error[128];
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *name = NULL;

        error[0] = 0;
        CHECK(sd_json_parse(json, 0, &parameters, NULL, NULL) >= 0);
        int r = service_call_once(path, method, parameters, 2000, &reply, &name);
        CHECK_EQ_INT(r, 0);
        snprintf(error, sizeof error, "%s", name ? name : "");
        free(name);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(parameters);
        return error;
}

TEST(calls_are_answered_in_their_order)
{
        struct seen seen = {0};
        struct service_peer *peer;

        server_start();
        struct service *service = client(&peer);
        for (int i = 0; i < 10; i++)
                echo(peer, (char[]){(char)('a' + i), 0}, 2000, &seen);
        run_until(service, &seen.n_replies, 10);
        CHECK_EQ_INT(seen.n_replies, 10);
        CHECK_EQ_INT(seen.n_errors, 0);
        CHECK_STR(seen.order, "abcdefghij");
        CHECK_EQ_INT(seen.last, 10);
        service_peer_free(peer);
        service_free(service);
        CHECK_EQ_INT(server_stop(SIGTERM), 0);
}

TEST(wrong_type_unknown_field_and_unknown_method_are_refused)
{
        server_start();
        CHECK_STR(call_text(ECHO, "{\"text\":\"x\",\"pairs\":[{\"name\":\"n\",\"number\":null}]}"), "");
        CHECK_STR(call_text(ECHO, "{\"text\":5,\"pairs\":[]}"), SD_VARLINK_ERROR_INVALID_PARAMETER);
        CHECK_STR(call_text(ECHO, "{\"text\":\"x\",\"pairs\":[],\"more\":1}"), SD_VARLINK_ERROR_INVALID_PARAMETER);
        CHECK_STR(call_text(ECHO, "{\"text\":\"x\",\"pairs\":[{\"number\":1}]}"), SD_VARLINK_ERROR_INVALID_PARAMETER);
        CHECK_STR(call_text("io.provost.Trial.Nothing", "{}"), SD_VARLINK_ERROR_METHOD_NOT_FOUND);
        CHECK_STR(call_text("io.provost.Trial.Watch", "{}"), SD_VARLINK_ERROR_EXPECTED_MORE);
        CHECK_STR(call_text(ECHO, "{\"text\":\"bad\",\"pairs\":[]}"), "io.provost.Trial.NoGood");
        server_stop(SIGTERM);
}

TEST(permission_is_checked_before_the_parameters)
{
        server_start();
        CHECK_STR(call_text("io.provost.Trial.Forbidden", "{\"text\":5}"), SD_VARLINK_ERROR_PERMISSION_DENIED);
        pid_t stranger = fork();
        if (stranger == 0) {
                if (setgid(65534) < 0 || setuid(65534) < 0)
                        _exit(1);
                bool denied = strcmp(call_text(ECHO, "{\"text\":5}"), SD_VARLINK_ERROR_PERMISSION_DENIED) == 0;
                bool still = strcmp(call_text("io.provost.Trial.Watch", "{}"), SD_VARLINK_ERROR_PERMISSION_DENIED) == 0;
                _exit(denied && still ? 0 : 2);
        }
        int status = -1;
        waitpid(stranger, &status, 0);
        CHECK_EQ_INT(status, 0);
        server_stop(SIGTERM);
}

TEST(calls_wait_for_a_server_that_is_not_there_yet)
{
        struct seen seen = {0};
        struct service_peer *peer;

        snprintf(path, sizeof path, "/tmp/trial-%d", (int)getpid());
        unlink(path);
        struct service *service = client(&peer);
        echo(peer, "a", 200, &seen);
        echo(peer, "b", 5000, &seen);
        run_until(service, &seen.n_replies, 1);
        CHECK_STR(seen.error, "io.provost.Timeout");
        server_start();
        run_until(service, &seen.n_replies, 2);
        CHECK_EQ_INT(seen.n_replies, 2);
        CHECK_STR(seen.order, "b");
        service_peer_free(peer);
        service_free(service);
        server_stop(SIGTERM);
}

TEST(a_late_answer_is_not_taken_for_anothers)
{
        struct seen first = {0}, second = {0};
        struct service_peer *peer, *other;

        server_start();
        struct service *service = client(&peer);
        CHECK_EQ_INT(service_peer_new(service, path, &other), 0);
        service_peer_call(peer, "io.provost.Trial.Late", NULL, 100, on_reply, &first);
        echo(peer, "x", 3000, &second);
        run_until(service, &first.n_replies, 1);
        CHECK_STR(first.error, "io.provost.Timeout");
        service_peer_call(other, "io.provost.Trial.Late", NULL, 3000, on_reply, &first);
        run_until(service, &second.n_replies, 1);
        CHECK_STR(second.order, "x");
        run_until(service, &first.n_replies, 2);
        CHECK_EQ_INT(first.n_replies, 2);
        CHECK_EQ_INT(first.last, 2);
        service_peer_free(other);
        service_peer_free(peer);
        service_free(service);
        server_stop(SIGTERM);
}

TEST(a_stream_begins_anew_after_the_server_died)
{
        struct seen seen = {0}, calls = {0};
        struct service_peer *peer;

        server_start();
        struct service *service = client(&peer);
        CHECK_EQ_INT(service_peer_subscribe(peer, "io.provost.Trial.Watch", NULL, on_update, &seen), 0);
        run_until(service, &seen.n_updates, 1);
        CHECK_EQ_INT(seen.n_resets, 1);
        echo(peer, "a", 2000, &calls);
        run_until(service, &seen.n_updates, 2);
        CHECK_EQ_INT(seen.n_updates, 2);
        service_peer_call(peer, "io.provost.Trial.Late", NULL, 5000, on_reply, &calls);
        for (int i = 0; i < 5; i++)
                (void)sd_event_run(service_event(service), 10000);
        CHECK_EQ_INT(server_stop(SIGKILL), SIGKILL);
        run_until(service, &calls.n_replies, 2);
        CHECK_STR(calls.error, "io.provost.Unreachable");
        server_start();
        run_until(service, &seen.n_resets, 2);
        CHECK_EQ_INT(seen.n_resets, 2);
        CHECK_EQ_INT(seen.n_updates, 3);
        echo(peer, "b", 2000, &calls);
        run_until(service, &seen.n_updates, 4);
        CHECK_EQ_INT(seen.n_updates, 4);
        service_peer_free(peer);
        service_free(service);
        server_stop(SIGTERM);
}

TEST(freeing_a_peer_ends_its_calls)
{
        struct seen seen = {0};
        struct service_peer *peer;

        unlink(path);
        struct service *service = client(&peer);
        echo(peer, "a", 60000, &seen);
        (void)sd_event_run(service_event(service), 1000);
        service_peer_free(peer);
        CHECK_EQ_INT(seen.n_replies, 1);
        CHECK_STR(seen.error, "io.provost.Unreachable");
        service_free(service);
}
