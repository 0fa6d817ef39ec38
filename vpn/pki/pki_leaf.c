/*
 * pki_leaf: certificates of phones, of the VPN servers and of the edge.
 *
 * In:   a generation of the CA, names that are already checked, the clock.
 * Out:  pairs; the appliance's own are kept in the vault.
 * Not:  no files outside of the vault (see pki_edge).
 */
#include "vpn/pki/pki_leaf.h"

#include <assert.h>

#include "appliance/base/log.h"
#include "vpn/pki/pki_pem.h"

static const struct {
        const char *file, *common_name;
        enum pki_certificate_key key;
        enum pki_leaf_signer signer;
} servers[PKI_LEAF_N] = {
        [PKI_LEAF_VPN] = {"vpn-server", "vpn.provost", PKI_CERTIFICATE_KEY_P256, PKI_LEAF_MODERN},
        [PKI_LEAF_VPN_LEGACY] = {"vpn-server-legacy", "vpn.provost", PKI_CERTIFICATE_KEY_RSA2048, PKI_LEAF_LEGACY},
        [PKI_LEAF_EDGE_P256] = {"edge-p256", "edge.provost", PKI_CERTIFICATE_KEY_P256, PKI_LEAF_MODERN},
        [PKI_LEAF_EDGE_RSA] = {"edge-rsa", "edge.provost", PKI_CERTIFICATE_KEY_RSA2048, PKI_LEAF_MODERN},
        [PKI_LEAF_EDGE_LEGACY] = {"edge-legacy", "edge.provost", PKI_CERTIFICATE_KEY_RSA2048, PKI_LEAF_LEGACY},
        [PKI_LEAF_PAGE] = {"page", "page.provost", PKI_CERTIFICATE_KEY_P256, PKI_LEAF_MODERN},
};

static const struct pki_certificate_pair *signer_of(const struct pki_generation *generation, enum pki_leaf_signer signer)
{
        const struct pki_certificate_pair *pair = signer == PKI_LEAF_LEGACY ? &generation->legacy : &generation->issuing;

        assert(pair->certificate);
        return pair;
}

int pki_leaf_client(const struct pki_generation *generation, enum pki_leaf_signer signer, const struct pki_times *times,
                    const char *common_name, enum pki_certificate_key key, struct pki_certificate_pair *ret_pair)
{
        return pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_CLIENT, .key = signer == PKI_LEAF_LEGACY ? PKI_CERTIFICATE_KEY_RSA2048 : key,
                .common_name = common_name, .span = pki_times_span(times, PKI_TIMES_LEAF)},
                signer_of(generation, signer), ret_pair);
}

static bool is_good(const struct pki_certificate_pair *pair, const struct pki_certificate_pair *signer,
                    const struct pki_times *times)
{
        struct pki_certificate_facts facts;

        return pki_certificate_is_sound(pair, signer->certificate) &&
               pki_certificate_read(pair->certificate, &facts) == 0 &&
               !pki_times_is_due(times, &facts.span, PKI_TIMES_LEAF);
}

static int make(const struct pki_vault *vault, const struct pki_certificate_pair *signer, const struct pki_times *times,
                enum pki_leaf_server kind, const struct pki_certificate_names *names, struct pki_certificate_pair *ret_pair)
{
        struct pki_certificate_pair pair = {0};
        int result = pki_certificate_issue(&(struct pki_certificate_request){
                .purpose = PKI_CERTIFICATE_SERVER, .key = servers[kind].key, .common_name = servers[kind].common_name,
                .names = names ? *names : (struct pki_certificate_names){0},
                .span = pki_times_span(times, PKI_TIMES_LEAF)}, signer, &pair);

        if (result == 0)
                result = pki_pem_put(vault, servers[kind].file, &pair, 1);
        if (result < 0)
                pki_certificate_pair_done(&pair);
        else
                *ret_pair = pair;
        return result;
}

static bool is_for(enum pki_leaf_server kind, const char *certificate, const struct pki_certificate_names *names)
{
        if (!names)
                return true;
        return kind == PKI_LEAF_PAGE ? pki_certificate_covers(certificate, names) : pki_certificate_is_for(certificate, names);
}

int pki_leaf_server(const struct pki_vault *vault, const struct pki_generation *generation, const struct pki_times *times,
                    enum pki_leaf_server kind, const struct pki_certificate_names *names, bool *ret_made,
                    struct pki_certificate_pair *ret_pair)
{
        const struct pki_certificate_pair *signer = signer_of(generation, servers[kind].signer);
        struct pki_certificate_pair pair = {0};
        int result = pki_pem_get(vault, servers[kind].file, &pair, 1);

        /* What the appliance made for itself can be made again; only the log learns that the file was broken. */
        if (result < 0 && result != PV_EUNSET)
                log_reason(LOG_LEVEL_WARNING, "leaf-broken",
                           "The file %s.sealed cannot be read (%s); a new certificate is made in its place.",
                           servers[kind].file, pv_error_text(result));
        if (result == 0 && is_good(&pair, signer, times) && is_for(kind, pair.certificate, names)) {
                *ret_made = false;
                *ret_pair = pair;
                return 0;
        }
        pki_certificate_pair_done(&pair);
        result = make(vault, signer, times, kind, names, ret_pair);
        if (result == 0)
                *ret_made = true;
        return result;
}

int pki_leaf_kept(const struct pki_vault *vault, const struct pki_generation *generation, const struct pki_times *times,
                  enum pki_leaf_server kind, struct pki_span *ret_span, bool *ret_is_good)
{
        struct pki_certificate_facts facts;
        struct pki_certificate_pair pair = {0};
        int result = pki_pem_get(vault, servers[kind].file, &pair, 1);

        if (result < 0)
                return result;
        result = pki_certificate_read(pair.certificate, &facts) < 0 ? PV_EREFUSED : 0;
        if (result == 0) {
                *ret_span = facts.span;
                *ret_is_good = is_good(&pair, signer_of(generation, servers[kind].signer), times);
        }
        pki_certificate_pair_done(&pair);
        return result;
}
