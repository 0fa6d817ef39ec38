/*
 * test_reach: rules of what phones may reach, and their sentences.
 */
#include "store_fixture.h"

#include "provisioning/store/store_reach.h"
#include "provisioning/store/store_reach_text.h"

#define RULE(scope, owner, to, protocol, ports)                                                                          \
        "{\"scope\":\"" scope "\",\"owner\":\"" owner "\",\"to\":\"" to "\",\"protocol\":\"" protocol "\",\"ports\":\"" ports "\"}"

static const char *ports(const char *text)
{
        static char kept[STORE_REACH_PORTS_SIZE];
        int r = store_reach_ports(text, kept);

        return r == PV_EMALFORMED ? "malformed" : r == PV_ETOOLARGE ? "too many" : kept;
}

static void make_profile(const char *name)
{
        char json[256];

        snprintf(json, sizeof json, "{\"scope\":\"profile\",\"owner\":\"%s\",\"settings\":[{\"name\":\"ringer_type\",\"index\":null,"
                 "\"value\":\"Ringer1\",\"permission\":\"\"}]}", name);
        CHECK_STR(DO(set_settings, json), "");
}

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        make_profile("hall");
        make_profile("reception");
        make_profile("cellar");
}

static int numbers(const char *mac, int64_t *ret, size_t max)
{
        sd_json_variant *list = NULL;
        size_t n;

        CHECK_EQ_INT(store_reach_of(fixture, mac, &list), 0);
        n = sd_json_variant_elements(list);
        for (size_t i = 0; i < n && i < max; i++)
                ret[i] = sd_json_variant_integer(sd_json_variant_by_index(list, i));
        sd_json_variant_unref(list);
        return (int)n;
}

TEST(ports_are_kept_sorted_and_joined)
{
        CHECK_STR(ports(""), "");
        CHECK_STR(ports("5060"), "5060");
        CHECK_STR(ports("  10000-20000   5060 "), "5060 10000-20000");
        CHECK_STR(ports("1-10 5-20 21 30"), "1-21 30");
        CHECK_STR(ports("30 1 2 3 29 4-28"), "1-30");
        CHECK_STR(ports("1-65535"), "");
        CHECK_STR(ports("65535 1"), "1 65535");
}

TEST(what_is_no_port_is_refused)
{
        static const char *const bad[] = {"0", "65536", "5060,5061", "10-5", "-", "5-", "-5", "1--2", "x", "5060;", "+1", "1-2-3", "99999999999999999999"};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_STR(ports(bad[i]), "malformed");
        CHECK_STR(ports("1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 33"), "too many");
        CHECK_STR(ports("1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 2"), "1-3 5 7 9 11 13 15 17 19 21 23 25 27 29 31");
}

TEST(targets_are_networks_hosts_or_phones)
{
        static const struct { const char *text; int r; const char *kept; } cases[] = {
                {"192.168.10.0/24", 0, "192.168.10.0/24"}, {"192.168.10.5", 0, "192.168.10.5/32"}, {"phones", 0, "phones"},
                {"10.0.0.0/8", 0, "10.0.0.0/8"}, {"192.168.10.5/24", PV_EREFUSED, "192.168.10.0/24"},
                {"0.0.0.0/0", PV_EUNSET, NULL}, {"127.0.0.1", PV_EUNSET, NULL}, {"224.0.1.75", PV_EUNSET, NULL},
                {"169.254.0.0/16", PV_EUNSET, NULL}, {"11.0.0.0/7", PV_EUNSET, NULL}, {"pbx.example.org", PV_EMALFORMED, NULL},
                {"", PV_EMALFORMED, NULL}, {"10.0.0.0/33", PV_EMALFORMED, NULL}, {"10.0.0.0/24 accept", PV_EMALFORMED, NULL},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char kept[STORE_REACH_TARGET_SIZE] = "";
                uint32_t network;
                unsigned prefix;

                CHECK_EQ_INT(store_reach_target(cases[i].text, kept, &network, &prefix), cases[i].r);
                if (cases[i].kept)
                        CHECK_STR(kept, cases[i].kept);
        }
}

TEST(a_rule_says_in_a_sentence_what_it_lets_through)
{
        static const struct { struct store_reach_rule rule; const char *sentence; } cases[] = {
                {{"site", "", "192.168.10.0/24", "udp", "5060"}, "Every phone may send UDP to port 5060 of 192.168.10.0/24."},
                {{"site", "", "192.168.10.5/32", "tcp", "5061 8443"}, "Every phone may open TCP connections to ports 5061, 8443 of 192.168.10.5."},
                {{"profile", "reception", "10.1.0.0/16", "any", ""}, "Phones with the profile \"reception\" may use UDP, TCP and ping to 10.1.0.0/16."},
                {{"profile", "reception", "10.1.0.0/16", "any", "80"}, "Phones with the profile \"reception\" may use UDP and TCP to port 80 of 10.1.0.0/16."},
                {{"site", "", "phones", "udp", "10000-20000"}, "Every phone may send UDP to ports 10000-20000 of other phones in their tunnels."},
                {{"site", "", "phones", "icmp", ""}, "Every phone may ping other phones in their tunnels."},
                {{"site", "", "10.1.0.0/16", "tcp", ""}, "Every phone may open TCP connections to all ports of 10.1.0.0/16."},
        };
        char sentence[STORE_REACH_SENTENCE_SIZE];

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                CHECK_STR(store_reach_sentence(&cases[i].rule, sentence, sizeof sentence), cases[i].sentence);
}

