/*
 * test_document_tunnel: what a document says of the phone's tunnel: its gateway, and where its bundle is.
 */
#include "provisioning/store/store_renewal.h"
#include "tests/unit/provisioning/store/store_fixture.h"

#define AT "{\"tunnel_address\":\"10.64.0.2\"}"
#define NEXT_DIGEST "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define BUNDLE "https://10.64.0.1/vpn/000413AABBCC-0b2c.tar"
#define CERTIFICATE(serial, digest, next)                                                                          \
        "{\"mac\":\"" MAC_A "\",\"certificate\":\"" PEM "\",\"private_key\":\"" KEY "\",\"serial\":\"" serial "\",\"sha256\":\"" digest \
        "\",\"not_before\":1,\"not_after\":4000000000,\"generation\":1,\"next\":" next "}"

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"approve\":true}"), "");
        CHECK_STR(DO(set_enrolment, CERTIFICATE("0a1b", DIGEST, "false")), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0a1b\",\"delivered\":\"lan\"}"), "");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\",\"sha256\":\"" DIGEST "\"}"), "");
}

static long revision(void)
{
        CHECK_STR(ASK(get_document, AT), "");
        return atol(fixture_get("revision"));
}

TEST(a_bundle_from_the_lan_is_named_by_stage_1_alone)
{
        begin();
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_setting("vpn_tarball_url"), NULL);
        CHECK_STR(fixture_setting("setting_server"), "https://10.64.0.1/{mac}.xml");
}

TEST(a_next_certificate_is_one_new_document_and_its_use_none)
{
        begin();
        long before = revision();
        CHECK_STR(DO(set_enrolment, CERTIFICATE("0b2c", NEXT_DIGEST, "true")), "");
        long waiting = revision();
        CHECK(waiting > before);
        CHECK_STR(fixture_setting("vpn_tarball_url"), BUNDLE);
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"tunnel\"}"), "");
        CHECK_EQ_INT(revision(), waiting);
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":false,\"detail\":\"\"}"), "");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\",\"sha256\":\"" NEXT_DIGEST "\"}"), "");
        CHECK_EQ_INT(revision(), waiting);
        CHECK_STR(fixture_get("phone.certificate_serial"), "0b2c");
        CHECK_STR(fixture_setting("vpn_tarball_url"), BUNDLE);
}

TEST(people_see_the_bundle_in_the_preview)
{
        begin();
        CHECK_STR(DO(set_enrolment, CERTIFICATE("0b2c", NEXT_DIGEST, "true")), "");
        CHECK_STR(ASK(preview_document, "{\"mac\":\"" MAC_A "\"}"), "");
        CHECK_STR(fixture_setting("vpn_tarball_url"), BUNDLE);
}

TEST(an_old_phone_is_led_to_the_gateway_of_its_own_network)
{
        begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(ASK(preview_document, "{\"mac\":\"" MAC_A "\"}"), "");
        CHECK_STR(fixture_setting("setting_server"), "https://10.65.0.1/{mac}.xml");
        CHECK_STR(fixture_setting("ntp_server"), "10.65.0.1");
}
