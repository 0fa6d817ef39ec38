/*
 * test_model: the site's values, trusted sources and a phone's states.
 */
#include "appliance/base/text.h"
#include "provisioning/model/phone.h"
#include "provisioning/model/site.h"
#include "provisioning/model/source.h"
#include "tests/support/test.h"

/* --- source -------------------------------------------------------------- */

static int parse(const char *text)
{
        struct source_url url;

        return source_url_parse(text, &url);
}

static bool trusted(const char *text, const char *source_text)
{
        struct source_url url, source;

        return source_url_parse(text, &url) == 0 && source_url_parse(source_text, &source) == 0 && source_url_is_under(&url, &source);
}

TEST(a_url_is_taken_apart)
{
        struct source_url url;

        CHECK_EQ_INT(source_url_parse("HTTPS://PBX.Example:8443/a/{mac}.xml", &url), 0);
        CHECK_STR(url.scheme, "https");
        CHECK_STR(url.host, "pbx.example");
        CHECK_EQ_INT(url.port, 8443);
        CHECK_STR(url.path, "/a/{mac}.xml");
        CHECK_EQ_INT(source_url_parse("http://10.0.0.1", &url), 0);
        CHECK_EQ_INT(url.port, 80);
        CHECK_STR(url.path, "/");
        CHECK_EQ_INT(parse("https://a/b%20c/{phone_type}-{mac}.htm"), 0);
        CHECK_EQ_INT(parse("https://a-b.c1/x/"), 0);
}

TEST(a_url_that_two_readers_could_read_in_two_ways_is_refused)
{
        static const char *const wrong[] = {
                "", "https", "https:", "https:/", "https://", "https:///x", "ftp://a/", "javascript:alert(1)", "//a/x", "https:a/x",
                "https://user@a/", "https://user:pass@a/", "https://a@b/", "https://a/../b", "https://a/b/..", "https://a/./b", "https://a//b",
                "https://a/b//", "https://a\\b/", "https://a/b\\c", "https://a/b c", "https://a/b\tc", "https://a/b\nc", "https://a/\xc3\xa9",
                "https://a/%2e%2e/b", "https://a/%2E./b", "https://a/b%2fc", "https://a/b%5cc", "https://a/b%00c", "https://a/b%0ac", "https://a/%252e",
                "https://a/%", "https://a/%2", "https://a/%zz", "https://a/b#c", "https://a/b?c", "https://a?b", "https://a#b",
                "https://a:/", "https://a:0/", "https://a:65536/", "https://a:443x/", "https://a:+443/", "https://a:000443/", "https://[::1]/",
                "https://-a/", "https://a-/", "https://a..b/", "https://.a/", "https://a./", "https://a_b/", "https://{mac}/", "https://a%2eb/",
                "https://0x7f.1/", "https://2130706433/", "https://127.1/", "https://1.2.3.4.5/", "https://01.2.3.4/", "https://a.b.9c/",
                "https://a/\"x", "https://a/<x", "https://a/`x", "https://a/x|y", " https://a/", "https ://a/",
        };

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                char told[200];
                snprintf(told, sizeof told, "%s: %s", wrong[i], parse(wrong[i]) < 0 ? "refused" : "taken");
                char wanted[200];
                snprintf(wanted, sizeof wanted, "%s: refused", wrong[i]);
                CHECK_STR(told, wanted);
        }
}

TEST(a_url_longer_than_its_bound_is_refused)
{
        char text[400] = "https://a/";

        memset(text + 10, 'x', 300);
        CHECK_EQ_INT(parse(text), PV_ETOOLARGE);
        text[SOURCE_URL_MAX - 1] = 0;
        CHECK_EQ_INT(parse(text), 0);
        memset(text, 0, sizeof text);
        strcpy(text, "https://");
        for (int i = 0; i < 70; i++)
                strcat(text, "a.");
        strcat(text, "b/");
        CHECK_EQ_INT(parse(text), PV_ETOOLARGE);
}

