/*
 * The configuration files of box against tests/golden/box/: one folder per
 * kind of site. PROVOST_GOLDEN_WRITE=1 writes them anew, for a person to read.
 */
#include <errno.h>

#include "appliance/base/writer.h"
#include "appliance/box/clock_text.h"
#include "appliance/box/edge_text.h"
#include "appliance/box/firewall_text.h"
#include "appliance/box/network_text.h"
#include "tests/support/test.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define SIZE 32768

typedef void (*render)(struct writer *w, const struct box_model *m);

static const struct { const char *name; render text; } files[] = {
        {"lan.network", network_text_lan},
        {"uplink.network", network_text_uplink},
        {"tunnel.netdev", network_text_tunnel_device},
        {"tunnel.network", network_text_tunnel},
        {"legacy.netdev", network_text_legacy_device},
        {"legacy.network", network_text_legacy},
        {"others.network", network_text_others},
        {"firewall.nft", firewall_text},
        {"chrony.conf", clock_text},
        {"clock.environment", clock_text_environment},
        {"nginx.conf", edge_text},
};

static void check_file(const char *folder, const char *name, const char *text)
{
        char path[256], expected[SIZE] = "";
        FILE *file;

        snprintf(path, sizeof path, "tests/golden/box/%s/%s", folder, name);
        if (getenv("PROVOST_GOLDEN_WRITE")) {
                file = fopen(path, "we");
                CHECK(file);
                fputs(text, file);
                fclose(file);
                return;
        }
        file = fopen(path, "re");
        CHECK(file);
        expected[fread(expected, 1, sizeof expected - 1, file)] = 0;
        fclose(file);
        if (strcmp(expected, text) != 0)
                TEST_FAIL("%s differs from what box writes now; see PROVOST_GOLDEN_WRITE in this file", path);
}

static void check_folder(const char *folder, const struct box_model_value *values, size_t n_values, bool is_container)
{
        char problem[BOX_MODEL_PROBLEM_SIZE], *text = malloc(SIZE);
        struct box_model m;

        CHECK(text);
        CHECK_EQ_INT(box_model_from_values(values, n_values, &m, problem), 0);
        m.is_container = is_container;
        m.has_reach = m.is_legacy || m.vpn_tcp_port;
        for (size_t i = 0; i < COUNT(files); i++) {
                struct writer w = writer_of(text, SIZE);

                files[i].text(&w, &m);
                CHECK_EQ_INT(writer_finish_text(&w), 0);
                check_file(folder, files[i].name, text);
        }
        box_model_done(&m);
        free(text);
}

TEST(a_site_with_an_uplink_by_dhcp_and_a_phone_ca)
{
        static const struct box_model_value values[] = {
                {"lan_address", "192.168.10.1/24"},
                {"phone_ca", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
        };

        check_folder("dhcp", values, COUNT(values), true);
}

TEST(a_site_with_one_card)
{
        static const struct box_model_value values[] = {{"lan_address", "192.168.10.1/24"}, {"uplink_address", "none"}};

        check_folder("one-card", values, COUNT(values), false);
}

TEST(a_site_with_a_fixed_uplink_and_all_numbers_changed)
{
        static const struct box_model_value values[] = {
                {"lan_interface", "enp1s0"}, {"lan_address", "10.1.2.3/20"}, {"uplink_interface", "enp2s0"},
                {"uplink_address", "203.0.113.5/29"}, {"uplink_gateway", "203.0.113.1"}, {"vpn_port", "443"},
                {"tunnel_address", "172.20.0.1/20"}, {"vpn_tcp_port", "20443"}, {"reach_nat", "off"},
        };

        check_folder("fixed", values, COUNT(values), false);
}

TEST(a_site_with_old_phones_and_rules_of_reach)
{
        static const struct box_model_value values[] = {
                {"lan_address", "192.168.10.1/24"}, {"legacy", "on"}, {"vpn_tcp_port", "11940"},
                {"phone_ca", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
        };

        check_folder("old-phones", values, COUNT(values), false);
}

TEST(a_box_without_a_site_has_the_page_on_every_card_and_nothing_for_phones)
{
        static const struct { const char *name; render text; } setup[] = {
                {"setup.network", network_text_setup}, {"setup-first.network", network_text_setup_first}, {"firewall.nft", firewall_text}, {"nginx.conf", edge_text}};
        char *text = malloc(SIZE);
        struct box_model m;

        CHECK(text);
        CHECK_EQ_INT(box_model_for_setup(NULL, 0, &m), 0);
        for (size_t i = 0; i < COUNT(setup); i++) {
                struct writer w = writer_of(text, SIZE);

                setup[i].text(&w, &m);
                CHECK_EQ_INT(writer_finish_text(&w), 0);
                check_file("setup", setup[i].name, text);
                CHECK(!strstr(text, "tun-phones") || strstr(setup[i].name, "firewall"));
                CHECK(!strstr(text, "edge-p256") && !strstr(text, "dport 443") && !strstr(text, "1194"));
        }
        box_model_done(&m);
        free(text);
}

static char *rendered(render text, const struct box_model *m)
{
        char *buffer = malloc(SIZE);
        struct writer w = writer_of(buffer, SIZE);

        text(&w, m);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        return buffer;
}

TEST(the_set_of_blocked_phones_is_never_emptied)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .lan_prefix = 8, .vpn_port = 1194,
                              .tunnel_address = 0x0a400001, .tunnel_prefix = 16};
        char *text = rendered(firewall_text, &m);

        CHECK(strstr(text, "add set inet provost blocked4"));
        CHECK(strstr(text, "add map inet provost phone_group4"));
        CHECK(strstr(text, "add set inet provost reach4"));
        CHECK(strstr(text, "add set inet provost reach_icmp4"));
        CHECK(!strstr(text, "flush map"));
        CHECK(!strstr(text, "flush set"));
        CHECK(!strstr(text, "flush table"));
        CHECK(!strstr(text, "flush ruleset"));
        CHECK(!strstr(text, "delete"));
        free(text);
}

