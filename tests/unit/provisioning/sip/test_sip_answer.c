/*
 * test_sip_answer: answers of phones, and what only looks like one.
 */
#include "provisioning/sip/sip_answer.h"

#include "tests/support/test.h"

#define VIA "Via: SIP/2.0/UDP 10.64.0.1:5060;branch=z9hG4bKa1;rport=5060\r\n"
#define ENDS "From: <sip:provost@10.64.0.1>;tag=1\r\nTo: <sip:7@10.64.0.9>;tag=2\r\nCall-ID: x@10.64.0.1\r\n"
#define CSEQ "CSeq: 1 NOTIFY\r\n"
#define BODY "Content-Length: 0\r\n\r\n"

static struct sip_answer a;

static int parse(const char *text)
{
        memset(&a, 0, sizeof a);
        return sip_answer_parse(text, strlen(text), &a);
}

/* The shape of the answers on Snom's page of challenge_checksync. */
TEST(a_phone_that_takes_a_notify_is_understood)
{
        CHECK_EQ_INT(parse("SIP/2.0 200 Ok\r\n" VIA ENDS CSEQ "User-Agent: snomD345/10.1.39.11\r\n" BODY), 0);
        CHECK_EQ_INT(a.status, 200);
        CHECK_STR(a.branch, "z9hG4bKa1");
        CHECK_EQ_INT(a.cseq, 1);
        CHECK_STR(a.method, "NOTIFY");
        CHECK(!sip_answer_challenge(&a));
        CHECK_EQ_INT(parse("SIP/2.0 200 \r\nv: SIP/2.0/UDP h;branch=b\r\nf: x\r\nt: y\r\ni: z\r\nCSeq: 2  NOTIFY\r\nl: 0\r\n\r\n"), 0);
        CHECK_EQ_INT(parse("SIP/2.0 603 Abgelehnt \xc3\xa4\r\n" VIA ENDS CSEQ BODY), 0);
        CHECK_EQ_INT(a.status, 603);
}

TEST(the_best_challenge_that_can_be_answered_is_chosen)
{
        CHECK_EQ_INT(parse("SIP/2.0 401 Unauthorized\r\n" VIA ENDS CSEQ
                           "WWW-Authenticate: Basic realm=\"x\"\r\n"
                           "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=MD5, qop=\"auth\"\r\n"
                           "WWW-Authenticate: Digest realm=\"b\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"\r\n"
                           "WWW-Authenticate: Digest realm=\"c\", nonce=\"3\", algorithm=AKAv1-MD5\r\n" BODY), 0);
        CHECK_EQ_INT(a.n_challenges, 2);
        CHECK_STR(sip_answer_challenge(&a)->realm, "b");
        CHECK_EQ_INT(parse("SIP/2.0 407 Proxy\r\n" VIA ENDS CSEQ "Proxy-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n" BODY), 0);
        CHECK(sip_answer_challenge(&a)->is_proxy);
}

TEST(no_more_challenges_are_kept_than_there_is_room_for)
{
        char text[SIP_ANSWER_MAX + 1] = "SIP/2.0 401 Unauthorized\r\n" VIA ENDS CSEQ;

        for (unsigned i = 0; i < 20; i++)
                strcat(text, "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\"\r\n");
        strcat(text, BODY);
        CHECK_EQ_INT(parse(text), 0);
        CHECK_EQ_INT(a.n_challenges, SIP_ANSWER_CHALLENGES_MAX);
}

TEST(a_request_is_no_answer)
{
        CHECK_EQ_INT(parse("OPTIONS sip:10.64.0.1 SIP/2.0\r\n" VIA ENDS "CSeq: 1 OPTIONS\r\n" BODY), PV_EUNSET);
}

TEST(what_has_two_readings_is_refused)
{
        static const char *const texts[] = {
                "",
                "\r\n\r\n",
                "SIP/2.0 200 OK",
                "SIP/2.0 200 OK\n" VIA ENDS CSEQ BODY,
                "SIP/2.0 99 Low\r\n" VIA ENDS CSEQ BODY,
                "SIP/2.0 700 High\r\n" VIA ENDS CSEQ BODY,
                "SIP/2.0 2000 Long\r\n" VIA ENDS CSEQ BODY,
                "SIP/2.0 200\r\n" VIA ENDS CSEQ BODY,
                "SIP/2.0  200 OK\r\n" VIA ENDS CSEQ BODY,
                "HTTP/1.1 200 OK\r\n" VIA ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA VIA ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS CSEQ CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS BODY,
                "SIP/2.0 200 OK\r\n" ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS "CSeq: NOTIFY\r\n" BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS "CSeq: 99999999999 NOTIFY\r\n" BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS "CSeq: 1 NOTIFYNOTIFYNOTIFY\r\n" BODY,
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h;branch=b\r\n" ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=a;branch=b\r\n" ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=a, SIP/2.0/UDP i;branch=b\r\n" ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA " folded\r\n" ENDS CSEQ BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS CSEQ "Content-Length: 10\r\n\r\nshort",
                "SIP/2.0 401 No\r\n" VIA ENDS CSEQ "WWW-Authenticate: Digest realm\r\n" BODY,
                "SIP/2.0 200 OK\r\n" VIA ENDS CSEQ "no colon\r\n" BODY,
        };

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (parse(texts[i]) >= 0)
                        TEST_FAIL("row %zu: %s", i, texts[i]);
        CHECK_EQ_INT(sip_answer_parse("SIP/2.0 200 OK\r\nA: \0\r\n", 22, &a), PV_EMALFORMED);
}

TEST(what_is_too_large_is_refused)
{
        char text[SIP_ANSWER_MAX + 8];

        memset(text, 'a', sizeof text);
        CHECK_EQ_INT(sip_answer_parse(text, SIP_ANSWER_MAX + 1, &a), PV_ETOOLARGE);
        snprintf(text, sizeof text, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=%0100d\r\n" ENDS CSEQ BODY, 0);
        CHECK_EQ_INT(parse(text), PV_ETOOLARGE);
        strcpy(text, "SIP/2.0 200 OK\r\n");
        for (unsigned i = 0; i < 80; i++)
                strcat(text, "A: b\r\n");
        CHECK_EQ_INT(parse(text), PV_ETOOLARGE);
}
