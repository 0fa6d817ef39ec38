/*
 * bundle: one phone's VPN configuration with its credentials inline.
 *
 * In:   keys and certificates from pki and store, hosts and ports of the site.
 * Out:  vpn.cnf, and the tar that holds it.
 * Not:  no decision who gets it.
 *
 * The configuration is read by OpenVPN 2.3 to 2.7 alike:
 * - `connect-retry 2 30`: 2.4 and later double the pause up to 30 s (their default is 300 s); 2.3 takes the
 *   first number and ignores the second (extra parameters are an error only since 2.4, which knows both).
 * - `cipher AES-256-CBC`: 2.4 and later negotiate AES-256-GCM with our server whatever this says, and the server
 *   offers no CBC to them. 2.3 ends at once ("mode not supported") when a GCM cipher stands here, so with this
 *   line it starts and the server's list alone decides whether it may come in.
 * - no `data-ciphers`: unknown before 2.5. No compression, no scripts.
 * - `remote HOST PORT udp`: the protocol behind the port, per remote, since 2.1; `tcp-client` is what 2.3 needs
 *   of a client and what 2.7 still takes.
 * - `server-poll-timeout 10`, when there are several remotes: a dead one costs ten seconds and not the 60 or 120 that
 *   a TLS handshake or 2.4's default may take.
 */
#include "vpn/bootstrap/bundle.h"

#include <stdbool.h>
#include <string.h>

#include "appliance/base/writer.h"
#include "vpn/bootstrap/bundle_tar.h"

#define MEMBER "vpn.cnf"

static const char directives[] =
        "client\n"
        "dev tun\n"
        "proto udp\n"
        "nobind\n"
        "persist-key\n"
        "persist-tun\n"
        "resolv-retry infinite\n"
        "connect-retry 2 30\n"
        "auth-retry nointeract\n"
        "remote-cert-tls server\n"
        "cipher AES-256-CBC\n"
        "push-peer-info\n"
        "verb 3\n"
        "key-direction 1\n";

/* PEM and nothing that could end the inline block it stands in. */
static bool is_inline(const char *text)
{
        size_t size = strlen(text);

        if (size == 0 || text[size - 1] != '\n')
                return false;
        for (size_t i = 0; i < size; i++)
                if ((text[i] < ' ' && text[i] != '\n') || text[i] == '<' || text[i] == 0x7f || (unsigned char)text[i] > 0x7f)
                        return false;
        return true;
}

static bool is_host(const char *host)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

        return *host && strspn(host, allowed) == strlen(host);
}

static void write_block(struct writer *w, const char *name, const char *first, const char *second)
{
        writer_format(w, "<%s>\n", name);
        writer_text(w, first);
        writer_text(w, second);
        writer_format(w, "</%s>\n", name);
}

size_t bundle_remotes(const struct site *site, bool is_legacy, struct bundle_remote ret_remotes[static BUNDLE_REMOTES_MAX])
{
        size_t n = 0;

        ret_remotes[n++] = (struct bundle_remote){site->vpn_host, is_legacy ? site->legacy_port : site->vpn_port, false};
        if (is_legacy)
                return n;
        if (*site->vpn_public_host)
                ret_remotes[n++] = (struct bundle_remote){site->vpn_public_host, site->vpn_public_port, false};
        if (site->vpn_tcp_port)
                ret_remotes[n++] = (struct bundle_remote){*site->vpn_public_host ? site->vpn_public_host : site->vpn_host,
                                                          site->vpn_public_tcp_port, true};
        return n;
}

static bool has_remotes(const struct bundle *bundle)
{
        for (size_t i = 0; i < bundle->n_remotes; i++)
                if (!is_host(bundle->remotes[i].host) || bundle->remotes[i].port == 0)
                        return false;
        return bundle->n_remotes > 0;
}

static void write_remotes(struct writer *w, const struct bundle *bundle)
{
        for (size_t i = 0; i < bundle->n_remotes; i++) {
                writer_text(w, "remote ");
                writer_line_value(w, bundle->remotes[i].host);
                writer_format(w, " %u %s\n", bundle->remotes[i].port, bundle->remotes[i].is_tcp ? "tcp-client" : "udp");
        }
        if (bundle->n_remotes > 1)
                writer_text(w, "server-poll-timeout 10\n");
}

int bundle_write_configuration(const struct bundle *bundle, void *buffer, size_t size, size_t *ret_used)
{
        struct writer w = writer_of(buffer, size);

        if (!has_remotes(bundle) || !is_inline(bundle->authorities) || !is_inline(bundle->certificate) ||
            (*bundle->issuing && !is_inline(bundle->issuing)) || !is_inline(bundle->private_key) || !is_inline(bundle->tls_auth))
                return PV_EREFUSED;
        writer_text(&w, directives);
        write_remotes(&w, bundle);
        write_block(&w, "ca", bundle->authorities, "");
        write_block(&w, "cert", bundle->certificate, bundle->issuing);
        write_block(&w, "key", bundle->private_key, "");
        write_block(&w, "tls-auth", bundle->tls_auth, "");
        if (w.error)
                return w.error;
        *ret_used = writer_used(&w);
        return 0;
}

int bundle_write(const struct bundle *bundle, void *buffer, size_t size, size_t *ret_used)
{
        char text[BUNDLE_MAX_BYTES / 2];
        struct writer w = writer_of(buffer, size);
        size_t used;
        int r = bundle_write_configuration(bundle, text, sizeof text, &used);

        if (!r) {
                bundle_tar_write(&w, MEMBER, text, used);
                r = w.error;
        }
        explicit_bzero(text, sizeof text);
        if (r)
                return r;
        *ret_used = writer_used(&w);
        return 0;
}
