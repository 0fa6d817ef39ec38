/*
 * test_transfer: what is asked of a program over a socket, what it answers; why transfers fail, in words.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appliance/chore/chore.h"
#include "appliance/service/service_field.h"
#include "appliance/transfer/transfer_client.h"
#include "appliance/transfer/transfer_text.h"
#include "tests/support/test.h"

static sd_json_variant *json(const char *text)
{
        sd_json_variant *v = NULL;

        CHECK(sd_json_parse(text, 0, &v, NULL, NULL) >= 0);
        return v;
}

static void pair(int ret[static 2])
{
        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) == 0);
}

TEST(what_is_said_on_one_side_is_heard_on_the_other)
{
        sd_json_variant *said = json("{\"name\":\"x\",\"n\":7}"), *heard = NULL;
        int ends[2], fds[2];

        pair(ends);
        CHECK_EQ_INT(chore_say(ends[0], said), 0);
        CHECK_EQ_INT(chore_take(ends[1], 2, &heard, fds), 0);
        CHECK_EQ_INT(service_field_integer(heard, "n", 0), 7);
        CHECK_EQ_INT(fds[0], -1);
        CHECK_EQ_INT(chore_next(ends[0], 0, &heard), PV_ETIMEOUT);
        close(ends[1]);
        CHECK_EQ_INT(chore_next(ends[0], 1000, &said), PV_EUNSET);
        close(ends[0]);
        sd_json_variant_unref(said);
        sd_json_variant_unref(heard);
}

TEST(what_is_no_object_is_refused)
{
        static const char *const bad[] = {"[]", "7", "", "{", "{\"a\":1}\n{", "null"};
        sd_json_variant *heard = NULL;
        int ends[2];

        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                pair(ends);
                CHECK(send(ends[0], bad[i], strlen(bad[i]), 0) == (ssize_t)strlen(bad[i]));
                CHECK(chore_next(ends[1], 1000, &heard) < 0);
                close(ends[0]);
                close(ends[1]);
        }
}

static void send_with_fds(int link, const char *text, const int *fds, size_t n)
{
        union { struct cmsghdr header; char bytes[CMSG_SPACE(4 * sizeof(int))]; } room = {0};
        struct iovec part = {.iov_base = (void *)text, .iov_len = strlen(text)};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = CMSG_SPACE(n * sizeof(int))};

        *CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(n * sizeof(int))};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, n * sizeof(int));
        CHECK(sendmsg(link, &message, 0) > 0);
}

TEST(descriptors_come_with_the_request_and_no_more_than_are_wanted)
{
        int ends[2], fds[4], one = memfd_create("one", MFD_CLOEXEC), given[2] = {one, one};
        sd_json_variant *heard = NULL;

        CHECK(write(one, "hello", 5) == 5);
        pair(ends);
        send_with_fds(ends[0], "{}", given, 1);
        CHECK_EQ_INT(chore_take(ends[1], 2, &heard, fds), 0);
        CHECK(fds[0] >= 0 && fds[1] == -1);
        char text[6] = "";
        CHECK(pread(fds[0], text, 5, 0) == 5);
        CHECK_STR(text, "hello");
        close(fds[0]);
        heard = sd_json_variant_unref(heard);
        send_with_fds(ends[0], "{}", given, 2);
        CHECK_EQ_INT(chore_take(ends[1], 1, &heard, fds), PV_EMALFORMED);
        close(ends[0]);
        close(ends[1]);
        close(one);
}

static const char *why(int code, long status, const char *url)
{
        static char text[320];
        const struct transfer_end end = {.code = code, .status = status, .detail = "self-signed certificate", .url = url};

        transfer_text(&end, text, sizeof text);
        return text;
}

TEST(failures_are_sentences_that_name_the_server_alone)
{
        static const int codes[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_OPERATION_TIMEDOUT, CURLE_PEER_FAILED_VERIFICATION,
                                    CURLE_TOO_MANY_REDIRECTS, CURLE_UNSUPPORTED_PROTOCOL, CURLE_RECV_ERROR};
        const char *url = "https://nas.example/secret-folder?token=canary";

        CHECK_STR(why(CURLE_OK, 200, url), "");
        for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
                const char *text = why(codes[i], 0, url);

                CHECK(strstr(text, "nas.example") != NULL);
                CHECK(!strstr(text, "secret-folder") && !strstr(text, "canary"));
                CHECK(text[strlen(text) - 1] == '.');
        }
        CHECK_STR(why(CURLE_HTTP_RETURNED_ERROR, 401, url), "The server nas.example wants another user or password (HTTP 401).");
        CHECK_STR(why(CURLE_HTTP_RETURNED_ERROR, 507, url), "The server nas.example has no room left (HTTP 507).");
        CHECK_STR(why(CURLE_HTTP_RETURNED_ERROR, 418, url), "The server nas.example refused (HTTP 418).");
}

TEST(urls_that_are_not_taken_are_told_why)
{
        CHECK(transfer_url_problem("https://nas.example/x") == NULL);
        CHECK(transfer_url_problem("https://10.0.0.7:8443/x") == NULL);
        CHECK(transfer_url_problem("http://nas.example/x") != NULL);
        CHECK(transfer_url_problem("file:///etc/passwd") != NULL);
        CHECK(transfer_url_problem("https://") != NULL);
        CHECK(transfer_url_problem("https://a:b@nas.example/") != NULL);
        CHECK(transfer_url_problem("https://nas.example/a b") != NULL);
        CHECK(transfer_url_problem("https://nas.example/a\nb") != NULL);
}

TEST(a_program_that_died_is_an_end_with_a_sentence)
{
        struct transfer_news news;
        int ends[2];

        pair(ends);
        close(ends[1]);
        CHECK_EQ_INT(transfer_next(ends[0], 1000, &news), 0);
        CHECK(news.is_over && !news.is_done && *news.text);
        close(ends[0]);
}
