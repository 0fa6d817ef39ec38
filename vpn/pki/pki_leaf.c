/*
 * pki_leaf: certificates of phones, of the VPN server and of the edge.
 *
 * In:   the CA, names that are already checked, the clock.
 * Out:  pairs; the appliance's own are kept in the vault.
 * Not:  no files outside of the vault (see pki_edge).
 */
#include "vpn/pki/pki_leaf.h"

#include "appliance/base/log.h"
#include "vpn/pki/pki_pem.h"

#define VPN_SERVER_FILE "vpn-server"
#define VPN_SERVER_NAME "vpn.provost"
#define EDGE_FILE "edge"
#define EDGE_NAME "edge.provost"

int pki_leaf_client(const struct pki_authority *authority, const struct pki_times *times, const char *common_name,
                    enum pki_certificate_key key, struct pki_certificate_pair *ret_pair)
{
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_CLIENT, .key = key, .common_name = common_name,
                .span = pki_times_span(times, PKI_TIMES_LEAF)}, &authority->issuing, ret_pair);
}

static int server(const struct pki_authority *authority, const struct pki_times *times, const char *common_name,
                  enum pki_certificate_key key, const struct pki_certificate_names *names,
                  struct pki_certificate_pair *ret_pair)
{
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_SERVER, .key = key, .common_name = common_name,
                .names = names ? *names : (struct pki_certificate_names){0},
                .span = pki_times_span(times, PKI_TIMES_LEAF)}, &authority->issuing, ret_pair);
}

static bool is_good(const struct pki_certificate_pair *pair, const struct pki_authority *authority,
                    const struct pki_times *times)
{
        struct pki_certificate_facts facts;

        return pki_certificate_is_sound(pair, authority->issuing.certificate) &&
               pki_certificate_read(pair->certificate, &facts) == 0 &&
               !pki_times_is_due(times, &facts.span, PKI_TIMES_LEAF);
}

/* What the appliance made for itself can be made again; only the log learns that the file was broken. */
static int kept(const struct pki_vault *vault, const char *file, struct pki_certificate_pair *ret_pairs, size_t n_pairs)
{
        int result = pki_pem_get(vault, file, ret_pairs, n_pairs);

        if (result < 0 && result != PV_EUNSET)
                log_reason(LOG_LEVEL_WARNING, "leaf-broken",
                           "The file %s.sealed cannot be read (%s); new certificates are made in its place.", file,
                           pv_error_text(result));
        return result;
}

int pki_leaf_vpn_server(const struct pki_vault *vault, const struct pki_authority *authority,
                        const struct pki_times *times, struct pki_certificate_pair *ret_pair)
{
        struct pki_certificate_pair pair = {0};
        int result;

        if (kept(vault, VPN_SERVER_FILE, &pair, 1) == 0 && is_good(&pair, authority, times)) {
                *ret_pair = pair;
                return 0;
        }
        pki_certificate_pair_done(&pair);
        result = server(authority, times, VPN_SERVER_NAME, PKI_CERTIFICATE_KEY_P256, NULL, &pair);
        if (result == 0)
                result = pki_pem_put(vault, VPN_SERVER_FILE, &pair, 1);
        if (result < 0) {
                pki_certificate_pair_done(&pair);
                return result;
        }
        *ret_pair = pair;
        return 0;
}

static bool are_good(const struct pki_certificate_pair *pairs, const struct pki_authority *authority,
                     const struct pki_times *times, const struct pki_certificate_names *names)
{
        for (size_t i = 0; i < PKI_LEAF_N_EDGE; i++)
                if (!is_good(&pairs[i], authority, times) || !pki_certificate_is_for(pairs[i].certificate, names))
                        return false;
        return true;
}

static int make_edge(const struct pki_vault *vault, const struct pki_authority *authority,
                     const struct pki_times *times, const struct pki_certificate_names *names,
                     struct pki_certificate_pair *pairs)
{
        int result = server(authority, times, EDGE_NAME, PKI_CERTIFICATE_KEY_P256, names, &pairs[PKI_LEAF_EDGE_P256]);

        if (result == 0)
                result = server(authority, times, EDGE_NAME, PKI_CERTIFICATE_KEY_RSA2048, names, &pairs[PKI_LEAF_EDGE_RSA]);
        if (result == 0)
                result = pki_pem_put(vault, EDGE_FILE, pairs, PKI_LEAF_N_EDGE);
        return result;
}

int pki_leaf_edge(const struct pki_vault *vault, const struct pki_authority *authority, const struct pki_times *times,
                  const struct pki_certificate_names *names, struct pki_certificate_pair ret_pairs[static PKI_LEAF_N_EDGE])
{
        struct pki_certificate_pair pairs[PKI_LEAF_N_EDGE] = {0};
        int result = 0;

        if (kept(vault, EDGE_FILE, pairs, PKI_LEAF_N_EDGE) < 0 || !are_good(pairs, authority, times, names)) {
                for (size_t i = 0; i < PKI_LEAF_N_EDGE; i++)
                        pki_certificate_pair_done(&pairs[i]);
                result = make_edge(vault, authority, times, names, pairs);
        }
        for (size_t i = 0; i < PKI_LEAF_N_EDGE; i++)
                if (result == 0)
                        ret_pairs[i] = pairs[i];
                else
                        pki_certificate_pair_done(&pairs[i]);
        return result;
}
