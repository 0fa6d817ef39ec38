/*
 * test_http: the HTTP server of a station, spoken to with raw bytes.
 *
 * In:   bytes on a real UNIX socket.
 * Out:  what came back, and what the handler saw.
 * Not:  nginx (tests/site goes through it).
 */
#include "appliance/http/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static sd_event *event;
static struct http_server *server;
static char path[64];
static struct http_request *waiting;    /* the handler's, for answers that come later */
static char seen[8192];                 /* one line per request the handler got */
static unsigned n_sent, n_broken, n_freed;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
        size_t used = strlen(seen);
        va_list list;

        va_start(list, format);
        (void)vsnprintf(seen + used, sizeof seen - used, format, list);
        va_end(list);
}

static void on_sent(void *state, bool complete)
{
        (void)state;
        if (complete)
                n_sent++;
        else
                n_broken++;
}

static void on_free(void *state)
{
        (void)state;
        n_freed++;
}

static void handle(struct http_request *request, void *userdata)
{
        const char *tag = http_request_header(request, "x-TAG");
        size_t body_size;
        const char *body = http_request_body(request, &body_size);

        (void)userdata;
        note("%s %s ?%s tag=%s body=%.*s%s\n", http_request_method(request), http_request_path(request),
             http_request_query(request), tag ? tag : "-", (int)body_size, body ? body : "", http_request_is_trial(request) ? " trial" : "");
        http_request_set_state(request, seen, on_free);
        http_request_when_sent(request, on_sent);
        if (!strncmp(http_request_path(request), "/later", 6))
                waiting = request;
        else if (!strcmp(http_request_path(request), "/headers"))
                http_reply(request, 304, NULL, NULL, 0, (const struct http_header[]){{"ETag", "\"7\""}, {NULL, NULL}});
        else
                http_reply(request, 200, "application/xml", "<settings/>", 11, NULL);
}

static int listen_here(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        snprintf(path, sizeof path, "/tmp/provost-test-http-%d", getpid());
        (void)unlink(path);
        strcpy(address.sun_path, path);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0)
                abort();
        return fd;
}

static void start(const struct http_options *options)
{
        memset(seen, 0, sizeof seen);
        n_sent = n_broken = n_freed = 0;
        waiting = NULL;
        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(http_server_new(event, listen_here(), options, handle, NULL, &server), 0);
}

static const struct http_options plain = {.max_connections = 8, .idle_s = 1};

static void stop(void)
{
        http_server_free(server);
        server = NULL;
        event = sd_event_unref(event);
        (void)unlink(path);
}

static int dial(void)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        strcpy(address.sun_path, path);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
                abort();
        return fd;
}

static void turn(unsigned ms)
{
        for (unsigned i = 0; i < ms / 5 + 1; i++)
                (void)sd_event_run(event, 5000);
}

/* All that comes back within `ms`, or until the server closes. */
static char *hear(int fd, unsigned ms, bool *ret_closed)
{
        static char got[65536];
        size_t used = 0;

        *ret_closed = false;
        for (unsigned i = 0; i < ms / 5 + 1 && !*ret_closed; i++) {
                ssize_t n;

                (void)sd_event_run(event, 5000);
                n = recv(fd, got + used, sizeof got - 1 - used, 0);
                if (n > 0)
                        used += (size_t)n;
                *ret_closed = n == 0 || (n < 0 && errno != EAGAIN);
        }
        got[used] = 0;
        return got;
}

static char *say(int fd, const char *bytes)
{
        bool closed;

        if (send(fd, bytes, strlen(bytes), MSG_NOSIGNAL) < 0)
                abort();
        return hear(fd, 40, &closed);
}

static unsigned count(const char *text, const char *word)
{
        unsigned n = 0;

        for (const char *at = text; (at = strstr(at, word)); at++)
                n++;
        return n;
}

/* One connection, these bytes: what comes back. */
static char *exchange(const char *bytes)
{
        int fd = dial();
        char *got = say(fd, bytes);

        close(fd);
        turn(5);
        return got;
}

