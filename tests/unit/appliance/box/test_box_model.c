/*
 * box_model: the values of a site, and that box and the site's model agree.
 */
#include "appliance/box/box_model.h"

#include "appliance/base/text.h"
#include "provisioning/model/site.h"
#include "tests/support/test.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int read(const struct box_model_value *values, size_t n, struct box_model *m, char *problem)
{
        return box_model_from_values(values, n, m, problem);
}

TEST(defaults_agree_with_the_model_of_the_site)
{
        static const struct box_model_value values[] = {{"lan_address", "192.168.10.1/24"}};
        static const struct site_value site_values[] = {
                {"lan_address", "192.168.10.1/24"}, {"pool_first", "192.168.10.100"}, {"pool_last", "192.168.10.200"}};
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct site_problem site_problem;
        struct box_model m;
        struct site site;

        CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
        CHECK_EQ_INT(site_from_values(site_values, COUNT(site_values), &site, &site_problem), 0);
        CHECK(site.complete);
        CHECK_STR(m.lan_interface, site.lan_interface);
        CHECK_EQ_INT(m.lan_address, site.lan_address);
        CHECK_EQ_INT(m.lan_prefix, site.lan_prefix);
        CHECK_STR(m.uplink_interface, site.uplink_interface);
        CHECK_EQ_INT(m.uplink == BOX_MODEL_UPLINK_DHCP, site.uplink == SITE_UPLINK_DHCP);
        CHECK_EQ_INT(m.vpn_port, site.vpn_port);
        CHECK_EQ_INT(m.tunnel_address, site.tunnel_address);
        CHECK_EQ_INT(m.tunnel_prefix, site.tunnel_prefix);
        CHECK_EQ_INT(m.vpn_tcp_port, site.vpn_tcp_port);
        CHECK_EQ_INT(m.is_legacy, site.legacy);
        CHECK_EQ_INT(m.legacy_port, site.legacy_port);
        CHECK_EQ_INT(m.legacy_https_port, site.legacy_https_port);
        CHECK_EQ_INT(m.legacy_address, site.legacy_address);
        CHECK_EQ_INT(m.legacy_prefix, site.legacy_prefix);
        CHECK_EQ_INT(m.is_nat, site.reach_nat);
        CHECK_EQ_INT(m.admin_port, site.admin_port);
        CHECK(site.admin_on == SITE_ADMIN_ON_BOTH && m.is_page_on_lan && m.is_page_on_uplink && !m.is_setup);
        CHECK_STR(m.phone_ca, "");
        box_model_done(&m);
}

TEST(a_site_without_an_address_says_what_to_do)
{
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        CHECK_EQ_INT(read(NULL, 0, &m, problem), PV_EUNSET);
        CHECK(strstr(problem, "provostctl site set lan_address="));
}

TEST(names_and_addresses_that_phones_dial_go_into_the_certificates)
{
        static const struct box_model_value values[] = {
                {"lan_address", "192.168.10.1/24"},
                {"vpn_host", "vpn.example.org"},
                {"bootstrap_url", "https://phones.example.org:443/{mac}.xml"},
        };
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
        CHECK_EQ_INT(m.n_names, 2);
        CHECK_STR(m.names[0], "vpn.example.org");
        CHECK_STR(m.names[1], "phones.example.org");
        CHECK_EQ_INT(m.n_addresses, 2);
        CHECK_EQ_INT(m.addresses[0], m.lan_address);
        CHECK_EQ_INT(m.addresses[1], m.tunnel_address);
        box_model_done(&m);
}

TEST(the_old_phones_gateway_is_in_the_certificates_while_there_is_one)
{
        static const struct box_model_value values[] = {{"lan_address", "192.168.10.1/24"}, {"legacy", "on"}};
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
        CHECK_EQ_INT(m.n_addresses, 3);
        CHECK_EQ_INT(m.addresses[2], 0x0a410001);
        box_model_done(&m);
}

