/*
 * test_session_reach: rules of reach as elements, routes and sentences.
 */
#include "tests/support/test.h"
#include "vpn/session/session_reach.h"

static struct session_reach_rules rules;
static struct session_reach_set all;
static char text[65536];
static const struct site site = {.lan_address = 0x0a140001, .lan_prefix = 24, .tunnel_address = 0x0a400001, .tunnel_prefix = 16,
        .legacy_address = 0x0a410001, .legacy_prefix = 16, .vpn_host = "10.20.0.1", .vpn_public_host = "vpn.example.org"};

static void begin(void)
{
        rules.n_items = 0;
        all = (struct session_reach_set){0};
}

static void add(const char *to, const char *protocol, const char *ports)
{
        CHECK_EQ_INT(session_reach_rule_read((uint32_t)rules.n_items + 1, to, protocol, ports, "They may.", &rules.items[rules.n_items]), 0);
        session_reach_set_add(&all, rules.n_items++);
}

static const char *elements(const struct site *of)
{
        struct writer w = writer_of(text, sizeof text);

        CHECK_EQ_INT(session_reach_write(&w, &rules, &all, 3, of), 0);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        return text;
}

#define REACH4(list) "add element inet provost reach4 { " list " }\n"
#define ICMP4(list) "add element inet provost reach_icmp4 { " list " }\n"

TEST(a_rule_is_one_element)
{
        begin();
        add("192.168.10.0/24", "udp", "5060");
        CHECK_STR(elements(&site), REACH4("3 . 192.168.10.0-192.168.10.255 . udp . 5060-5060"));
}

TEST(any_is_udp_tcp_and_echo)
{
        begin();
        add("192.168.10.7/32", "any", "");
        CHECK_STR(elements(&site), REACH4("3 . 192.168.10.7-192.168.10.7 . udp . 0-65535")
                  REACH4("3 . 192.168.10.7-192.168.10.7 . tcp . 0-65535") ICMP4("3 . 192.168.10.7-192.168.10.7"));
}

/* nft refuses a set whose intervals overlap. */
TEST(rules_that_overlap_become_elements_that_do_not)
{
        begin();
        add("10.1.0.0/16", "udp", "5000-5100");
        add("10.1.2.0/24", "udp", "5060-6000 7000");
        CHECK_STR(elements(&site), REACH4("3 . 10.1.0.0-10.1.1.255 . udp . 5000-5100, "
                                          "3 . 10.1.2.0-10.1.2.255 . udp . 5000-6000, 3 . 10.1.2.0-10.1.2.255 . udp . 7000-7000, "
                                          "3 . 10.1.3.0-10.1.255.255 . udp . 5000-5100"));
}

TEST(rules_that_say_the_same_twice_are_one_element)
{
        begin();
        add("10.1.0.0/16", "tcp", "80");
        add("10.1.2.0/24", "tcp", "80");
        add("10.2.0.0/16", "tcp", "80");
        CHECK_STR(elements(&site), REACH4("3 . 10.1.0.0-10.2.255.255 . tcp . 80-80"));
}

TEST(the_last_address_of_all_is_no_trap)
{
        begin();
        add("128.0.0.0/1", "tcp", "65535");
        CHECK_STR(elements(&site), REACH4("3 . 128.0.0.0-255.255.255.255 . tcp . 65535-65535"));
}

TEST(other_phones_are_the_tunnel_networks_that_there_are)
{
        struct site with_legacy = site;

        begin();
        add("phones", "udp", "10000-20000");
        CHECK_STR(elements(&site), REACH4("3 . 10.64.0.0-10.64.255.255 . udp . 10000-20000"));
        with_legacy.legacy = true;
        CHECK_STR(elements(&with_legacy), REACH4("3 . 10.64.0.0-10.65.255.255 . udp . 10000-20000"));
}

TEST(a_list_without_rules_has_no_elements)
{
        begin();
        add("10.1.0.0/16", "tcp", "80");
        all = (struct session_reach_set){0};
        CHECK_STR(elements(&site), "");
}

TEST(as_many_rules_as_there_may_be_are_told)
{
        char to[32];

        begin();
        for (unsigned i = 0; i < SESSION_REACH_RULES_MAX; i++) {
                snprintf(to, sizeof to, "10.%u.0.0/16", i % 200);
                add(to, "any", i % 2 ? "1-9 20-29 40-49 60" : "5-25 100");
        }
        CHECK(strstr(elements(&site), "10.199.0.0-10.199.255.255 . tcp"));
}