TEST(a_request_reaches_the_handler_with_its_raw_path)
{
        start(&plain);
        char *got = exchange("GET /a%3Ab/../%41+?q=%20x HTTP/1.1\r\nHost: x\r\nX-Tag: one\r\n\r\n");
        CHECK_STR(seen, "GET /a%3Ab/../%41+ ?q=%20x tag=one body=\n");
        CHECK(strstr(got, "HTTP/1.1 200 OK\r\n"));
        CHECK(strstr(got, "Cache-Control: no-store\r\n"));
        CHECK(strstr(got, "Content-Type: application/xml\r\n"));
        CHECK(strstr(got, "\r\n\r\n<settings/>"));
        CHECK_EQ_INT(n_sent, 1);
        CHECK_EQ_INT(n_freed, 1);
        stop();
}

TEST(pipelined_requests_are_answered_in_order_on_one_connection)
{
        start(&plain);
        int fd = dial();
        char *got = say(fd, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /headers HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK_STR(seen, "GET /1 ? tag=- body=\nHEAD /2 ? tag=- body=\nGET /headers ? tag=- body=\n");
        CHECK_EQ_INT(count(got, "HTTP/1.1 200"), 2);
        CHECK_EQ_INT(count(got, "<settings/>"), 1);
        CHECK_EQ_INT(count(got, "Content-Length: 11"), 2);
        CHECK(strstr(got, "HTTP/1.1 304"));
        CHECK(strstr(got, "ETag: \"7\"\r\n"));
        say(fd, "GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(strstr(seen, "/again"));
        close(fd);
        stop();
}

TEST(an_answer_can_come_later_and_others_do_not_wait_for_it)
{
        start(&plain);
        int slow = dial();
        CHECK_STR(say(slow, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"), "");
        CHECK(waiting);
        CHECK(strstr(exchange("GET /now HTTP/1.1\r\nHost: x\r\n\r\n"), "200 OK"));
        CHECK_EQ_INT(n_sent, 1);
        http_reply_text(waiting, 503, "Later.");
        bool closed;
        char *got = hear(slow, 40, &closed);
        CHECK(strstr(got, "HTTP/1.1 503"));
        CHECK(strstr(got, "\r\n\r\nLater.\n"));
        CHECK(!closed);
        CHECK_EQ_INT(n_sent, 2);
        close(slow);
        stop();
}

TEST(a_waiting_request_outlives_the_idle_limit)
{
        start(&plain);
        int fd = dial();
        say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
        turn(1600);
        http_reply_text(waiting, 200, "Still there.");
        bool closed;
        CHECK(strstr(hear(fd, 40, &closed), "Still there."));
        close(fd);
        stop();
}

TEST(a_client_that_left_while_waiting_is_reported_as_not_served)
{
        start(&plain);
        int fd = dial();
        say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
        close(fd);
        turn(10);
        CHECK_EQ_INT(n_freed, 0);
        http_reply_text(waiting, 200, "Too late.");
        turn(20);
        CHECK_EQ_INT(n_freed, 1);
        CHECK_EQ_INT(n_sent, 0);
        CHECK_EQ_INT(n_broken, 1);
        stop();
}

TEST(a_header_sent_twice_is_refused_before_the_handler)
{
        start(&plain);
        CHECK(strstr(exchange("GET / HTTP/1.1\r\nHost: x\r\nX-Tag: a\r\nx-tag: a\r\n\r\n"), "HTTP/1.1 400"));
        CHECK(strstr(exchange("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), "HTTP/1.1 400"));
        CHECK_STR(seen, "");
        stop();
}

TEST(a_path_of_512_bytes_is_taken_and_one_more_refused)
{
        char request[2048], long_path[600];

        start(&plain);
        memset(long_path, 'a', sizeof long_path);
        snprintf(request, sizeof request, "GET /%.511s HTTP/1.1\r\nHost: x\r\n\r\n", long_path);
        CHECK(strstr(exchange(request), "HTTP/1.1 200"));
        snprintf(request, sizeof request, "GET /%.512s HTTP/1.1\r\nHost: x\r\n\r\n", long_path);
        CHECK(strstr(exchange(request), "HTTP/1.1 414"));
        CHECK_EQ_INT(count(seen, "\n"), 1);
        stop();
}

TEST(headers_beyond_their_bounds_are_refused)
{
        static char request[65536];
        int used;

        start(&plain);
        used = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\nX-Big: ");
        memset(request + used, 'a', 17000);
        strcpy(request + used + 17000, "\r\n\r\n");
        CHECK(strstr(exchange(request), "HTTP/1.1 431"));
        used = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\n");
        for (int i = 0; i < 70; i++)
                used += snprintf(request + used, sizeof request - (size_t)used, "X-%d: 1\r\n", i);
        strcpy(request + used, "\r\n");
        CHECK(strstr(exchange(request), "HTTP/1.1 431"));
        used = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\nX-Huge: ");
        memset(request + used, 'a', 60000);
        request[used + 60000] = 0;
        CHECK(!strstr(exchange(request), "HTTP/1.1 200"));
        CHECK_STR(seen, "");
        stop();
}

TEST(methods_not_on_the_list_get_405_with_what_is_allowed)
{
        static const char *const methods[] = {"DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", NULL};
        char request[128];

        start(&plain);
        for (const char *const *method = methods; *method; method++) {
                snprintf(request, sizeof request, "%s / HTTP/1.1\r\nHost: x\r\n\r\n", *method);
                char *got = exchange(request);
                CHECK(strstr(got, "HTTP/1.1 405"));
                CHECK(strstr(got, "Allow: GET, HEAD\r\n"));
        }
        CHECK_STR(seen, "");
        stop();
}

TEST(a_request_with_a_body_is_refused_when_none_is_taken)
{
        start(&plain);
        CHECK(strstr(exchange("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"), "HTTP/1.1 413"));
        CHECK(strstr(exchange("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                     "HTTP/1.1 413"));
        CHECK(strstr(exchange("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), "HTTP/1.1 200"));
        CHECK_EQ_INT(count(seen, "\n"), 1);
        stop();
}

TEST(a_body_is_collected_up_to_its_bound)
{
        static const char *const methods[] = {"POST", NULL};
        const struct http_options options = {.max_connections = 4, .idle_s = 1, .max_body = 6, .methods = methods};

        start(&options);
        int fd = dial();
        say(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nhel");
        CHECK(strstr(say(fd, "lo!"), "HTTP/1.1 200"));
        CHECK_STR(seen, "POST / ? tag=- body=hello!\n");
        close(fd);
        CHECK(strstr(exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nhello!!"), "HTTP/1.1 413"));
        CHECK(strstr(exchange("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "4\r\nhell\r\n4\r\no!!!\r\n0\r\n\r\n"), "HTTP/1.1 413"));
        CHECK_EQ_INT(count(seen, "\n"), 1);
        stop();
}

TEST(both_lengths_at_once_never_smuggle_a_second_request)
{
        start(&plain);
        char *got = exchange("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(!strstr(got, "200 OK"));
        CHECK_STR(seen, "");
        stop();
}

TEST(requests_that_break_the_form_never_reach_the_handler)
{
        static const char *const broken[] = {
                "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",   "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n", "GET a HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost : x\r\n\r\n",    "GET /a HTTP/1.1\r\nX-A: 1\r\n folded\r\nHost: x\r\n\r\n",
                "GET /a HTTP/2.0\r\nHost: x\r\n\r\n",     "GET /a\r\n\r\n",
                "GET /a HTTP/1.1\r\n\r\n",                "\x16\x03\x01\x02\x01\x01\r\n\r\n",
        };

        start(&plain);
        for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
                char *got = exchange(broken[i]);
                if (strstr(got, "200 OK") || *seen)
                        TEST_FAIL("request %zu was taken: %s", i, seen);
        }
        stop();
}

TEST(a_nul_in_the_path_or_in_a_header_is_refused)
{
        static const char in_path[] = "GET /a\0.xml HTTP/1.1\r\nHost: x\r\n\r\n";
        static const char in_header[] = "GET /a HTTP/1.1\r\nHost: x\r\nX-Tag: a\0b\r\n\r\n";
        bool closed;

        start(&plain);
        int fd = dial();
        CHECK(send(fd, in_path, sizeof in_path - 1, 0) > 0);
        CHECK(!strstr(hear(fd, 40, &closed), "200 OK"));
        close(fd);
        fd = dial();
        CHECK(send(fd, in_header, sizeof in_header - 1, 0) > 0);
        CHECK(!strstr(hear(fd, 40, &closed), "200 OK"));
        close(fd);
        CHECK_STR(seen, "");
        stop();
}

TEST(a_client_that_stops_in_the_middle_is_closed)
{
        bool closed = false;

        start(&plain);
        int fd = dial();
        say(fd, "GET / HTTP/1.1\r\nHos");
        hear(fd, 3000, &closed);
        CHECK(closed);
        CHECK_STR(seen, "");
        close(fd);
        stop();
}

TEST(connections_beyond_the_bound_wait_and_are_then_served)
{
        const struct http_options options = {.max_connections = 2, .idle_s = 5};
        int fd[4];

        start(&options);
        for (int i = 0; i < 4; i++) {
                fd[i] = dial();
                CHECK(send(fd[i], "GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 28, 0) == 28);
        }
        turn(30);
        CHECK_EQ_INT(count(seen, "\n"), 2);
        close(fd[0]);
        close(fd[1]);
        turn(30);
        CHECK_EQ_INT(count(seen, "\n"), 4);
        close(fd[2]);
        close(fd[3]);
        stop();
}

TEST(another_user_is_closed_before_a_byte_is_read)
{
        if (getuid() != 0)
                TEST_SKIP("needs root to become another user");
        start(&plain);
        CHECK(chmod(path, 0666) == 0);
        pid_t child = fork();
        if (child == 0) {
                int fd = setuid(65534) < 0 ? -1 : dial();
                char byte;

                (void)!send(fd, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 28, MSG_NOSIGNAL);
                for (int i = 0; i < 200; i++) {
                        ssize_t n = recv(fd, &byte, 1, 0);
                        if (n == 0 || (n < 0 && errno != EAGAIN))
                                _exit(0);
                        if (n > 0)
                                _exit(1);
                        usleep(5000);
                }
                _exit(2);
        }
        int status = -1;
        for (int i = 0; i < 400 && waitpid(child, &status, WNOHANG) == 0; i++)
                (void)sd_event_run(event, 5000);
        CHECK_EQ_INT(status, 0);
        CHECK_STR(seen, "");
        stop();
}

TEST(root_is_answered_as_a_trial_without_a_body)
{
        static const struct http_options of_another = {.edge_user = "nobody", .max_connections = 8, .idle_s = 1};
        char *got;

        if (getuid() != 0)
                TEST_SKIP("needs root, who alone may try");
        start(&of_another);
        got = exchange("HEAD /settings HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(!strncmp(got, "HTTP/1.1 200 ", 13) && !strstr(got, "<settings/>"));
        CHECK(strstr(seen, "HEAD /settings ?") && strstr(seen, " trial\n"));
        seen[0] = '\0';
        got = exchange("GET /settings HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(!strncmp(got, "HTTP/1.1 403 ", 13) && !strstr(got, "<settings/>"));
        CHECK_STR(seen, "");
        stop();
        start(&plain);
        (void)exchange("HEAD /settings HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(strstr(seen, "HEAD /settings ?") && !strstr(seen, "trial"));
        stop();
}

TEST(the_server_can_end_while_answers_are_outstanding)
{
        start(&plain);
        int fd = dial();
        say(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
        int half = dial();
        say(half, "GET /half HTTP/1.1\r\nHost");
        CHECK(waiting);
        stop();
        CHECK_EQ_INT(n_freed, 1);
        CHECK_EQ_INT(n_sent, 0);
        close(fd);
        close(half);
}

/* --- a gate before the body ------------------------------------------------- */

static struct http_request *at_gate;    /* a request that the gate has not decided yet */

static void gate(struct http_request *request, void *userdata)
{
        (void)userdata;
        note("gate %s body=%s\n", http_request_path(request), http_request_has_body(request) ? "yes" : "no");
        if (!strcmp(http_request_path(request), "/no"))
                http_reply(request, 401, "text/plain", "no\n", 3, NULL);
        else if (!strcmp(http_request_path(request), "/wait"))
                at_gate = request;
        else
                http_request_admit(request, !strcmp(http_request_path(request), "/large") ? 100000 : 8);
}

static void in_own_words(struct http_request *request, unsigned status, const char *sentence, void *userdata)
{
        (void)sentence, (void)userdata;
        http_reply(request, status, "application/problem+json", "{}", 2, NULL);
}

static const char *const all_methods[] = {"GET", "HEAD", "POST", NULL};
static const struct http_options gated = {.max_connections = 8, .idle_s = 1, .methods = all_methods, .gate = gate, .refuse = in_own_words};

TEST(the_gate_decides_before_a_byte_of_the_body_is_read)
{
        start(&gated);
        int fd = dial();
        char *got = say(fd, "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
        CHECK_STR(seen, "gate /wait body=yes\n");
        CHECK_STR(got, "");
        got = say(fd, "abcd");
        CHECK_STR(seen, "gate /wait body=yes\n");
        http_request_admit(at_gate, 4);
        got = say(fd, "");
        CHECK(strstr(seen, "POST /wait ? tag=- body=abcd\n"));
        CHECK(strstr(got, "HTTP/1.1 200 "));
        close(fd);
        stop();
}

TEST(a_body_that_the_gate_refused_is_thrown_away_and_the_connection_goes_on)
{
        start(&gated);
        int fd = dial();
        char *got = say(fd, "POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n0123456789");
        CHECK_STR(got, "");
        got = say(fd, "0123456789GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK_EQ_INT(count(got, "HTTP/1.1 401 "), 1);
        CHECK_EQ_INT(count(got, "HTTP/1.1 200 "), 1);
        CHECK(!strstr(seen, "POST /no"));
        CHECK(strstr(seen, "GET /a ?"));
        close(fd);
        stop();
}

TEST(each_request_has_the_bound_that_the_gate_gave_it)
{
        static char request[100200];
        int n = snprintf(request, sizeof request, "POST /large HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n");

        memset(request + n, 'b', 100000);
        memcpy(request + n + 100000, "\r\n0\r\n\r\n", 8);
        start(&gated);
        int fd = dial();
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
        CHECK(send(fd, request, (size_t)n + 100007, MSG_NOSIGNAL) == n + 100007);
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        CHECK(strstr(say(fd, ""), "HTTP/1.1 200 "));
        close(fd);
        char *got = exchange("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n123456789");
        CHECK(strstr(got, "HTTP/1.1 413 "));
        CHECK(strstr(got, "application/problem+json"));
        CHECK(!strstr(seen, "POST /small"));
        stop();
}

TEST(a_client_that_left_while_the_gate_waited_is_forgotten)
{
        start(&gated);
        int fd = dial();
        say(fd, "POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
        close(fd);
        http_request_admit(at_gate, 4);
        turn(30);
        CHECK(!strstr(seen, "POST /wait"));
        stop();
}

TEST(refusals_of_the_form_are_in_the_station_s_own_words)
{
        start(&gated);
        CHECK(strstr(exchange("PUT /a HTTP/1.1\r\nHost: x\r\n\r\n"), "application/problem+json"));
        CHECK_STR(seen, "");
        stop();
}

/* --- answers that go on ------------------------------------------------------- */

static struct http_request *streamed;

static void handle_stream(struct http_request *request, void *userdata)
{
        (void)userdata;
        http_request_set_state(request, seen, on_free);
        if (http_reply_stream(request, 200, "text/event-stream", NULL))
                abort();
        streamed = request;
}

static void start_stream(void)
{
        static const struct http_options options = {.max_connections = 8, .idle_s = 1};

        seen[0] = '\0';
        n_sent = n_broken = n_freed = 0;
        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(http_server_new(event, listen_here(), &options, handle_stream, NULL, &server), 0);
}

TEST(what_is_written_to_a_stream_comes_at_once_and_its_end_ends_it)
{
        bool closed;

        start_stream();
        int fd = dial();
        char *got = say(fd, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(strstr(got, "HTTP/1.1 200 ") && strstr(got, "text/event-stream"));
        CHECK(http_stream_write(streamed, "data: 1\n\n", 9));
        CHECK(strstr(say(fd, ""), "data: 1\n\n"));
        turn(1500);                     /* longer than the idle limit */
        CHECK_EQ_INT(n_freed, 0);
        CHECK(http_stream_write(streamed, "data: 2\n\n", 9));
        CHECK(strstr(say(fd, ""), "data: 2\n\n"));
        http_stream_end(streamed);
        CHECK(strstr(hear(fd, 40, &closed), "0\r\n\r\n"));
        CHECK_EQ_INT(n_freed, 1);
        close(fd);
        stop();
}

TEST(a_stream_that_nobody_reads_takes_so_much_and_no_more)
{
        char block[1000];
        unsigned n = 0;

        memset(block, 'x', sizeof block);
        start_stream();
        int fd = dial();
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
        say(fd, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
        while (n < 100000 && http_stream_write(streamed, block, sizeof block)) {
                n++;
                (void)sd_event_run(event, 0);
        }
        CHECK(n < 2000);
        CHECK(!http_stream_write(streamed, block, sizeof block));
        close(fd);
        turn(30);
        CHECK_EQ_INT(n_freed, 1);
        stop();
}

TEST(a_reader_that_left_is_noticed_with_the_next_word)
{
        start_stream();
        int fd = dial();
        say(fd, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
        close(fd);
        turn(20);
        if (n_freed == 0) {
                (void)http_stream_write(streamed, "x", 1);
                turn(20);
                if (n_freed == 0)
                        (void)http_stream_write(streamed, "x", 1);
                turn(20);
        }
        CHECK_EQ_INT(n_freed, 1);
        stop();
}

TEST(the_server_can_end_while_a_stream_sleeps)
{
        start_stream();
        int fd = dial();
        say(fd, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
        stop();
        CHECK_EQ_INT(n_freed, 1);
        close(fd);
}

/* --- answers that come piece by piece --------------------------------------------- */

static uint64_t promised;
static unsigned n_more;
static bool gives_at_once;

static void give(const char *text)
{
        http_piece_give(streamed, strdup(text), strlen(text));
}

static void on_more(void *state)
{
        (void)state;
        n_more++;
        if (gives_at_once)
                give("abcd");
}

static void handle_pieces(struct http_request *request, void *userdata)
{
        (void)userdata;
        http_request_set_state(request, seen, on_free);
        http_request_when_sent(request, on_sent);
        streamed = request;
        if (http_reply_pieces(request, 200, "application/octet-stream", promised, NULL, on_more))
                abort();
}

static void start_pieces(uint64_t size, bool at_once)
{
        static const struct http_options options = {.max_connections = 8, .idle_s = 1};

        promised = size;
        gives_at_once = at_once;
        n_more = n_sent = n_broken = n_freed = 0;
        CHECK(sd_event_new(&event) >= 0);
        CHECK_EQ_INT(http_server_new(event, listen_here(), &options, handle_pieces, NULL, &server), 0);
}

TEST(pieces_are_asked_for_one_after_the_other_and_their_length_is_said_before)
{
        bool closed;

        start_pieces(12, false);
        int fd = dial();
        char *got = say(fd, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(strstr(got, "HTTP/1.1 200 ") && strstr(got, "Content-Length: 12"));
        CHECK_EQ_INT(n_more, 1);
        give("hello ");
        CHECK(strstr(hear(fd, 40, &closed), "hello "));
        CHECK_EQ_INT(n_more, 2);
        give("world!");
        CHECK(strstr(hear(fd, 40, &closed), "world!"));
        CHECK(!closed);
        CHECK_EQ_INT(n_more, 2);
        CHECK_EQ_INT(n_sent, 1);
        close(fd);
        stop();
}

TEST(pieces_that_are_there_at_once_need_no_pause)
{
        start_pieces(12, true);
        int fd = dial();
        CHECK(strstr(say(fd, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n"), "abcdabcdabcd"));
        CHECK_EQ_INT(n_more, 3);
        close(fd);
        stop();
}

TEST(a_piece_that_is_missing_breaks_the_connection_and_more_than_promised_never_goes_out)
{
        bool closed;

        start_pieces(12, false);
        int fd = dial();
        say(fd, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        give("hello ");
        hear(fd, 40, &closed);
        http_piece_fail(streamed);
        hear(fd, 40, &closed);
        CHECK(closed);
        CHECK_EQ_INT(n_broken, 1);
        close(fd);
        stop();
        start_pieces(6, false);
        fd = dial();
        say(fd, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        give("hello world");
        CHECK(strstr(hear(fd, 40, &closed), "hello ") && !strstr(hear(fd, 40, &closed), "world"));
        close(fd);
        stop();
}

TEST(the_server_can_end_while_a_piece_is_awaited)
{
        start_pieces(12, false);
        int fd = dial();
        say(fd, "GET /file HTTP/1.1\r\nHost: x\r\n\r\n");
        stop();
        CHECK_EQ_INT(n_freed, 1);
        close(fd);
}