TEST(an_address_named_twice_stands_once_in_the_certificates)
{
        static const struct box_model_value values[] = {
                {"lan_address", "192.168.10.1/24"}, {"vpn_host", "192.168.10.1"},
                {"bootstrap_url", "https://192.168.10.1/{mac}.xml"}};
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
        CHECK_EQ_INT(m.n_names, 0);
        CHECK_EQ_INT(m.n_addresses, 2);
        box_model_done(&m);
}

TEST(values_that_would_break_out_of_a_configuration_file_are_refused)
{
        static const struct box_model_value bad[] = {
                {"lan_interface", "eth0\" accept"}, {"lan_interface", "eth0\n[Network]"}, {"lan_interface", "-x"},
                {"lan_interface", "an-interface-too-long"}, {"uplink_interface", "eth1;"}, {"uplink_interface", "eth0"},
                {"lan_address", "192.168.10.1"}, {"lan_address", "192.168.10.1/33"}, {"lan_address", "1.2.3.4/0"},
                {"tunnel_address", "10.64.0.1/16 "}, {"vpn_port", "0"}, {"vpn_port", "65536"}, {"vpn_port", "1194;"},
                {"vpn_tcp_port", "0"}, {"legacy_port", "x"}, {"legacy_https_port", "99999"}, {"legacy_address", "10.65.0.1"},
                {"uplink_address", "maybe"}, {"uplink_gateway", "x"}, {"vpn_host", "a b"}, {"vpn_host", "a\"b"},
        };

        for (size_t i = 0; i < COUNT(bad); i++) {
                struct box_model_value values[] = {bad[i], {"lan_address", "192.168.10.1/24"}};
                char problem[BOX_MODEL_PROBLEM_SIZE];
                struct box_model m;

                CHECK_EQ_INT(read(values, COUNT(values), &m, problem), PV_EMALFORMED);
                CHECK(strstr(problem, bad[i].name));
                CHECK(text_is_printable(problem));
        }
}

TEST(an_empty_value_is_the_default)
{
        static const struct box_model_value values[] = {{"lan_address", "10.0.0.1/8"}, {"vpn_port", ""}};
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
        CHECK_EQ_INT(m.vpn_port, 1194);
        box_model_done(&m);
}

TEST(the_page_is_where_the_site_says_and_never_nowhere)
{
        static const struct { const char *uplink, *on; bool lan, is_uplink; } cases[] = {
                {"dhcp", "both", true, true}, {"dhcp", "lan", true, false}, {"dhcp", "uplink", false, true},
                {"none", "uplink", true, false}, {"none", "both", true, false},
        };
        char problem[BOX_MODEL_PROBLEM_SIZE];
        struct box_model m;

        for (size_t i = 0; i < COUNT(cases); i++) {
                const struct box_model_value values[] = {{"lan_address", "192.168.10.1/24"}, {"uplink_address", cases[i].uplink},
                                                         {"admin_on", cases[i].on}, {"admin_port", "8000"}};

                CHECK_EQ_INT(read(values, COUNT(values), &m, problem), 0);
                CHECK(m.is_page_on_lan == cases[i].lan && m.is_page_on_uplink == cases[i].is_uplink && m.admin_port == 8000);
                box_model_done(&m);
        }
}

TEST(before_there_is_a_site_only_the_port_of_the_page_is_read)
{
        static const struct box_model_value given[] = {{"lan_address", "nonsense"}, {"admin_port", "8000"}}, wrong[] = {{"admin_port", "x"}};
        struct box_model m;

        CHECK_EQ_INT(box_model_for_setup(given, COUNT(given), &m), 0);
        CHECK(m.is_setup && m.admin_port == 8000 && m.lan_address == 0);
        box_model_done(&m);
        CHECK_EQ_INT(box_model_for_setup(wrong, COUNT(wrong), &m), 0);
        CHECK_EQ_INT(m.admin_port, 9443);
        box_model_done(&m);
}