TEST(the_longest_rule_has_a_sentence)
{
        char owner[65] = "", many[STORE_REACH_PORTS_SIZE], text[256] = "", sentence[STORE_REACH_SENTENCE_SIZE];
        struct store_reach_rule rule = {"profile", owner, "255.255.255.255/32", "tcp", many};

        memset(owner, 'x', 64);
        for (int i = 0; i < STORE_REACH_RANGES_MAX; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%d-%d ", 10000 + i * 100, 10050 + i * 100);
        CHECK_EQ_INT(store_reach_ports(text, many), 0);
        CHECK(*store_reach_sentence(&rule, sentence, sizeof sentence));
        CHECK(strstr(sentence, "11500-11550 of 255.255.255.255."));
}

TEST(a_phone_has_the_rules_of_the_site_and_of_all_its_profiles)
{
        int64_t n[8];

        begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"reception\",\"hall\"],\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(DO(add_reach, RULE("profile", "hall", "10.1.0.0/16", "any", "")), "");
        CHECK_STR(fixture_get("reach.number"), "1");
        CHECK_STR(DO(add_reach, RULE("site", "", "192.168.7.9", "udp", "5060 5061")), "");
        CHECK_STR(fixture_get("reach.to"), "192.168.7.9/32");
        CHECK_STR(fixture_get("reach.ports"), "5060-5061");
        CHECK_STR(DO(add_reach, RULE("profile", "reception", "phones", "udp", "")), "");
        CHECK_STR(DO(add_reach, RULE("profile", "cellar", "phones", "udp", "")), "");
        CHECK_EQ_INT(numbers(MAC_A, n, 8), 3);
        CHECK_EQ_INT(n[0], 1);
        CHECK_EQ_INT(n[1], 2);
        CHECK_EQ_INT(n[2], 3);
        CHECK_EQ_INT(numbers(MAC_B, n, 8), 1);
        CHECK_EQ_INT(n[0], 2);
        fixture_end();
}

TEST(the_number_of_a_rule_is_not_given_again)
{
        fixture_begin();
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "any", "")), "");
        CHECK_STR(DO(remove_reach, "{\"number\":1}"), "");
        CHECK_STR(DO(remove_reach, "{\"number\":1}"), "NoSuchName");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "any", "")), "");
        CHECK_STR(fixture_get("reach.number"), "2");
        CHECK_STR(ASK(list_reach, "{}"), "");
        CHECK_EQ_INT(fixture_count("reach"), 1);
        CHECK_STR(fixture_get("reach.0.sentence"), "Every phone may use UDP, TCP and ping to 10.1.0.0/16.");
        fixture_end();
}

TEST(rules_that_say_nothing_sensible_are_refused)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_reach, RULE("phone", MAC_A, "10.1.0.0/16", "any", "")), "InvalidValue scope");
        CHECK_STR(DO(add_reach, RULE("site", "x", "10.1.0.0/16", "any", "")), "InvalidValue owner");
        CHECK_STR(DO(add_reach, RULE("profile", "", "10.1.0.0/16", "any", "")), "InvalidValue owner");
        CHECK_STR(DO(add_reach, RULE("profile", "attic", "10.1.0.0/16", "any", "")), "NoSuchName");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.1/16", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "0.0.0.0/0", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "pbx", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "sctp", "")), "InvalidValue protocol");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "icmp", "7")), "InvalidValue ports");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "udp", "0")), "InvalidValue ports");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "udp", "5060")), "");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "udp", "5060 5060")), "AlreadyThere");
        fixture_end();
}

TEST(no_rule_covers_tunnel_addresses_but_the_one_that_says_phones)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.0.0.0/8", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.64.3.0/24", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.65.3.0/24", "any", "")), "");
        /* 10.65.0.0/16 would be the old phones' network. */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "NotAllowed");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.65.0.1/16\"}]}"), "NotAllowed");
        CHECK_STR(DO(remove_reach, "{\"number\":1}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        CHECK_STR(DO(add_reach, RULE("site", "", "10.65.3.0/24", "any", "")), "InvalidValue to");
        CHECK_STR(DO(add_reach, RULE("site", "", "phones", "any", "")), "");
        fixture_end();
}

TEST(there_is_a_ceiling_for_rules)
{
        char json[256];

        fixture_begin();
        for (int i = 0; i < STORE_REACH_MAX; i++) {
                snprintf(json, sizeof json, RULE("site", "", "10.1.0.0/16", "udp", "%d"), i * 2 + 1);
                CHECK_STR(DO(add_reach, json), "");
        }
        CHECK_STR(DO(add_reach, RULE("site", "", "10.1.0.0/16", "tcp", "")), "NotAllowed");
        fixture_end();
}

TEST(a_profile_that_is_removed_takes_its_rules_along)
{
        begin();
        CHECK_STR(DO(add_reach, RULE("profile", "hall", "10.1.0.0/16", "any", "")), "");
        CHECK_STR(DO(add_reach, RULE("profile", "cellar", "10.1.0.0/16", "any", "")), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"hall\"}"), "");
        CHECK_STR(ASK(list_reach, "{}"), "");
        CHECK_EQ_INT(fixture_count("reach"), 1);
        CHECK_STR(fixture_get("reach.0.owner"), "cellar");
        fixture_end();
}