TEST(trust_ends_at_a_slash)
{
        CHECK(trusted("https://a/p/x", "https://a/p/"));
        CHECK(trusted("https://a/p/x", "https://a/p"));
        CHECK(trusted("https://a/p", "https://a/p"));
        CHECK(trusted("https://A:443/p/x", "https://a/"));
        CHECK(trusted("https://a/{mac}.xml", "https://a"));
        CHECK(!trusted("https://a/prov", "https://a/p"));
        CHECK(!trusted("https://a/p", "https://a/p/"));
        CHECK(!trusted("http://a/p/x", "https://a/p/"));
        CHECK(!trusted("https://a:444/p/x", "https://a/p/"));
        CHECK(!trusted("https://a.evil/p/x", "https://a/p/"));
        CHECK(!trusted("https://b/p/x", "https://a/p/"));
        CHECK(!trusted("https://a/P/x", "https://a/p/"));
        CHECK(!trusted("https://a/p/../q", "https://a/p/"));
}

/* --- phone --------------------------------------------------------------- */

TEST(the_state_shown_follows_from_what_happened)
{
        struct phone_facts f = {.trust = PHONE_TRUST_SEEN, .revision = 5, .revision_served = 5, .enrolled = true, .tunnel_up = true};

        CHECK_STR(phone_state_text(phone_state_of(&f)), "seen");
        f.trust = PHONE_TRUST_WAITING;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "waiting");
        f.trust = PHONE_TRUST_REVOKED;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "revoked");
        f.trust = PHONE_TRUST_APPROVED;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "current");
        f.revision = 6;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "connected");
        f.tunnel_up = false;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "enrolled");
        f.enrolled = false;
        CHECK_STR(phone_state_text(phone_state_of(&f)), "approved");
        CHECK(phone_state_is_trusted("approved") && phone_state_is_trusted("current"));
        CHECK(!phone_state_is_trusted("revoked") && !phone_state_is_trusted("seen") && !phone_state_is_trusted(""));
}

/* --- site ---------------------------------------------------------------- */

static struct site site;
static struct site_problem problem;

#define LAN {"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.7.100"}, {"pool_last", "192.168.7.200"}
#define READ(...) read_values((const struct site_value[]){__VA_ARGS__}, sizeof((const struct site_value[]){__VA_ARGS__}) / sizeof(struct site_value))

static const char *read_values(const struct site_value *values, size_t n)
{
        problem = (struct site_problem){0};
        return site_from_values(values, n, &site, &problem) == 0 ? "" : problem.name;
}

TEST(an_empty_site_has_defaults_and_says_what_is_missing)
{
        const char *missing[8];
        char text[TEXT_IPV4_SIZE];

        CHECK_EQ_INT(site_from_values(NULL, 0, &site, &problem), 0);
        CHECK(!site.complete);
        CHECK_EQ_INT(site_missing(&site, missing, 8), 3);
        CHECK_STR(missing[0], "lan_address");
        CHECK_EQ_INT(site_missing(&site, missing, 1), 1);
        CHECK_STR(site.name, "Site");
        CHECK_STR(site.lan_interface, "eth0");
        CHECK_STR(site.uplink_interface, "eth1");
        CHECK_EQ_INT(site.uplink, SITE_UPLINK_DHCP);
        CHECK_EQ_INT(site.lease_s, 3600);
        CHECK_EQ_INT(site.vpn_port, 1194);
        CHECK_STR(text_from_ipv4(site.tunnel_address, text), "10.64.0.1");
        CHECK_EQ_INT(site.tunnel_prefix, 16);
        CHECK_STR(site.bootstrap_url, "");
        CHECK_STR(site.phone_ca, "");
        CHECK_STR(site.country, "");
        CHECK_EQ_INT(site.poll_minutes, 5);
        CHECK_EQ_INT(site_check_waits(&site, &problem), 0);
        CHECK_EQ_INT(site.notify, SITE_NOTIFY_ON);
        CHECK_EQ_INT(site.rollout_mode, SITE_ROLLOUT_RINGS);
        CHECK_EQ_INT(site.rollout_share, 10);
        CHECK_EQ_INT(site.rollout_wait_s, 600);
        CHECK_EQ_INT(site.rollout_settle_s, 90);
        CHECK_EQ_INT(site.seal_days, 180);
        CHECK_EQ_INT(site.rogue_watch, SITE_ROGUE_WATCH_ON);
        CHECK_EQ_INT(site.n_known_servers, 0);
}