TEST(blocked_phones_are_dropped_before_anything_is_accepted)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .lan_prefix = 8, .vpn_port = 1194,
                              .tunnel_address = 0x0a400001, .tunnel_prefix = 16};
        char *text = rendered(firewall_text, &m);
        const char *blocked = strstr(text, "@blocked4"), *accept = strstr(text, " accept\n");

        CHECK(blocked && accept && blocked < accept);
        free(text);
}

TEST(a_phone_lan_client_reaches_nothing_but_443_vpn_and_time)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .lan_prefix = 8, .vpn_port = 1194,
                              .tunnel_address = 0x0a400001, .tunnel_prefix = 16};
        char *text = rendered(firewall_text, &m), *chain = strstr(text, "\tchain from_lan {");
        size_t n_accept = 0;

        CHECK(chain);
        *strstr(chain, "\t}\n") = 0;
        for (const char *at = chain; (at = strstr(at, "accept")); at++)
                n_accept++;
        CHECK_EQ_INT(n_accept, 2);
        CHECK(strstr(chain, "tcp dport { 443 } accept"));
        CHECK(strstr(chain, "udp dport { 123, 1194 } accept"));
        CHECK(strstr(chain, "\t\tcounter drop\n"));
        free(text);
}

static const struct box_model plain = {.lan_interface = "eth0", .lan_address = 0x0a000001, .lan_prefix = 8, .uplink_interface = "eth1",
                                       .uplink = BOX_MODEL_UPLINK_DHCP, .vpn_port = 1194, .tunnel_address = 0x0a400001, .tunnel_prefix = 16,
                                       .legacy_port = 1195, .legacy_https_port = 8443, .legacy_address = 0x0a410001, .legacy_prefix = 16,
                                       .is_nat = true, .phone_ca = (char *)""};

/* The text of one chain or block, up to the line that ends it. */
static char *block(char *text, const char *head, const char *end)
{
        char *start = strstr(text, head), *stop = start ? strstr(start, end) : NULL;

        CHECK(start && stop);
        *stop = 0;
        return start;
}

TEST(without_a_rule_nothing_is_forwarded_nor_tracked)
{
        char *text = rendered(firewall_text, &plain);

        CHECK_STR(block(text, "\tchain forward {\n", "\t}\n"), "\tchain forward {\n\t\tcounter drop\n");
        free(text);
        text = rendered(firewall_text, &plain);
        CHECK(!strstr(text, "masquerade"));
        CHECK(!strstr(text, "redirect"));
        CHECK(strstr(text, "\t\tiifname \"eth0\" notrack\n"));
        free(text);
}

TEST(what_comes_from_a_card_that_is_no_tunnel_is_forwarded_as_an_answer_only)
{
        struct box_model m = plain;
        char *text, *chain;

        m.has_reach = true;
        text = rendered(firewall_text, &m);
        chain = block(text, "\tchain forward {\n", "\t}\n");
        CHECK(!strstr(chain, "accept"));
        CHECK(strstr(chain, "ip saddr @blocked4 counter drop\n\t\tip daddr @blocked4 counter drop\n"));
        CHECK(strstr(chain, "iifname \"tun-phones\" jump reach_out\n\t\toifname \"tun-phones\" jump reach_back\n\t\tcounter drop\n"));
        free(text);
        text = rendered(firewall_text, &m);
        chain = block(text, "\tchain reach_back {\n", "\t}\n");
        CHECK(strstr(chain, "ct direction != reply counter drop") < strstr(chain, "@reach4 accept"));
        free(text);
}

