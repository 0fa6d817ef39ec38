/*
 * test_settings_plan: what stage 2 says, and to whom.
 */
#include "provisioning/settings/settings_plan.h"

#include "provisioning/settings/settings_admit.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"

#define NONE SETTINGS_DOCUMENT_NO_INDEX
#define GATEWAY 0x0a400001

static struct settings_document_setting planned[64];
static char url[SETTINGS_PLAN_URL_SIZE];
static size_t n;

static const struct settings_document_setting *find(const char *name)
{
        const struct settings_document_setting *found = NULL;

        for (size_t i = 0; i < n; i++)
                if (!strcmp(planned[i].name, name)) {
                        CHECK(!found);
                        found = &planned[i];
                }
        CHECK(found);
        return found;
}

TEST(the_lock_stands_whatever_a_profile_says)
{
        static const struct settings_document_setting hostile[] = {
                {"setting_server", NONE, "http://evil/", "RW", NULL, 0}, {"provisioning_order", NONE, "dhcp:stop pnp:stop", "", NULL, 0},
                {"tls_server_authentication", NONE, "off", "", NULL, 0}, {"pnp_config", NONE, "on", "!", NULL, 0}, {"tr69_use_acs", NONE, "on", "", NULL, 0},
                {"vpn_on", NONE, "off", "", NULL, 0}, {"vpn_tarball_url", NONE, "http://evil/x.tar", "", NULL, 0}, {"tr69_bootstrap", 1, "on", "", NULL, 0},
                {"setting_server", NONE, "http://evil2/", "RW", NULL, 0},
        };

        CHECK_EQ_INT(settings_plan(hostile, sizeof hostile / sizeof *hostile, "snomD785", GATEWAY, url, planned, 64, &n), 0);
        CHECK_STR(find("setting_server")->value, "https://10.64.0.1/{mac}.xml");
        CHECK_STR(find("provisioning_order")->value, "redirection:stop");
        CHECK_STR(find("tls_server_authentication")->value, "on");
        CHECK_STR(find("pnp_config")->value, "off");
        CHECK_STR(find("tr69_use_acs")->value, "off");
        CHECK_STR(find("tr69_bootstrap")->value, "off");
        CHECK_STR(find("vpn_on")->value, "on");
        for (size_t i = 0; i < n; i++) {
                CHECK(!strstr(planned[i].value, "evil"));
                CHECK_STR(planned[i].permission, "R");
        }
}

TEST(other_settings_keep_their_order_and_reboot_comes_first)
{
        static const struct settings_document_setting given[] = {
                {"user_name", 1, "10", "R", NULL, 0}, {"user_pass", 1, "canary&<>", "R", NULL, 0}, {"auto_reboot_on_setting_change", NONE, "off", "", NULL, 0},
                {"fkey", 0, "line", "R", NULL, 0}, {"admin_mode", NONE, "off", "R", NULL, 0},
        };
        struct settings_document_problem problem;
        char *bytes;
        size_t size;

        CHECK_EQ_INT(settings_plan(given, sizeof given / sizeof *given, "", GATEWAY, url, planned, 64, &n), 0);
        CHECK_STR(planned[0].name, "auto_reboot_on_setting_change");
        CHECK_STR(planned[0].value, "off");
        CHECK_STR(planned[1].name, "user_name");
        CHECK_STR(find("admin_mode")->permission, "RW");
        CHECK_EQ_INT(settings_document_write(&(struct settings_document){.settings = planned, .n_settings = n}, &bytes, &size,
                                             &problem), 0);
        CHECK_GOLDEN("settings/stage2.xml", bytes, size);
        settings_document_free(bytes, size);
}

TEST(a_dect_base_gets_no_name_of_desk_phones)
{
        static const char *const bases[] = {"snomM700", "Snom M900", "snomM3"};
        static const struct settings_document_setting given[] = {
                {"setting_server", NONE, "http://evil/", "RW", NULL, 0}, {"vpn_on", NONE, "off", "", NULL, 0}, {"vpn_tarball_url", NONE, "http://evil/", "", NULL, 0},
                {"http_pass", NONE, "aB3.aB3.aB3.aB4.", "R", NULL, 0},
        };

        for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
                CHECK_EQ_INT(settings_plan(given, 4, bases[i], GATEWAY, url, planned, 64, &n), 0);
                CHECK_EQ_INT(n, 1);
                CHECK_STR(planned[0].name, "http_pass");
        }
        CHECK_EQ_INT(settings_plan(given, 4, "snomMP", GATEWAY, url, planned, 64, &n), 0);
        CHECK_STR(find("vpn_on")->value, "on");
}

TEST(too_little_room_is_refused)
{
        CHECK_EQ_INT(settings_plan(NULL, 0, NULL, GATEWAY, url, planned, SETTINGS_PLAN_EXTRA - 1, &n), PV_ETOOLARGE);
        CHECK_EQ_INT(settings_plan(NULL, 0, NULL, GATEWAY, url, planned, SETTINGS_PLAN_EXTRA, &n), 0);
        CHECK_EQ_INT(n, SETTINGS_PLAN_EXTRA - 1);
}