TEST(texts_of_the_store_that_are_unfit_make_no_rule)
{
        static const char *const bad[][3] = {
                {"10.1.0.0", "udp", ""}, {"10.1.0.0/33", "udp", ""}, {"phone", "udp", ""}, {"10.1.0.0/16", "sctp", ""},
                {"10.1.0.0/16", "udp", "x"}, {"10.1.0.0/16", "udp", "9-1"}, {"10.1.0.0/16", "udp", "70000"}, {"10.1.0.0/16", "udp", "1-"},
                {"10.1.0.0/16", "udp", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"},
        };
        struct session_reach_rule rule;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(session_reach_rule_read(1, bad[i][0], bad[i][1], bad[i][2], "", &rule), PV_EMALFORMED);
}

/* --- routes -------------------------------------------------------------------- */

static const char *routes_of(const struct site *of, bool is_legacy, uint32_t outside)
{
        struct session_reach_routes routes;
        size_t used = 0;

        session_reach_routes_of(&rules, &all, of, is_legacy, outside, &routes);
        *text = 0;
        for (size_t i = 0; i < routes.n_items; i++)
                used += (size_t)snprintf(text + used, sizeof text - used, "%08x/%u ", routes.items[i].address, routes.items[i].prefix);
        return text;
}

TEST(each_network_is_a_route_and_those_inside_others_are_not)
{
        begin();
        add("192.168.10.0/24", "udp", "5060");
        add("192.168.10.7/32", "tcp", "");
        add("10.1.2.0/24", "udp", "");
        add("10.1.0.0/16", "tcp", "443");
        add("192.168.10.0/24", "tcp", "");
        CHECK_STR(routes_of(&site, false, 0), "0a010000/16 c0a80a00/24 ");
}

TEST(a_network_that_holds_what_the_phone_dials_is_no_route)
{
        struct site far = site;

        begin();
        add("10.20.0.0/16", "udp", "");
        add("198.51.100.0/24", "udp", "");
        CHECK_STR(routes_of(&site, false, 0), "c6336400/24 ");
        snprintf(far.vpn_public_host, sizeof far.vpn_public_host, "198.51.100.9");
        CHECK_STR(routes_of(&far, false, 0), "");
}

TEST(the_phone_lan_is_a_route_for_phones_elsewhere_only)
{
        struct site named = site;

        begin();
        snprintf(named.vpn_host, sizeof named.vpn_host, "phones.example.org");
        add("10.20.0.0/24", "udp", "");
        CHECK_STR(routes_of(&named, false, 0x0a140030), "");
        CHECK_STR(routes_of(&named, false, 0xc6336407), "0a140000/24 ");
}

TEST(other_phones_of_the_other_process_are_a_route)
{
        struct site with_legacy = site;

        begin();
        add("phones", "any", "");
        CHECK_STR(routes_of(&site, false, 0), "");
        with_legacy.legacy = true;
        CHECK_STR(routes_of(&with_legacy, false, 0), "0a410000/16 ");
        CHECK_STR(routes_of(&with_legacy, true, 0), "0a400000/16 ");
}

TEST(more_networks_than_fit_are_counted)
{
        struct session_reach_routes routes;
        char to[32];

        begin();
        for (unsigned i = 0; i < 100; i++) {
                snprintf(to, sizeof to, "172.16.%u.0/25", i);
                add(to, "udp", "");
        }
        session_reach_routes_of(&rules, &all, &site, false, 0, &routes);
        CHECK_EQ_INT(routes.n_items, SESSION_REACH_ROUTES_MAX);
        CHECK_EQ_INT(routes.n_left_out, 100 - SESSION_REACH_ROUTES_MAX);
}

/* --- groups and sentences --------------------------------------------------------- */

TEST(phones_of_the_same_rules_are_one_group)
{
        static struct session_reach_groups groups;
        struct session_reach_set one = {0}, other = {0};

        groups.n_items = 0;
        session_reach_set_add(&one, 200);
        CHECK_EQ_INT(session_reach_group_of(&groups, &one), 1);
        CHECK_EQ_INT(session_reach_group_of(&groups, &other), 2);
        CHECK_EQ_INT(session_reach_group_of(&groups, &one), 1);
        CHECK(session_reach_set_has(&one, 200));
        CHECK(!session_reach_set_has(&one, 201));
}

TEST(more_groups_than_there_may_be_are_none)
{
        static struct session_reach_groups groups;
        struct session_reach_set set = {0};

        groups.n_items = 0;
        for (uint64_t i = 0; i < SESSION_REACH_GROUPS_MAX; i++) {
                set.words[0] = i;
                CHECK_EQ_INT(session_reach_group_of(&groups, &set), i + 1);
        }
        set.words[0] = UINT64_MAX;
        CHECK_EQ_INT(session_reach_group_of(&groups, &set), 0);
}

TEST(people_read_the_sentences_of_the_rules_or_that_there_is_none)
{
        struct writer w = writer_of(text, sizeof text);
        const struct session_reach_set none = {0};

        begin();
        add("10.1.0.0/16", "tcp", "80");
        add("10.2.0.0/16", "tcp", "80");
        session_reach_tell(&w, &rules, &all);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        CHECK_STR(text, "They may. They may.");
        w = writer_of(text, sizeof text);
        session_reach_tell(&w, &rules, &none);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        CHECK_STR(text, "Nothing beyond the appliance.");
}
