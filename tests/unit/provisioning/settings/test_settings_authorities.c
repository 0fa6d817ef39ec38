/*
 * test_settings_authorities: the roots of the appliance, one by one, and in the document of a phone.
 */
#include "provisioning/settings/settings_authorities.h"

#include "provisioning/settings/settings_plan.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"

#define CERTIFICATE(body) "-----BEGIN CERTIFICATE-----\n" body "\n-----END CERTIFICATE-----"

static struct settings_authorities authorities;
static struct settings_document_problem problem;

static int split(const char *pem)
{
        settings_authorities_done(&authorities);
        problem.reason[0] = '\0';
        return settings_authorities_split(pem, &authorities, &problem);
}

TEST(each_certificate_is_one_text)
{
        CHECK_EQ_INT(split(CERTIFICATE("AAAA") "\n" CERTIFICATE("BBBB") "\n"), 0);
        CHECK_EQ_INT(authorities.n, 2);
        CHECK_STR(authorities.list[0], CERTIFICATE("AAAA"));
        CHECK_STR(authorities.list[1], CERTIFICATE("BBBB"));
        CHECK_EQ_INT(split("\n\n" CERTIFICATE("AAAA") "\r\n\r\n" CERTIFICATE("BBBB")), 0);
        CHECK_EQ_INT(authorities.n, 2);
        settings_authorities_done(&authorities);
}

TEST(the_same_certificate_twice_counts_once)
{
        CHECK_EQ_INT(split(CERTIFICATE("AAAA") "\n" CERTIFICATE("BBBB") "\n" CERTIFICATE("AAAA") "\n"), 0);
        CHECK_EQ_INT(authorities.n, 2);
        settings_authorities_done(&authorities);
}

TEST(anything_else_is_refused_with_a_sentence)
{
        static const char *const bad[] = {"", "\n", "AAAA", "-----BEGIN CERTIFICATE-----\nAAAA\n", CERTIFICATE("AAAA") "x",
                                          CERTIFICATE("AAAA") "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                          "x\n" CERTIFICATE("AAAA")};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                if (split(bad[i]) != PV_EMALFORMED || authorities.n || !*problem.reason)
                        TEST_FAIL("%zu is taken", i);
        }
        settings_authorities_done(&authorities);
}

TEST(more_than_eight_are_refused)
{
        char pem[2048] = "";

        for (unsigned i = 0; i < SETTINGS_AUTHORITIES_MAX + 1; i++) {
                CHECK_EQ_INT(split(i ? pem : CERTIFICATE("QQ==")), 0);
                (void)snprintf(pem + strlen(pem), sizeof pem - strlen(pem), "-----BEGIN CERTIFICATE-----\nAAA%u\n-----END CERTIFICATE-----\n", i);
        }
        CHECK_EQ_INT(split(pem), PV_ETOOLARGE);
        CHECK(strstr(problem.reason, "8 authorities") != NULL);
        settings_authorities_done(&authorities);
}

/* The document of a phone in the middle of a CA rollover, with its next certificate waiting. */
TEST(a_phone_in_a_rollover_is_told_both_roots_and_where_its_next_bundle_is)
{
        static const struct settings_document_setting given[] = {
                {"vpn_tarball_url", SETTINGS_DOCUMENT_NO_INDEX, "http://192.0.2.9/x.tar", "RW", NULL, 0},
                {"ntp_server", SETTINGS_DOCUMENT_NO_INDEX, "10.64.0.1", "R", NULL, 0},
        };
        struct settings_document_setting planned[32];
        struct settings_document document = {.settings = planned};
        const struct mac mac = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}};
        char url[SETTINGS_PLAN_URL_SIZE], bundle[TUNNEL_URL_SIZE], *bytes;
        size_t size;

        CHECK_EQ_INT(split(CERTIFICATE("QUFBQQ==") "\n" CERTIFICATE("QkJCQg==") "\n"), 0);
        CHECK_EQ_INT(settings_plan(given, 2, "snomD785", 0x0a400001, url, planned, 32, &document.n_settings), 0);
        CHECK_EQ_INT(tunnel_url_bundle(0x0a400001, &mac, "5f0e", bundle), 0);
        settings_plan_bundle(bundle, planned, 32, &document.n_settings);
        document.certificates = authorities.list;
        document.n_certificates = authorities.n;
        CHECK_EQ_INT(settings_document_write(&document, &bytes, &size, &problem), 0);
        CHECK_GOLDEN("settings/stage2_rollover.xml", bytes, size);
        settings_document_free(bytes, size);
        settings_authorities_done(&authorities);
}
