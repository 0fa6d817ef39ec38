/*
 * test_pnp_message: the SIP of snom.md 5.1, its other spellings, what is refused; and the two answers as text.
 */
#include "provisioning/responder/pnp_message.h"

#include "provisioning/responder/pnp_reply.h"
#include "tests/support/test.h"
#include "tests/unit/provisioning/responder/pnp_request.h"

static struct pnp_message m;

static int parse(const char *text)
{
        return pnp_message_parse(text, strlen(text), &m);
}

TEST(the_phones_question_is_read)
{
        CHECK_EQ_INT(parse(PNP_REQUEST), 0);
        CHECK_EQ_INT(m.kind, PNP_KIND_SUBSCRIBE);
        CHECK(m.has_mac);
        CHECK_MEM(m.mac.bytes, "\x00\x04\x13\xaa\xbb\xcc", 6);
        CHECK_STR(m.via, "SIP/2.0/UDP 10.0.0.50:5060;branch=z9hG4bK-d8754z;rport");
        CHECK_EQ_INT(m.rport_at, strlen(m.via));
        CHECK_STR(m.branch, "z9hG4bK-d8754z");
        CHECK_STR(m.call_id, "3c26700aa1b2-x1y2z3");
        CHECK_EQ_INT(m.cseq, 1);
        CHECK_STR(m.contact, "sip:10.0.0.50:5062");
        CHECK_EQ_INT(m.contact_address, 0x0a000032);
        CHECK_EQ_INT(m.contact_port, 5062);
        CHECK(m.is_profile && m.accepts_url && m.has_expires && m.expires == 0 && !m.has_to_tag);
        CHECK_STR(m.vendor, "snom");
        CHECK_STR(m.model, "snomD785");
        CHECK_STR(m.version, "10.1.169.16");
}

TEST(compact_names_any_case_and_blanks_are_the_same_message)
{
        CHECK_EQ_INT(parse("SUBSCRIBE sip:mac%3A000413aabbcc@x SIP/2.0\r\nv : SIP/2.0/UDP 10.0.0.50\r\nF:<sip:a>;tag=1\r\n"
                           "t:\t<sip:b>;tag=9 \r\ni:  c@d\r\ncSEQ: 7  SUBSCRIBE\r\nM: sip:10.0.0.50;x=y\r\n"
                           "o: ua-profile ; model = \"snom 3;70\"\r\nl: 0\r\n\r\n"), 0);
        CHECK(m.has_mac && m.has_to_tag && m.is_profile && m.accepts_url);
        CHECK_EQ_INT(m.via_port, 5060);
        CHECK_EQ_INT(m.rport_at, 0);
        CHECK_STR(m.call_id, "c@d");
        CHECK_EQ_INT(m.cseq, 7);
        CHECK_STR(m.contact, "sip:10.0.0.50");
        CHECK_EQ_INT(m.contact_port, 5060);
        CHECK_STR(m.model, "");                 /* it holds what a model does not */
}

TEST(an_answer_to_our_notify_is_read)
{
        CHECK_EQ_INT(parse("SIP/2.0 481 Subscription does not exist\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKab\r\n"
                           PNP_REQUEST_ENDS "Call-ID: x\r\nCSeq: 1 NOTIFY\r\n\r\n"), 0);
        CHECK_EQ_INT(m.kind, PNP_KIND_RESPONSE);
        CHECK_EQ_INT(m.status, 481);
        CHECK_STR(m.branch, "z9hG4bKab");
        CHECK_STR(m.cseq_method, "NOTIFY");
}

TEST(other_uris_events_and_methods_are_sound_but_no_question)
{
        CHECK_EQ_INT(parse("SUBSCRIBE sip:10.0.0.1 SIP/2.0\r\n" PNP_REQUEST_VIA PNP_REQUEST_ENDS PNP_REQUEST_CALL
                           "Event: ua-profile;profile-type=\"user\"\r\nAccept: text/xml\r\n\r\n"), 0);
        CHECK(!m.has_mac && !m.is_profile && !m.accepts_url);
        CHECK_STR(m.contact, "");
        CHECK_EQ_INT(parse("SUBSCRIBE sip:MAC%3a010413AABBCC@x SIP/2.0\r\n" PNP_REQUEST_VIA PNP_REQUEST_ENDS PNP_REQUEST_CALL
                           "\r\n"), 0);
        CHECK(!m.has_mac);
        CHECK_EQ_INT(parse("NOTIFY sip:x SIP/2.0\r\n" PNP_REQUEST_VIA PNP_REQUEST_ENDS "Call-ID: x\r\nCSeq: 1 NOTIFY\r\n\r\n"), 0);
        CHECK_EQ_INT(m.kind, PNP_KIND_OTHER);
}

