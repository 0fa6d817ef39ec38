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
 * What is the same on every site. The tun device is persistent and made by networkd, addresses and routes are its
 * business; OpenVPN runs without any capability. disable-dco: the kernel's data channel wants to make its own device.
 * AEAD ciphers only, so that DCO stays possible. tls-auth and not tls-crypt: phones' old clients know only that one.
 * max-clients and connect-freq-initial: the defaults (1024; 100 in 10 s) would refuse phones after a power cut of
 * the site. hand-window 30: a phone whose handshake was lost tries again soon.
 * management-hold: no phone is heard before session can answer. auth-user-pass-optional: phones have certificates
 * and no password. management-client-auth without management-client: the server survives session.
 */
static const char fixed[] =
        "mode server\n"
        "tls-server\n"
        "dev tun-phones\n"
        "dev-type tun\n"
        "disable-dco\n"
        "topology subnet\n"
        "ifconfig-noexec\n"
        "route-noexec\n"
        "script-security 0\n"
        "persist-tun\n"
        "dh none\n"
        "remote-cert-tls client\n"
        "tls-version-min 1.2\n"
        "tls-cert-profile preferred\n"
        "data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305\n"
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
        "verb 1\n"
        "key-direction 0\n";

static void write_block(struct writer *w, const char *name, const char *first, const char *second)
{
        writer_format(w, "<%s>\n", name);
        writer_text(w, first);
        writer_text(w, second);
        writer_format(w, "</%s>\n", name);
}

int session_config_build(const struct site *site, const struct session_config_keys *keys, const char *directory,
                         char ret[static SESSION_CONFIG_MAX], size_t *ret_size)
{
        struct writer w = writer_of(ret, SESSION_CONFIG_MAX);
        char address[TEXT_IPV4_SIZE], mask[TEXT_IPV4_SIZE];

        text_from_ipv4(site->tunnel_address, address);
        text_from_ipv4(text_ipv4_mask(site->tunnel_prefix), mask);
        writer_text(&w, "# Written by provost-session; changes are lost.\n");
        writer_format(&w, "proto udp4\nport %u\n", (unsigned)site->vpn_port);
        writer_format(&w, "ifconfig %s %s\n", address, mask);
        writer_format(&w, "push \"topology subnet\"\npush \"route-gateway %s\"\n", address);
        writer_format(&w, "management %s/mgmt.sock unix\n", directory);
        writer_text(&w, fixed);
        write_block(&w, "ca", keys->authorities, "");
        write_block(&w, "cert", keys->certificate, keys->issuing);
        write_block(&w, "key", keys->private_key, "");
        write_block(&w, "tls-auth", keys->tls_auth, "");
        if (writer_finish_text(&w) < 0)
                return w.error;
        *ret_size = writer_used(&w);
        return 0;
}
