/*
 * test_tunnel: what session is told of phones, and what its reports do.
 */
#include "provisioning/store/store_reach.h"
#include "tests/unit/provisioning/store/store_fixture.h"

#define NEXT "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
#define NEXT_ENROLMENT                                                                                                   \
        "{\"mac\":\"" MAC_A "\",\"certificate\":\"" PEM "\",\"private_key\":\"" KEY "\",\"serial\":\"0a1c\","            \
        "\"sha256\":\"" NEXT "\",\"not_before\":1,\"not_after\":2100000000,\"generation\":1,\"next\":true}"
#define UP(digest) "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"peer=192.0.2.1:5000\",\"sha256\":\"" digest "\",\"version\":\"2.6.14\"," \
        "\"cipher\":\"AES-256-GCM\"}"

static const char *told(const char *field)
{
        char path[64];

        CHECK_STR(ASK(list_tunnels, "{}"), "");
        snprintf(path, sizeof path, "tunnels.0.%s", field);
        return fixture_get(path);
}

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
}

TEST(session_is_told_both_certificates_and_where_the_phone_was)
{
        begin();
        CHECK_STR(told("next_sha256"), "");
        CHECK_STR(told("lan_address"), "");
        CHECK_STR(DO(set_enrolment, NEXT_ENROLMENT), "");
        CHECK_STR(DO(commit_leases, "{\"leases\":[{\"address\":\"192.168.7.100\",\"mac\":\"" MAC_A "\",\"client_id\":\"01\",\"hostname\":\"\","
                     "\"expires_at\":2000000000,\"state\":\"bound\"}]}"), "");
        CHECK_STR(told("certificate_sha256"), DIGEST);
        CHECK_STR(told("next_sha256"), NEXT);
        CHECK_STR(told("vpn_class"), "modern");
        CHECK_STR(told("lan_address"), "192.168.7.100");
        CHECK_STR(told("allowed"), "true");
        fixture_end();
}

TEST(a_tunnel_with_the_next_certificate_makes_it_the_present_one)
{
        begin();
        CHECK_STR(DO(set_enrolment, NEXT_ENROLMENT), "");
        CHECK_STR(DO(report_tunnel, UP(DIGEST)), "");
        CHECK_STR(told("up"), "true");
        CHECK_STR(told("certificate_sha256"), DIGEST);
        CHECK_STR(DO(report_tunnel, UP(NEXT)), "");
        CHECK_STR(told("certificate_sha256"), NEXT);
        CHECK_STR(told("next_sha256"), "");
        CHECK_STR(told("up"), "true");
        fixture_end();
}

/* It was opened before the certificate changed, and session will hear of that. */
TEST(a_tunnel_with_a_former_certificate_is_not_up)
{
        begin();
        CHECK_STR(DO(report_tunnel, UP(NEXT)), "");
        CHECK_STR(told("up"), "false");
        fixture_end();
}

TEST(a_revoked_phone_stays_known_and_a_stolen_one_as_such)
{
        begin();
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" MAC_A "\",\"stolen\":true}"), "");
        CHECK_STR(told("mac"), MAC_A);
        CHECK_STR(told("allowed"), "false");
        CHECK_STR(told("stolen"), "true");
        fixture_end();
}

TEST(a_phones_rules_are_told_by_their_numbers)
{
        begin();
        CHECK_STR(DO(add_reach, "{\"scope\":\"site\",\"owner\":\"\",\"to\":\"10.9.0.0/16\",\"protocol\":\"udp\",\"ports\":\"5060\"}"), "");
        CHECK_STR(told("reach.0"), "1");
        fixture_end();
}

TEST(the_timeline_says_with_which_cipher)
{
        begin();
        CHECK_STR(DO(report_tunnel, UP(DIGEST)), "");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1}"), "");
        CHECK_STR(fixture_get("events.0.detail"), "peer=192.0.2.1:5000 cipher=AES-256-GCM");
        fixture_end();
}