TEST(answers_to_phones_come_to_no_port_of_ours)
{
        static const struct { uint16_t ports[5]; const char *range; } cases[] = {
                {{1194, 0, 1195, 8443, 9443}, "15000-22999"}, {{15000, 0, 1195, 8443, 9443}, "23000-30999"},
                {{22999, 23000, 31000, 39000, 47000}, "55000-62999"}, {{62999, 54999, 46999, 38999, 30999}, "15000-22999"},
                {{23000, 15000, 1195, 8443, 9443}, "31000-38999"},
        };

        for (size_t i = 0; i < COUNT(cases); i++) {
                struct box_model m = plain;
                char *text;

                m.has_reach = true;
                m.vpn_port = cases[i].ports[0];
                m.vpn_tcp_port = cases[i].ports[1];
                m.legacy_port = cases[i].ports[2];
                m.legacy_https_port = cases[i].ports[3];
                m.admin_port = cases[i].ports[4];
                text = rendered(firewall_text, &m);
                CHECK(strstr(text, cases[i].range));
                free(text);
        }
}

TEST(the_old_phones_ports_are_not_open_on_the_uplink)
{
        struct box_model m = plain;
        char *text, *chain;

        m.is_legacy = true;
        text = rendered(firewall_text, &m);
        chain = block(text, "\tchain from_uplink {\n", "\t}\n");
        CHECK(!strstr(chain, "1195"));
        CHECK(!strstr(chain, "8443"));
        free(text);
}

TEST(old_tls_is_in_the_old_phones_listeners_alone)
{
        struct box_model m = plain;
        char *text = rendered(edge_text, &m), *server;

        CHECK(!strstr(text, "SECLEVEL"));
        CHECK(!strstr(text, "edge-legacy"));
        CHECK(!strstr(text, "8443"));
        free(text);
        m.is_legacy = true;
        text = rendered(edge_text, &m);
        server = strstr(text, "listen 10.0.0.1:8443 ssl");
        CHECK(server);
        *server = 0;
        CHECK(strstr(text, "listen 10.0.0.1:443 ssl") && strstr(text, "listen 10.64.0.1:443 ssl"));
        CHECK(!strstr(text, "SECLEVEL"));
        CHECK(!strstr(text, "TLSv1 "));
        CHECK(strstr(server + 1, "SECLEVEL=0"));
        CHECK(strstr(server + 1, "listen 10.65.0.1:443 ssl"));
        free(text);
}

TEST(in_the_tunnel_bundles_are_bootstraps_and_all_else_is_settings)
{
        char *text = rendered(edge_text, &plain), *server = strstr(text, "listen 10.64.0.1:443 ssl");

        CHECK(server);
        CHECK(strstr(server, "\t\tlocation /vpn/ {\n"));
        CHECK(strstr(strstr(server, "\t\tlocation /vpn/ {\n"), "proxy_pass http://bootstrap;\n"));
        CHECK(strstr(strstr(server, "\t\tlocation / {\n"), "proxy_pass http://settings;\n"));
        CHECK(strstr(strstr(server, "\t\tlocation @station {\n"), "proxy_pass http://$station_in_tunnel;\n"));
        *server = 0;
        CHECK(!strstr(text, "\t\tlocation /vpn/ {\n"));
        free(text);
}

TEST(a_clock_that_is_only_a_floor_is_served_with_a_bad_stratum)
{
        struct box_model m = plain;
        char *text = rendered(clock_text, &m);

        CHECK(strstr(text, "local stratum 10\n"));
        free(text);
        m.is_clock_a_floor = true;
        text = rendered(clock_text, &m);
        CHECK(strstr(text, "local stratum 14\n"));
        free(text);
}

TEST(no_header_of_a_client_passes_for_one_of_ours)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .phone_ca = (char *)""};
        char *text = rendered(edge_text, &m);

        CHECK(strstr(text, "proxy_pass_request_headers off;"));
        /* The page's own header is a browser's to send: that it can is what shows where a request comes from. */
        for (const char *at = text; (at = strstr(at, "$http_x_provost")); at++)
                CHECK(strncmp(at, "$http_x_provost_request;", strlen("$http_x_provost_request;")) == 0);
        CHECK(!strstr(text, "$http_x_ssl"));
        CHECK(!strstr(text, "$http_x_forwarded"));
        free(text);
}

TEST(every_answer_of_the_page_has_its_headers)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .phone_ca = (char *)"", .admin_port = 9443};
        char *text = rendered(edge_text, &m), *server = strstr(text, "listen 9443 ssl"), *first_location;
        size_t n = 0;

        CHECK(server);
        first_location = strstr(server, "location ");
        for (char *at = server; (at = strstr(at, "add_header ")); at++, n++) {
                /* One in a location would take all the others away from it. */
                CHECK(at < first_location);
                CHECK(strstr(at, " always;") < strchr(at, '\n'));
        }
        CHECK_EQ_INT(n, 8);
        free(text);
}

TEST(without_a_phone_ca_no_client_certificate_is_asked_for)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .phone_ca = (char *)""};
        char *text = rendered(edge_text, &m);

        CHECK(!strstr(text, "ssl_verify_client"));
        free(text);
}

TEST(a_text_that_does_not_fit_is_refused_not_cut)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .phone_ca = (char *)""};
        char small[1000];
        struct writer w = writer_of(small, sizeof small);

        edge_text(&w, &m);
        CHECK_EQ_INT(writer_finish_text(&w), PV_ETOOLARGE);
}