/* Each stands where Contact stands in a good message. */
TEST(hostile_headers_are_refused)
{
        static const char *const HOSTILE[] = {
                "Contact: <sip:10.0.0.50>,<sip:192.0.2.1>\r\n", "Contact: <sip:10.0.0.50:0>\r\n", "Contact: <sip:10.0.0.50:65536>\r\n",
                "Contact: <sip:10.0.0.50:+1>\r\n", "Contact: <sip:10.0.0.50\r\n", "Contact: <sip:>\r\n", "Contact: tel:110\r\n",
                "Contact: <sip:a b@10.0.0.50>\r\n", "Contact:\r\n", "Contact: *\r\n", "Via: SIP/2.0/UDP 10.0.0.51\r\n",
                "v: SIP/2.0/UDP 10.0.0.51\r\n", "f: <sip:x>\r\n", "t: <sip:x>\r\n", "i: x\r\n", "CSeq: 2 SUBSCRIBE\r\n",
                "X: y\r\n folded: z\r\n", "X: y\r\n\tfolded\r\n", "no colon\r\n", ": no name\r\n", "X: \x01\r\n", "X: y\nY: z\r\n",
                "X: y\rY: z\r\n", "Content-Length: 0\r\nl: 0\r\n", "Event: a\r\no: b\r\n", "Expires: -1\r\n", "Expires: 1e3\r\n",
                "Expires: 99999999999\r\n", "Content-Length: 100\r\n", "Content-Length: 99999\r\n", "Event: ua-profile;=x\r\n",
                "Event: ua-profile;a=\"open\r\n", "Event: ua-profile;a=\"x\\\"y\"\r\n", "Event: ua-profile x\r\n",
                "Event: ua-\xc3\xbc\r\n", "Accept: \xff\r\n",
        };

        for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
                char text[1400];
                (void)snprintf(text, sizeof text, "%s%s%s%s%s\r\n", PNP_REQUEST_START, PNP_REQUEST_VIA, PNP_REQUEST_ENDS, PNP_REQUEST_CALL,
                               HOSTILE[i]);
                if (parse(text) == 0)
                        test_fail(__FILE__, __LINE__, "taken: %s", HOSTILE[i]);
        }
}

TEST(hostile_vias_and_starts_are_refused)
{
        static const char *const VIAS[] = {
                "SIP/2.0/TCP 10.0.0.50", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0/UDP ;branch=x", "SIP/2.0/UDP 10.0.0.50,SIP/2.0/UDP 10.0.0.51",
                "SIP/2.0/UDP 10.0.0.50:0", "SIP/2.0/UDP 10.0.0.50;branch", "SIP/2.0/UDP 10.0.0.50;;", "SIP/2.0/UDP 10.0.0.50 x",
        };
        static const char *const STARTS[] = {
                "", "SUBSCRIBE", "SUBSCRIBE sip:x", "SUBSCRIBE sip:x SIP/3.0", "SUBSCRIBE sip:x SIP/2.0 more", " sip:x SIP/2.0",
                "SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 OK 200", "SIP/2.0 200", "SUBSCRIBE sip:\xc3\xbc SIP/2.0",
        };
        char text[1400];

        for (size_t i = 0; i < sizeof VIAS / sizeof *VIAS; i++) {
                (void)snprintf(text, sizeof text, "%sVia: %s\r\n%s%s\r\n", PNP_REQUEST_START, VIAS[i], PNP_REQUEST_ENDS, PNP_REQUEST_CALL);
                if (parse(text) == 0)
                        test_fail(__FILE__, __LINE__, "taken: %s", VIAS[i]);
        }
        for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++) {
                (void)snprintf(text, sizeof text, "%s\r\n%s%s%s\r\n", STARTS[i], PNP_REQUEST_VIA, PNP_REQUEST_ENDS, PNP_REQUEST_CALL);
                if (parse(text) == 0)
                        test_fail(__FILE__, __LINE__, "taken: %s", STARTS[i]);
        }
}

TEST(ends_that_could_not_go_back_as_they_came_are_refused)
{
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA "From: <sip:x;>tag=1\r\nTo: <sip:y>\r\n" PNP_REQUEST_CALL "\r\n") < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA "From: <sip:x>;tag=1\r\nTo: <sip:y>, <sip:z>;a b\r\n" PNP_REQUEST_CALL "\r\n") < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA "From: sip:x;tag=1\r\nTo: sip:y;tag=\"a\r\n" PNP_REQUEST_CALL "\r\n") < 0);
        CHECK_EQ_INT(parse(PNP_REQUEST_START PNP_REQUEST_VIA "From: sip:x;tag=1\r\nTo: sip:y\r\n" PNP_REQUEST_CALL "\r\n"), 0);
}

