/*
 * test_session_config: the server's configuration, and that it carries what the measurements of OpenVPN ask for.
 */
#include "tests/support/test.h"
#include "vpn/session/session_config.h"

static char text[SESSION_CONFIG_MAX];

static const struct session_config_keys keys = {
        .authorities = "AUTHORITIES\n", .issuing = "ISSUING\n", .certificate = "LEAF\n", .private_key = "KEY\n", .tls_auth = "STATIC\n",
};

static void build(void)
{
        const struct site site = {.vpn_port = 1195, .tunnel_address = 0x0a400001, .tunnel_prefix = 16};
        size_t size;

        CHECK_EQ_INT(session_config_build(&site, &keys, "/run/provost/openvpn", text, &size), 0);
        CHECK_EQ_INT(size, strlen(text));
}

/* A whole line of the file. */
static bool has(const char *line)
{
        size_t size = strlen(line);

        for (const char *at = text; (at = strstr(at, line)); at++)
                if ((at == text || at[-1] == '\n') && at[size] == '\n')
                        return true;
        return false;
}

TEST(the_site_gives_port_and_addresses)
{
        build();
        CHECK(has("port 1195"));
        CHECK(has("ifconfig 10.64.0.1 255.255.0.0"));
        CHECK(has("push \"route-gateway 10.64.0.1\""));
        CHECK(has("management /run/provost/openvpn/mgmt.sock unix"));
}

TEST(a_whole_site_may_come_back_at_once)
{
        build();
        CHECK(has("max-clients 4096"));
        CHECK(has("connect-freq-initial 4000 10"));
        CHECK(has("hash-size 4096 4096"));
        CHECK(has("rcvbuf 4194304"));
}

TEST(phones_notice_restarts_and_lost_handshakes_soon)
{
        build();
        CHECK(has("explicit-exit-notify 1"));
        CHECK(has("keepalive 10 30"));
        CHECK(has("hand-window 30"));
}

TEST(session_decides_and_certificate_only_phones_are_heard)
{
        build();
        CHECK(has("management-client-auth"));
        CHECK(has("auth-user-pass-optional"));
        CHECK(has("management-hold"));
        CHECK(has("management-client-user provost-session"));
        CHECK(!has("management-client"));
}

TEST(there_is_no_pool_no_script_no_way_between_clients_and_no_privilege)
{
        const char *const never[] = {"\nserver ", "\nifconfig-pool", "\nclient-to-client", "\nduplicate-cn", "\nup ", "\nplugin",
                                     "\nuser ", "\ncomp-lzo", "\ncompress", "\nlog", "CBC", "\nusername-as-common-name"};

        build();
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                CHECK(!strstr(text, never[i]));
        CHECK(has("script-security 0"));
        CHECK(has("ifconfig-noexec"));
        CHECK(has("disable-dco"));
}

TEST(certificates_are_checked_both_ways_with_tls_1_2_or_later)
{
        build();
        CHECK(has("remote-cert-tls client"));
        CHECK(has("tls-version-min 1.2"));
        CHECK(has("data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305"));
}

TEST(keys_are_inline_and_the_server_sends_its_chain)
{
        build();
        CHECK(strstr(text, "<ca>\nAUTHORITIES\n</ca>\n"));
        CHECK(strstr(text, "<cert>\nLEAF\nISSUING\n</cert>\n"));
        CHECK(strstr(text, "<key>\nKEY\n</key>\n"));
        CHECK(strstr(text, "key-direction 0\n"));
        CHECK(strstr(text, "<tls-auth>\nSTATIC\n</tls-auth>\n"));
}
