/*
 * test_phone_agent: User-Agent texts of real phones (snom.md 3.4), and others.
 */
#include "provisioning/phone/phone_agent.h"

#include "tests/support/test.h"

static const struct {
        const char *text, *model, *firmware, *mac;
} samples[] = {
        {"Mozilla/4.0 (compatible; snom lid 3605)", "", "lid 3605", ""},
        {"Mozilla/4.0 (compatible; snom320-SIP 6.5.20; snom320 jffs2 v3.36; snom320 linux 3.38)", "snom320", "6.5.20", ""},
        {"Mozilla/4.0 (compatible; snom320-SIP 8.4.18 1.1.3-s)", "snom320", "8.4.18", ""},
        {"Mozilla/4.0 (compatible; snom870-SIP 8.4.35 SPEAr300 SNOM 1.4)", "snom870", "8.4.35", ""},
        {"Mozilla/4.0 (compatible; snom760-SIP 8.7.3.19 2010.06)", "snom760", "8.7.3.19", ""},
        {"Mozilla/4.0 (compatible; snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413741767)", "snom710", "8.7.5.35",
         "000413741767"},
        {"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)", "snomD785",
         "10.1.33.33", "000413922d24"},
        {"Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.16 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) "
         "00041396D9B4 SXM:0 UXM:0 UXMC:0)", "snomD785", "10.1.169.16", "00041396d9b4"},
        {"Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)", "snomM900", "05.20.0001", "000413b60680"},
};

TEST(every_known_phone_is_read)
{
        for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
                struct phone_agent agent;
                char mac[MAC_TEXT_SIZE] = "";

                CHECK_EQ_INT(phone_agent_parse(samples[i].text, &agent), 0);
                if (agent.has_mac)
                        mac_format(&agent.mac, mac);
                CHECK_STR(agent.model, samples[i].model);
                CHECK_STR(agent.firmware, samples[i].firmware);
                CHECK_STR(mac, samples[i].mac);
        }
}

TEST(other_clients_are_no_phones)
{
        static const char *const texts[] = {
                "", "curl/7.88.1", "Mozilla/5.0 (X11; Linux x86_64)", "snom", "snom-SIP 1", "snomD785-SIP", "snomD785-SIP x",
                "Snom", "Snom M900", "snom lid ", "Yealink SIP-T56A 58.80.0.25 001565f429a4",
        };
        struct phone_agent agent;

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                if (phone_agent_parse(texts[i], &agent) != PV_EUNSET)
                        TEST_FAIL("%s", texts[i]);
}

TEST(a_mac_must_be_a_word_of_its_own)
{
        struct phone_agent agent;

        CHECK_EQ_INT(phone_agent_parse("snom710-SIP 8.7 x000413741767 0004137417670 000413741767y", &agent), 0);
        CHECK(!agent.has_mac);
        CHECK_EQ_INT(phone_agent_parse("snom710-SIP 8.7 (000413741767)", &agent), 0);
        CHECK(agent.has_mac);
}

TEST(overlong_parts_are_no_phone_and_overlong_texts_too_large)
{
        struct phone_agent agent;
        char text[600];

        CHECK_EQ_INT(phone_agent_parse("snomABCDEFGHIJKLMNOPQRSTUVWXYZ-SIP 8.7", &agent), PV_EUNSET);
        CHECK_EQ_INT(phone_agent_parse("snom710-SIP 8.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7.7", &agent), PV_EUNSET);
        memset(text, 's', sizeof text - 1);
        text[sizeof text - 1] = 0;
        CHECK_EQ_INT(phone_agent_parse(text, &agent), PV_ETOOLARGE);
}
