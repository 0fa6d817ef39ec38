/*
 * test_sip_digest: challenges read, and answered as the RFCs' examples are.
 */
#include "provisioning/sip/sip_digest.h"

#include "tests/support/test.h"

static struct sip_challenge ch;

static int read_text(const char *text)
{
        struct cursor c = cursor_of_text(text);

        memset(&ch, 0, sizeof ch);
        return sip_digest_read(&c, false, &ch);
}

static const char *answer(const struct sip_digest_request *request)
{
        static char text[2048];
        struct writer w = writer_of(text, sizeof text - 1);

        CHECK_EQ_INT(sip_digest_write(&w, &ch, request), 0);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        return text;
}

/* RFC 2617 3.5 */
TEST(the_example_of_rfc_2617_comes_out)
{
        const struct sip_digest_request request = {"GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b"};

        CHECK_EQ_INT(read_text("Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
                               "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""), 0);
        CHECK(ch.has_qop && ch.has_opaque && !ch.is_stale);
        CHECK_STR(answer(&request), "Authorization: Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
                  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", "
                  "response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, cnonce=\"0a4f113b\", qop=auth, nc=00000001, "
                  "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"\r\n");
}

/* RFC 7616 3.9.1 */
TEST(the_examples_of_rfc_7616_come_out)
{
        static const char REST[] = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "
                "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        const struct sip_digest_request request = {"GET", "/dir/index.html", "Mufasa", "Circle of Life",
                                                   "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"};
        char text[512];

        snprintf(text, sizeof text, "Digest algorithm=MD5, %s", REST);
        CHECK_EQ_INT(read_text(text), 0);
        CHECK(strstr(answer(&request), "response=\"8ca523f5e9506fed4657c9700eebdbec\""));
        snprintf(text, sizeof text, "Digest algorithm=SHA-256, %s", REST);
        CHECK_EQ_INT(read_text(text), 0);
        CHECK_EQ_INT(ch.algorithm, SIP_DIGEST_SHA256);
        CHECK(strstr(answer(&request), "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
        CHECK(strstr(answer(&request), "algorithm=SHA-256"));
}

/* Calculated with another implementation (Python's hashlib). */
TEST(a_challenge_without_qop_and_one_with_a_session_are_answered)
{
        const struct sip_digest_request request = {"NOTIFY", "sip:340899@10.64.0.9:5060", "340899", "S3cret!", "00112233"};

        CHECK_EQ_INT(read_text("digest nonce=\"abc\",realm=\"snom\""), 0);
        CHECK(!ch.has_qop);
        CHECK_STR(answer(&request), "Authorization: Digest username=\"340899\", realm=\"snom\", nonce=\"abc\", "
                  "uri=\"sip:340899@10.64.0.9:5060\", response=\"d0f6f6044e4055f9d110e1caed4644c7\", algorithm=MD5\r\n");
        CHECK_EQ_INT(read_text("Digest realm=\"snom\", nonce=\"abc\", algorithm=md5-SESS, qop=auth"), 0);
        CHECK(ch.is_session);
        CHECK(strstr(answer(&request), "response=\"7645b3501aae04351f69891ac00819af\", algorithm=MD5-sess, cnonce=\"00112233\", qop=auth, nc=00000001"));
}

TEST(a_proxys_challenge_gets_a_proxys_answer)
{
        const struct sip_digest_request request = {"NOTIFY", "sip:a", "a", "b", "c"};
        struct cursor c = cursor_of_text("Digest realm=\"\", nonce=\"n\", stale=TRUE, unknown=\"x,y\", domain=z");

        CHECK_EQ_INT(sip_digest_read(&c, true, &ch), 0);
        CHECK(ch.is_stale);
        CHECK(!strncmp(answer(&request), "Proxy-Authorization: Digest username=\"a\", realm=\"\", ", 50));
}

TEST(what_cannot_be_answered_is_told_from_what_is_malformed)
{
        static const struct {
                const char *text;
                int result;
        } rows[] = {
                {"Basic realm=\"x\"", PV_EUNSET},
                {"Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256", PV_EUNSET},
                {"Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"", PV_EUNSET},
                {"Digest realm=\"x\", nonce=\"y\", qop=\"\"", PV_EUNSET},
                {"", PV_EMALFORMED},
                {"Digest", PV_EMALFORMED},
                {"Digest realm=\"x\"", PV_EMALFORMED},
                {"Digest nonce=\"x\"", PV_EMALFORMED},
                {"Digest realm=\"x\", nonce=\"y\", nonce=\"z\"", PV_EMALFORMED},
                {"Digest realm=\"x\" nonce=\"y\"", PV_EMALFORMED},
                {"Digest realm=\"x\", nonce=\"y\",", PV_EMALFORMED},
                {"Digest realm=\"x\", nonce=\"y", PV_EMALFORMED},
                {"Digest realm=\"a\\\"b\", nonce=\"y\"", PV_EMALFORMED},
                {"Digest realm=, nonce=\"y\"", PV_EMALFORMED},
                {"Digest =\"x\", nonce=\"y\"", PV_EMALFORMED},
                {"Digest realm=\"x\x01\", nonce=\"y\"", PV_EMALFORMED},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (read_text(rows[i].text) != rows[i].result)
                        TEST_FAIL("%s gives %d", rows[i].text, read_text(rows[i].text));
}

TEST(a_realm_beyond_the_bound_is_refused)
{
        char text[600];

        snprintf(text, sizeof text, "Digest nonce=\"n\", realm=\"%0*d\"", SIP_DIGEST_TEXT_SIZE, 0);
        CHECK_EQ_INT(read_text(text), PV_ETOOLARGE);
        snprintf(text, sizeof text, "Digest nonce=\"n\", realm=\"%0*d\"", SIP_DIGEST_TEXT_SIZE - 1, 0);
        CHECK_EQ_INT(read_text(text), 0);
}

TEST(a_user_that_would_break_its_quotes_is_refused)
{
        static const char *const users[] = {"a\"b", "a\\b", "a\r\nX: y"};
        char text[512];

        CHECK_EQ_INT(read_text("Digest realm=\"x\", nonce=\"y\""), 0);
        for (size_t i = 0; i < 3; i++) {
                struct writer w = writer_of(text, sizeof text);

                CHECK_EQ_INT(sip_digest_write(&w, &ch, &(struct sip_digest_request){"NOTIFY", "sip:a", users[i], "p", "c"}), PV_EREFUSED);
        }
}
