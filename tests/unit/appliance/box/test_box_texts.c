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

TEST(no_header_of_a_client_passes_for_one_of_ours)
{
        struct box_model m = {.lan_interface = "eth0", .lan_address = 0x0a000001, .phone_ca = (char *)""};
        char *text = rendered(edge_text, &m);

        CHECK(strstr(text, "proxy_pass_request_headers off;"));
        CHECK(!strstr(text, "$http_x_provost"));
        CHECK(!strstr(text, "$http_x_ssl"));
        CHECK(!strstr(text, "$http_x_forwarded"));
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