static const struct {
        const char *what, *listener, *address, *verify, *subject;
        unsigned status;
} rows[] = {
        {"plain", "tunnel", "10.64.0.5", "NONE", NULL, 200},
        {"own certificate", "tunnel", "10.64.0.5", "SUCCESS", "CN=000413AABBCC,O=x", 200},
        {"old roots", "tunnel", "10.64.0.5", "FAILED:unable to verify the first certificate", "CN=000413AABBCC", 200},
        {"other phone's certificate", "tunnel", "10.64.0.5", "SUCCESS", "CN=000413AABBCD", 403},
        {"two names", "tunnel", "10.64.0.5", "SUCCESS", "CN=000413AABBCC,CN=000413AABBCD", 403},
        {"no phone's certificate", "tunnel", "10.64.0.5", "SUCCESS", "CN=x", 403},
        {"no subject", "tunnel", "10.64.0.5", "SUCCESS", NULL, 403},
        {"lan", "lan", "10.64.0.5", "NONE", NULL, 403},
        {"no listener", NULL, "10.64.0.5", "NONE", NULL, 403},
        {"no address", "tunnel", NULL, "NONE", NULL, 403},
        {"odd address", "tunnel", "10.64.0.5 ", "NONE", NULL, 403},
        {"address of six", "tunnel", "::ffff:10.64.0.5", "NONE", NULL, 403},
        {"no verdict", "tunnel", "10.64.0.5", NULL, NULL, 403},
        {"odd verdict", "tunnel", "10.64.0.5", "OK", NULL, 403},
};

TEST(every_row_of_the_request_table_is_decided_as_it_says)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                const struct settings_evidence evidence = {rows[i].listener, rows[i].address, rows[i].verify, rows[i].subject,
                                                           {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}}};
                char address[TEXT_IPV4_SIZE] = "";
                struct settings_decision decision = settings_admit_request(&evidence, address);

                if (decision.status != rows[i].status || decision.serve != (rows[i].status == 200) || !*decision.reason)
                        TEST_FAIL("%s: %u %s", rows[i].what, decision.status, decision.reason);
                CHECK_STR(address, decision.serve ? "10.64.0.5" : "");
        }
}

TEST(only_the_phone_of_the_address_gets_its_settings)
{
        const struct mac asked = {{0, 4, 0x13, 0xaa, 0xbb, 0xcc}};
        static const char *const trusted[] = {"approved", "enrolled", "connected", "current"};
        static const char *const others[] = {"seen", "waiting", "revoked", "", "odd"};
        struct settings_decision decision = settings_admit_phone(&asked, "000413aabbcd", "current");

        CHECK_EQ_INT(decision.status, 403);
        CHECK_STR(decision.reason, "phone 000413aabbcd asked for the settings of phone 000413aabbcc");
        for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
                CHECK(settings_admit_phone(&asked, "000413aabbcc", trusted[i]).serve);
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
                CHECK_EQ_INT(settings_admit_phone(&asked, "000413aabbcc", others[i]).status, 403);
        CHECK_EQ_INT(settings_admit_phone(&asked, "", "current").status, 500);
}

TEST(a_bundle_in_the_tunnel_is_named_once_before_the_tunnel_is_switched_on_and_never_to_a_base)
{
        static const struct settings_document_setting given[] = {
                {"vpn_tarball_url", NONE, "http://evil/x.tar", "RW", NULL, 0}, {"vpn_on", NONE, "on", "R", NULL, 0},
                {"language", NONE, "English", "RW", NULL, 0},
        };
        static const char bundle[] = "https://10.65.0.1/vpn/000413AABBCC-5f.tar";
        size_t at = 0;

        CHECK_EQ_INT(settings_plan(given, 3, "snomD785", 0x0a410001, url, planned, 3 + SETTINGS_PLAN_EXTRA, &n), 0);
        settings_plan_bundle(bundle, planned, 3 + SETTINGS_PLAN_EXTRA, &n);
        CHECK_STR(find("vpn_tarball_url")->value, bundle);
        CHECK_STR(find("vpn_tarball_url")->permission, "R");
        CHECK_STR(find("setting_server")->value, "https://10.65.0.1/{mac}.xml");
        while (strcmp(planned[at].name, "vpn_tarball_url") != 0)
                at++;
        CHECK_STR(planned[at + 1].name, "vpn_on");
        CHECK_EQ_INT(settings_plan(NULL, 0, "", GATEWAY, url, planned, SETTINGS_PLAN_EXTRA, &n), 0);
        settings_plan_bundle(bundle, planned, SETTINGS_PLAN_EXTRA, &n);
        CHECK_EQ_INT(n, SETTINGS_PLAN_EXTRA);
        CHECK_EQ_INT(settings_plan(given, 3, "snomM700", GATEWAY, url, planned, 64, &n), 0);
        settings_plan_bundle(bundle, planned, 64, &n);
        CHECK_EQ_INT(n, 1);
}
