/*
 * session_config: OpenVPN's server configuration.
 *
 * In:   the site, certificates and keys.
 * Out:  the text of server.conf.
 * Not:  no files (see session_files).
 */
#include "vpn/session/session_config.h"

#include "appliance/base/text.h"
#include "appliance/base/writer.h"

/*
 * What is the same on every site. A tun device is persistent and made by networkd, the kernel's by OpenVPN; addresses and routes are networkd's
 * business; OpenVPN runs without any capability, but for the kernel's data channel with one.
 * tls-auth and not tls-crypt: phones' old clients know only that one.
 * max-clients and connect-freq-initial: the defaults (1024; 100 in 10 s) would refuse phones after a power cut of
 * the site. hand-window 30: a phone whose handshake was lost tries again soon.
 * management-hold: no phone is heard before session can answer. auth-user-pass-optional: phones have certificates
 * and no password. management-client-auth without management-client: the server survives session.
 */
static const char fixed[] =
        "mode server\n"
        "tls-server\n"
        "dev-type tun\n"
        "topology subnet\n"
        "ifconfig-noexec\n"
        "route-noexec\n"
        "script-security 0\n"
        "persist-tun\n"
        "dh none\n"
        "remote-cert-tls client\n"
        "keepalive 10 30\n"
        "explicit-exit-notify 1\n"
        "hand-window 30\n"
        "max-clients 4096\n"
        "hash-size 4096 4096\n"
        "connect-freq-initial 4000 10\n"
        "rcvbuf 4194304\n"
        "sndbuf 4194304\n"
        "management-client-user provost-session\n"
        "management-hold\n"
        "management-client-auth\n"
        "auth-user-pass-optional\n"
        "suppress-timestamps\n"
        "key-direction 0\n";

static void write_block(struct writer *w, const char *name, const char *first, const char *second)
{
        writer_format(w, "<%s>\n", name);
        writer_text(w, first);
        writer_text(w, second);
        writer_format(w, "</%s>\n", name);
}

/*
 * Of two sockets each has a `local` line, which 2.7 knows; one alone is written as 2.6 knows it too. Both stand for every address
 * of the appliance: the firewall says on which cards they are open.
 */
static void write_ports(struct writer *w, enum session_class class, const struct site *site)
{
        unsigned port = class == SESSION_CLASS_LEGACY ? site->legacy_port : site->vpn_port;

        if (class == SESSION_CLASS_MODERN && site->vpn_tcp_port)
                writer_format(w, "local 0.0.0.0 %u udp4\nlocal 0.0.0.0 %u tcp4-server\n", port, (unsigned)site->vpn_tcp_port);
        else
                writer_format(w, "proto udp4\nport %u\n", port);
}

/*
 * verb 2 where TLS 1.0 is offered: then its log says with which version a phone came, and session can refuse those that may
 * not. OpenSSL takes TLS 1.0 and BF-CBC only with the security level 0 ("insecure") and its legacy provider: all phones of the process
 * are at that level then.
 */
static void write_strength(struct writer *w, enum session_class class, const struct site *site)
{
        const struct session_class_facts *facts = session_class_facts(class);
        bool is_insecure = class == SESSION_CLASS_LEGACY && *site->legacy_tls10_models;

        if (is_insecure)
                writer_format(w, "tls-version-min 1.0\ntls-cert-profile insecure\nproviders legacy default\n"
                              "data-ciphers %s:%s\nverb 2\n", facts->ciphers, facts->insecure_ciphers);
        else
                writer_format(w, "tls-version-min 1.2\ntls-cert-profile %s\ndata-ciphers %s\nverb 1\n",
                              class == SESSION_CLASS_LEGACY ? "legacy" : "preferred", facts->ciphers);
}

static void write_network(struct writer *w, enum session_class class, const struct site *site)
{
        bool is_legacy = class == SESSION_CLASS_LEGACY;
        char address[TEXT_IPV4_SIZE], mask[TEXT_IPV4_SIZE];

        text_from_ipv4(is_legacy ? site->legacy_address : site->tunnel_address, address);
        text_from_ipv4(text_ipv4_mask(is_legacy ? site->legacy_prefix : site->tunnel_prefix), mask);
        writer_format(w, "dev %s\nifconfig %s %s\n", session_class_facts(class)->device, address, mask);
        writer_format(w, "push \"topology subnet\"\npush \"route-gateway %s\"\n", address);
}

int session_config_build(enum session_class class, enum session_channel channel, const struct site *site, const struct session_config_keys *keys, const char *directory,
                         char ret[static SESSION_CONFIG_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, SESSION_CONFIG_MAX);

        writer_text(&w, "# Written by provost-session; changes are lost.\n");
        write_ports(&w, class, site);
        write_network(&w, class, site);
        write_strength(&w, class, site);
        writer_format(&w, "management %s/mgmt.sock unix\n", directory);
        writer_text(&w, fixed);
        if (channel != SESSION_CHANNEL_KERNEL)
                writer_text(&w, "disable-dco\n");
        write_block(&w, "ca", keys->authorities, "");
        write_block(&w, "cert", keys->certificate, keys->chain);
        write_block(&w, "key", keys->private_key, "");
        write_block(&w, "tls-auth", keys->tls_auth, "");
        if (writer_finish_text(&w) < 0)
                return w.error;
        *ret_size = writer_used(&w);
        return 0;
}
