#ifndef PROVOST_PKI_LEAF_H
#define PROVOST_PKI_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_generation.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* What a generation signs: its issuing authority, or its legacy authority (which must be there) always with RSA-2048. */

enum pki_leaf_signer { PKI_LEAF_MODERN, PKI_LEAF_LEGACY };

/* A phone's certificate, not kept here. key: p256 or rsa2048; legacy: not looked at. */
int pki_leaf_client(const struct pki_generation *generation, enum pki_leaf_signer signer, const struct pki_times *times,
                    const char *common_name, enum pki_certificate_key key, struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;

/* The appliance's own, kept in the vault. A pair is made anew when less than a third of its life is left, another authority
 * signs now, or the file is broken. */
enum pki_leaf_server {
        PKI_LEAF_VPN,
        PKI_LEAF_VPN_LEGACY,
        PKI_LEAF_N_VPN,
        PKI_LEAF_EDGE_P256 = PKI_LEAF_N_VPN,
        PKI_LEAF_EDGE_RSA,
        PKI_LEAF_EDGE_LEGACY,
        PKI_LEAF_N_EDGE,
        PKI_LEAF_PAGE = PKI_LEAF_N_EDGE,
        PKI_LEAF_N,
};
/* The certificate is the leaf alone. names: alternative names, checked by the caller; another set of them makes it anew (the page's
 * stays while it has all of them: people compare its fingerprint); NULL for the VPN servers. */
int pki_leaf_server(const struct pki_vault *vault, const struct pki_generation *generation, const struct pki_times *times,
                    enum pki_leaf_server kind, const struct pki_certificate_names *names, bool *ret_made,
                    struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;
/* The one that is kept, without a look at names. is_good: it need not be made anew. PV_EUNSET: none yet; PV_EREFUSED: broken. */
int pki_leaf_kept(const struct pki_vault *vault, const struct pki_generation *generation, const struct pki_times *times,
                  enum pki_leaf_server kind, struct pki_span *ret_span, bool *ret_is_good) PV_MUST_CHECK;

#endif