TEST(what_phones_are_told_and_when_is_read)
{
        CHECK_STR(READ({"country", "DE"}, {"poll_minutes", "1440"}, {"notify", "off"}, {"rollout_mode", "at-once"}, {"rollout_share", "100"},
                       {"rollout_wait_s", "30"}, {"rollout_settle_s", "5"}, {"seal_days", "3650"}, {"rogue_watch", "off"},
                       {"known_servers", " 3c:22:fb:00:00:01  3c22fb000002 "}), "");
        CHECK_EQ_INT(site.rogue_watch, SITE_ROGUE_WATCH_OFF);
        CHECK_EQ_INT(site.n_known_servers, 2);
        CHECK_EQ_INT(site.known_servers[1].bytes[5], 2);
        CHECK_STR(site.country, "DE");
        CHECK_EQ_INT(site.poll_minutes, 1440);
        CHECK_EQ_INT(site.notify, SITE_NOTIFY_OFF);
        CHECK_EQ_INT(site.rollout_mode, SITE_ROLLOUT_AT_ONCE);
        CHECK_EQ_INT(site.rollout_share, 100);
        CHECK_EQ_INT(site.rollout_wait_s, 30);
        CHECK_EQ_INT(site.rollout_settle_s, 5);
        CHECK_EQ_INT(site.seal_days, 3650);
}

TEST(defaults_follow_the_lan_address)
{
        CHECK_STR(READ(LAN), "");
        CHECK(site.complete);
        CHECK_STR(site.bootstrap_url, "https://192.168.7.1/{mac}.xml");
        CHECK_STR(site.vpn_host, "192.168.7.1");
        CHECK_EQ_INT(site.n_dns, 1);
        CHECK_EQ_INT(site.dns[0], site.lan_address);
        CHECK_EQ_INT(site.ntp[0], site.lan_address);
        CHECK_STR(READ(LAN, {"dns", " 9.9.9.9  1.1.1.1 "}, {"vpn_host", "vpn.example"}), "");
        CHECK_EQ_INT(site.n_dns, 2);
        CHECK_STR(site.vpn_host, "vpn.example");
        CHECK_STR(READ({"lan_address", "192.168.7.1/24"}, {"dhcp_mode", "off"}), "");
        CHECK(site.complete);
}

TEST(each_wrong_value_is_named_with_a_sentence)
{
        static const struct site_value wrong[] = {
                {"name", "two\nlines"}, {"name", "\x1b[2J"}, {"lan_interface", "eth/0"}, {"lan_interface", "averyveryverylongname"}, {"lan_interface", "lo"},
                {"lan_address", "192.168.7.1"}, {"lan_address", "192.168.7.0/24"}, {"lan_address", "192.168.7.255/24"}, {"lan_address", "192.168.7.1/31"},
                {"lan_address", "192.168.7.1/7"}, {"uplink_address", "maybe"}, {"uplink_gateway", "x"}, {"dhcp_mode", "on"}, {"pnp_mode", "yes"}, {"unknown_clients", "loud"},
                {"pool_first", "192.168.7"}, {"router", "0.0.0.0"}, {"dns", "1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4 5.5.5.5"}, {"dns", "one"},
                {"domain", "a b"}, {"domain", "a/b"}, {"lease_s", "59"}, {"lease_s", "604801"}, {"option_form", "66"}, {"bootstrap_url", "https://u@h/"},
                {"option_120", "sip"}, {"option_132", "4095"}, {"option_133", "8"}, {"option_133", "-1"}, {"vpn_host", "a:1"}, {"vpn_port", "0"},
                {"vpn_port", "65536"}, {"vpn_port", "67"}, {"tunnel_address", "10.64.0.0/16"}, {"phone_ca", "no pem"},
                {"phone_ca", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----"}, {"sip_host", "a b"},
                {"sip_transport", "sctp"}, {"rsa_models", "snom370,snom821"}, {"time_zone", "GER 1"}, {"time_zone", "<x>"}, {"country", "de"}, {"country", "DEU"}, {"country", "D"}, {"country", "D1"},
                {"poll_minutes", "0"}, {"poll_minutes", "1441"}, {"notify", "yes"}, {"rollout_mode", "all"}, {"rollout_share", "0"}, {"rollout_share", "101"},
                {"rollout_wait_s", "29"}, {"rollout_wait_s", "86401"}, {"rollout_settle_s", "4"}, {"rollout_settle_s", "3601"}, {"seal_days", "0"},
                {"seal_days", "3651"}, {"rogue_watch", "yes"}, {"known_servers", "192.168.1.1"},
                {"known_servers", "3c22fb000001 x"}, {"admin_port", "0"}, {"admin_port", "443"}, {"admin_port", "65536"},
                {"admin_on", "tunnel"}, {"update_url", "http://x.example/"}, {"update_url", "x"}, {"update_share", "101"}, {"update_wait", "29"}, {"nothing", "x"}, {"language", "averyveryveryveryveryverylonglanguage"},
        };

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                CHECK_STR(read_values(&wrong[i], 1), wrong[i].name);
                CHECK(strlen(problem.reason) > 20);
                CHECK(problem.reason[strlen(problem.reason) - 1] == '.');
        }
}

