/*
 * test_session_config: the server's configuration, and that it carries what the measurements of OpenVPN ask for.
 */
#include "tests/support/test.h"
#include "vpn/session/session_config.h"

static char text[SESSION_CONFIG_MAX];
static enum session_channel channel;

static const struct session_config_keys keys = {
        .authorities = "AUTHORITIES\n", .chain = "ISSUING\n", .certificate = "LEAF\n", .private_key = "KEY\n", .tls_auth = "STATIC\n",
};

static void build_of(enum session_class class, uint16_t tcp_port, const char *tls10_models)
{
        struct site site = {.vpn_port = 1195, .tunnel_address = 0x0a400001, .tunnel_prefix = 16, .vpn_tcp_port = tcp_port,
                .legacy = true, .legacy_port = 1196, .legacy_address = 0x0a410001, .legacy_prefix = 20};
        size_t size;

        snprintf(site.legacy_tls10_models, sizeof site.legacy_tls10_models, "%s", tls10_models);
        CHECK_EQ_INT(session_config_build(class, channel, &site, &keys, "/run/provost/openvpn", text, &size), 0);
        CHECK_EQ_INT(size, strlen(text));
}

static void build(void)
{
        build_of(SESSION_CLASS_MODERN, 0, "");
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

TEST(over_tcp_there_are_two_sockets_in_one_process)
{
        build_of(SESSION_CLASS_MODERN, 8443, "");
        CHECK(has("local 0.0.0.0 1195 udp4"));
        CHECK(has("local 0.0.0.0 8443 tcp4-server"));
        CHECK(!strstr(text, "\nport "));
        CHECK(!strstr(text, "\nproto "));
}

TEST(the_old_phones_process_has_its_own_port_device_and_network)
{
        build_of(SESSION_CLASS_LEGACY, 8443, "");
        CHECK(has("port 1196"));
        CHECK(!strstr(text, "8443"));
        CHECK(has("dev tun-legacy"));
        CHECK(has("ifconfig 10.65.0.1 255.255.240.0"));
        CHECK(has("push \"route-gateway 10.65.0.1\""));
}

TEST(the_old_phones_process_takes_cbc_but_nothing_weaker)
{
        build_of(SESSION_CLASS_LEGACY, 0, "");
        CHECK(has("data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305:AES-256-CBC:AES-128-CBC"));
        CHECK(has("tls-version-min 1.2"));
        CHECK(!strstr(text, "BF-CBC"));
        CHECK(!strstr(text, "insecure"));
        CHECK(!strstr(text, "providers"));
}

TEST(with_a_named_model_the_old_phones_process_takes_tls_1_0_and_bf_and_says_which_version_came)
{
        build_of(SESSION_CLASS_LEGACY, 0, "snom300");
        CHECK(has("tls-version-min 1.0"));
        CHECK(has("tls-cert-profile insecure"));
        CHECK(has("providers legacy default"));
        CHECK(has("data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305:AES-256-CBC:AES-128-CBC:BF-CBC"));
        CHECK(has("verb 2"));
}

TEST(a_named_model_changes_nothing_in_the_modern_process)
{
        build_of(SESSION_CLASS_MODERN, 0, "snom300");
        CHECK(has("tls-version-min 1.2"));
        CHECK(has("tls-cert-profile preferred"));
        CHECK(!strstr(text, "CBC"));
}

TEST(the_kernel_encrypts_only_where_session_found_its_device)
{
        build();
        CHECK(has("disable-dco"));
        channel = SESSION_CHANNEL_KERNEL;
        build();
        channel = SESSION_CHANNEL_USER;
        CHECK(!has("disable-dco"));
}
