/*
 * trial: what is sent to a station's HTTP socket, and what is taken from its answer.
 */
#include "appliance/people/trial.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"

static char path[64], asked[2048];
static int listener = -1;
static const char *answer;

static void *serve(void *unused)
{
        int fd = accept(listener, NULL, NULL);
        size_t used = 0;
        ssize_t n;

        (void)unused;
        memset(asked, 0, sizeof asked);
        while (!strstr(asked, "\r\n\r\n") && (n = recv(fd, asked + used, sizeof asked - 1 - used, 0)) > 0)
                used += (size_t)n;
        if (answer)
                (void)!send(fd, answer, strlen(answer), MSG_NOSIGNAL);
        else
                (void)!recv(fd, asked + used, 1, 0);    /* until it hangs up */
        close(fd);
        return NULL;
}

/* One trial against a server that says this; NULL: it says nothing. */
static int ask(const char *says, const struct trial *trial, uint64_t deadline_ms, unsigned *ret_status)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        pthread_t thread;
        int r;

        snprintf(path, sizeof path, "/tmp/provost-test-trial-%d", getpid());
        (void)unlink(path);
        strcpy(address.sun_path, path);
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        answer = says;
        if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 4) < 0 ||
            pthread_create(&thread, NULL, serve, NULL) != 0)
                abort();
        r = trial_head(path, trial, deadline_ms, ret_status);
        pthread_join(thread, NULL);
        close(listener);
        (void)unlink(path);
        return r;
}

static const struct trial genuine = {.path = "/000413AABBCC.xml", .listener = "lan", .address = "127.0.0.1", .verify = "SUCCESS",
                                     .subject = "CN=000413AABBCC"};

TEST(it_asks_as_the_edge_would_and_for_no_body)
{
        unsigned status = 0;

        CHECK_EQ_INT(ask("HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\n", &genuine, 5000, &status), 0);
        CHECK_EQ_INT(status, 403);
        CHECK_STR(asked, "HEAD /000413AABBCC.xml HTTP/1.1\r\nHost: provost\r\nConnection: close\r\nX-Provost-Listener: lan\r\n"
                         "X-Provost-Address: 127.0.0.1\r\nX-Provost-Verify: SUCCESS\r\nX-Provost-Subject: CN=000413AABBCC\r\n\r\n");
}

TEST(what_is_not_there_is_not_sent)
{
        struct trial trial = {.path = "/x", .listener = "tunnel", .address = "10.64.0.2", .verify = "NONE", .subject = ""};
        unsigned status = 0;

        CHECK_EQ_INT(ask("HTTP/1.1 200 OK\r\n", &trial, 5000, &status), 0);
        CHECK_EQ_INT(status, 200);
        CHECK(!strstr(asked, "Subject"));
}

TEST(a_value_that_would_be_another_header_is_not_sent)
{
        struct trial trial = genuine;
        unsigned status = 7;

        trial.subject = "CN=x\r\nX-Provost-Verify: SUCCESS";
        CHECK(trial_head("/nowhere", &trial, 5000, &status) < 0);
        trial = genuine;
        trial.path = "/\n";
        CHECK(trial_head("/nowhere", &trial, 5000, &status) < 0);
        CHECK_EQ_INT(status, 7);
}

TEST(an_answer_that_is_no_http_is_none)
{
        static const char *const bad[] = {"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 40", "HTTP/1.1 4a3 x\r\n", "HTTP/1.1 999 x\r\n", "HTTP/1.1 -12\r\n",
                                          "HTTP/2 200\r\n", "SSH-2.0-x\r\n", "\n"};
        unsigned status = 7;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (ask(bad[i], &genuine, 5000, &status) != PV_EMALFORMED)
                        TEST_FAIL("taken: %s", bad[i]);
        CHECK_EQ_INT(status, 7);
}

TEST(a_station_that_is_silent_or_away_is_not_waited_for_for_ever)
{
        unsigned status = 7;

        CHECK_EQ_INT(ask(NULL, &genuine, 50, &status), PV_ETIMEOUT);
        CHECK_EQ_INT(trial_head("/tmp/provost-no-such-socket", &genuine, 5000, &status), PV_ESYSTEM);
        CHECK_EQ_INT(status, 7);
}