TEST(values_that_do_not_fit_together_are_refused)
{
        CHECK_STR(READ({"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.8.1"}, {"pool_last", "192.168.8.9"}), "pool_first");
        CHECK_STR(READ({"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.7.9"}, {"pool_last", "192.168.7.255"}), "pool_last");
        CHECK_STR(READ({"lan_address", "192.168.7.1/24"}, {"pool_first", "192.168.7.9"}, {"pool_last", "192.168.7.2"}), "pool_last");
        CHECK_STR(READ({"lan_address", "192.168.7.50/24"}, {"pool_first", "192.168.7.9"}, {"pool_last", "192.168.7.90"}), "pool_first");
        CHECK_STR(READ(LAN, {"router", "192.168.7.150"}), "router");
        CHECK_STR(READ(LAN, {"router", "192.168.9.1"}), "router");
        CHECK_STR(READ(LAN, {"tunnel_address", "192.168.0.1/16"}), "tunnel_address");
        CHECK_STR(READ({"lan_address", "10.64.3.1/24"}), "tunnel_address");
        CHECK_STR(READ(LAN, {"uplink_interface", "eth0"}), "uplink_interface");
        CHECK_STR(READ(LAN, {"uplink_address", "192.168.7.2/24"}), "uplink_address");
        CHECK_STR(READ(LAN, {"uplink_address", "10.64.9.9/24"}), "uplink_address");
        CHECK_STR(READ(LAN, {"uplink_address", "10.1.1.2/24"}, {"uplink_gateway", "10.1.2.1"}), "uplink_gateway");
        CHECK_STR(READ(LAN, {"uplink_address", "10.1.1.2/24"}, {"uplink_gateway", "10.1.1.1"}), "");
        CHECK_STR(READ(LAN, {"uplink_address", "none"}), "");
        CHECK_STR(site.uplink_interface, "");
        CHECK_STR(READ(LAN, {"vpn_tcp_port", "9443"}), "admin_port");
        CHECK_STR(READ(LAN, {"admin_port", "8443"}, {"legacy", "on"}), "admin_port");
        CHECK_STR(READ(LAN, {"admin_port", "8443"}), "");
        CHECK_STR(READ(LAN, {"rollout_wait_s", "90"}, {"rollout_settle_s", "90"}), "rollout_wait_s");
        CHECK_STR(READ(LAN, {"rollout_wait_s", "60"}), "rollout_wait_s");
        CHECK_STR(READ(LAN, {"rollout_wait_s", "60"}, {"rollout_settle_s", "30"}), "");
}

static const char *check_waits(void)
{
        problem = (struct site_problem){0};
        return site_check_waits(&site, &problem) == 0 ? "" : problem.name;
}

TEST(a_ring_waits_for_phones_that_only_poll)
{
        CHECK_STR(READ(LAN, {"poll_minutes", "9"}, {"rollout_wait_s", "629"}), "");
        CHECK_EQ_INT(site_wait_needed_s(&site), 630);
        CHECK_STR(check_waits(), "rollout_wait_s");
        CHECK(strstr(problem.reason, "rollout_wait_s (629) must hold a polling period (poll_minutes 9) and rollout_settle_s (90) after it, 630 s") != NULL);
        CHECK_STR(READ(LAN, {"poll_minutes", "9"}, {"rollout_wait_s", "630"}), "");
        CHECK_STR(check_waits(), "");
        CHECK_STR(READ(LAN, {"poll_minutes", "1440"}, {"rollout_mode", "at-once"}), "");
        CHECK_STR(check_waits(), "");           /* nobody waits */
}

TEST(every_known_name_has_a_default_or_is_needed_or_computed)
{
        const char *name, *text;
        size_t n_needed = 0;
        bool needed;

        for (size_t i = 0; (name = site_value_name(i, &needed, &text)); i++) {
                n_needed += needed;
                CHECK(!needed || text != NULL);
                if (text && *text)
                        CHECK_STR(read_values(&(struct site_value){name, text}, 1), "");
        }
        CHECK_EQ_INT(n_needed, 3);
}