TEST(every_bound_holds)
{
        char text[PNP_MESSAGE_MAX + 512], x[700];

        memset(x, 'x', sizeof x);
        x[257] = 0;
        (void)snprintf(text, sizeof text, "%s%s%sCall-ID: %s\r\nCSeq: 1 SUBSCRIBE\r\n\r\n", PNP_REQUEST_START, PNP_REQUEST_VIA,
                       PNP_REQUEST_ENDS, x);
        CHECK(parse(text) < 0);
        x[256] = 0;
        (void)snprintf(text, sizeof text, "%s%s%sCall-ID: %s\r\nCSeq: 1 SUBSCRIBE\r\n\r\n", PNP_REQUEST_START, PNP_REQUEST_VIA,
                       PNP_REQUEST_ENDS, x);
        CHECK_EQ_INT(parse(text), 0);
        x[65] = 0;
        (void)snprintf(text, sizeof text, "%sVia: SIP/2.0/UDP a;branch=%s\r\n%s%s\r\n", PNP_REQUEST_START, x, PNP_REQUEST_ENDS,
                       PNP_REQUEST_CALL);
        CHECK(parse(text) < 0);
        (void)snprintf(text, sizeof text, "%s%s%s%s", PNP_REQUEST_START, PNP_REQUEST_VIA, PNP_REQUEST_ENDS, PNP_REQUEST_CALL);
        for (int i = 0; i < 70; i++)
                strcat(text, "X: y\r\n");
        strcat(text, "\r\n");
        CHECK_EQ_INT(parse(text), PV_ETOOLARGE);
        memset(text, 'x', sizeof text);
        CHECK_EQ_INT(pnp_message_parse(text, PNP_MESSAGE_MAX + 1, &m), PV_ETOOLARGE);
}

TEST(each_header_must_be_there_and_a_cut_message_is_none)
{
        for (size_t n = 0; n < strlen(PNP_REQUEST); n++)
                CHECK(pnp_message_parse(PNP_REQUEST, n, &m) < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_ENDS PNP_REQUEST_CALL "\r\n") < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA PNP_REQUEST_CALL "\r\n") < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA PNP_REQUEST_ENDS "\r\n") < 0);
        CHECK(parse(PNP_REQUEST_START PNP_REQUEST_VIA PNP_REQUEST_ENDS "Call-ID: x\r\nCSeq: 1 NOTIFY\r\n\r\n") < 0);
}

/* --- what goes out --- */

static const struct pnp_reply_ends ENDS = {.ours = 0x0a000001, .theirs = 0x0a000032, .their_port = 5099, .tag = "aa55"};

TEST(the_200_names_what_was_asked_and_where_it_came_from)
{
        char out[PNP_MESSAGE_MAX + 1];
        size_t size;

        CHECK_EQ_INT(parse(PNP_REQUEST), 0);
        CHECK_EQ_INT(pnp_reply_accept(&m, &ENDS, (uint8_t *)out, &size), 0);
        out[size] = 0;
        CHECK_STR(out, "SIP/2.0 200 OK\r\n"
                       "Via: SIP/2.0/UDP 10.0.0.50:5060;branch=z9hG4bK-d8754z;rport=5099;received=10.0.0.50\r\n"
                       "From: <sip:MAC%3a000413AABBCC@10.0.0.1>;tag=1f2e3d\r\nTo: <sip:MAC%3a000413AABBCC@10.0.0.1>;tag=aa55\r\n"
                       "Call-ID: 3c26700aa1b2-x1y2z3\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:10.0.0.1:5060>\r\nExpires: 0\r\n"
                       "Content-Length: 0\r\n\r\n");
}

TEST(the_notify_names_the_url_and_ends_the_subscription)
{
        char out[PNP_MESSAGE_MAX + 1];
        size_t size;

        CHECK_EQ_INT(parse(PNP_REQUEST), 0);
        CHECK_EQ_INT(pnp_reply_notify(&m, &ENDS, "z9hG4bKab", "https://10.0.0.1/{mac}.xml", (uint8_t *)out, &size), 0);
        out[size] = 0;
        CHECK_STR(out, "NOTIFY sip:10.0.0.50:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKab\r\nMax-Forwards: 70\r\n"
                       "From: <sip:MAC%3a000413AABBCC@10.0.0.1>;tag=aa55\r\nTo: <sip:MAC%3a000413AABBCC@10.0.0.1>;tag=1f2e3d\r\n"
                       "Call-ID: 3c26700aa1b2-x1y2z3\r\nCSeq: 1 NOTIFY\r\nContact: <sip:10.0.0.1:5060>\r\n"
                       PNP_REQUEST_EVENT "Subscription-State: terminated;reason=timeout\r\nContent-Type: application/url\r\n"
                       "Content-Length: 26\r\n\r\nhttps://10.0.0.1/{mac}.xml");
}

TEST(a_reply_that_does_not_fit_is_not_written)
{
        uint8_t out[PNP_MESSAGE_MAX];
        char url[1400];
        size_t size;

        memset(url, 'u', sizeof url - 1);
        url[sizeof url - 1] = 0;
        CHECK_EQ_INT(parse(PNP_REQUEST), 0);
        CHECK_EQ_INT(pnp_reply_notify(&m, &ENDS, "z9hG4bKab", url, out, &size), PV_ETOOLARGE);
        CHECK_EQ_INT(pnp_reply_notify(&m, &ENDS, "z9hG4bKab", "https://x/\r\n", out, &size), PV_EREFUSED);
}
