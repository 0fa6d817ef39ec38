/*
 * test_bootstrap_vpn: whether a phone says that it has no VPN client, and which image helps.
 */
#include "vpn/bootstrap/bootstrap_vpn.h"

#include "tests/support/test.h"

TEST(only_a_phones_own_words_say_that_it_has_no_client)
{
        static const struct {
                const char *header, *firmware;
                enum bootstrap_vpn says;
        } rows[] = {
                {"available", "8.7.5.35", BOOTSTRAP_VPN_HAS},
                {"available", "", BOOTSTRAP_VPN_HAS},
                {"available", "10.1.33.33", BOOTSTRAP_VPN_HAS},
                {"unavailable", "8.7.5.35", BOOTSTRAP_VPN_LACKS},
                {"none", "10.1.33.33", BOOTSTRAP_VPN_LACKS},
                {"Available", "", BOOTSTRAP_VPN_LACKS},
                {"0", "garbage", BOOTSTRAP_VPN_LACKS},
                /* the add-on's own lines of firmware: the absent header speaks */
                {NULL, "8.7.5.15", BOOTSTRAP_VPN_LACKS},
                {"", "8.7.5.35", BOOTSTRAP_VPN_LACKS},
                {NULL, "8.7.6", BOOTSTRAP_VPN_LACKS},
                {NULL, "8.9.3.5", BOOTSTRAP_VPN_LACKS},
                {NULL, "8.9.3.80", BOOTSTRAP_VPN_LACKS},
                {NULL, "8.9.9", BOOTSTRAP_VPN_LACKS},
                /* and nowhere else */
                {NULL, "8.7.5.14", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.7.3.19", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.8.1.2", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.9.3.4", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.10.1.1", BOOTSTRAP_VPN_UNSAID},
                {NULL, "6.5.20", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.4.35", BOOTSTRAP_VPN_UNSAID},
                {NULL, "10.1.33.33", BOOTSTRAP_VPN_UNSAID},
                {NULL, "10.1.169.16", BOOTSTRAP_VPN_UNSAID},
                {NULL, "05.20.0001", BOOTSTRAP_VPN_UNSAID},
                {NULL, "", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.7.5.35.1", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.7.5.9999", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8..7.5", BOOTSTRAP_VPN_UNSAID},
                {NULL, "8.7.x.15", BOOTSTRAP_VPN_UNSAID},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (bootstrap_vpn_says(rows[i].header, rows[i].firmware) != rows[i].says)
                        TEST_FAIL("row %zu: %s, %s", i, rows[i].header ? rows[i].header : "-", rows[i].firmware);
}

TEST(the_newest_image_of_the_model_is_taken_and_no_other_file)
{
        static const char TEXT[] = "{\"firmware\":["
                "{\"file\":\"a.bin\",\"model\":\"snom720\",\"kind\":\"vpn-feature\",\"added_at\":5},"
                "{\"file\":\"b.bin\",\"model\":\"snom720\",\"kind\":\"vpn-feature\",\"added_at\":9},"
                "{\"file\":\"c.bin\",\"model\":\"snom720\",\"kind\":\"firmware\",\"added_at\":10},"
                "{\"file\":\"../d\",\"model\":\"snom720\",\"kind\":\"vpn-feature\",\"added_at\":11},"
                "{\"model\":\"snom720\",\"kind\":\"vpn-feature\",\"added_at\":12},"
                "{\"file\":\"e.bin\",\"model\":\"snom760\",\"kind\":\"vpn-feature\",\"added_at\":12}]}";
        sd_json_variant *answer = NULL;

        CHECK(sd_json_parse(TEXT, 0, &answer, NULL, NULL) >= 0);
        CHECK_STR(bootstrap_vpn_image(answer, "snom720"), "b.bin");
        CHECK_STR(bootstrap_vpn_image(answer, "snom760"), "e.bin");
        CHECK(!bootstrap_vpn_image(answer, "snomD785"));
        CHECK(!bootstrap_vpn_image(answer, ""));
        CHECK(!bootstrap_vpn_image(NULL, "snom720"));
        sd_json_variant_unref(answer);
}
