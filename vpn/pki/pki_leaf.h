#ifndef PROVOST_PKI_LEAF_H
#define PROVOST_PKI_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* What the issuing authority signs. times->floor is at least authority->start in all of these. */

/* A phone's certificate, not kept here. key: p256 or rsa2048. */
int pki_leaf_client(const struct pki_authority *authority, const struct pki_times *times, const char *common_name,
                    enum pki_certificate_key key, struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;

/* The OpenVPN server's, kept in the vault and made anew when less than a third of its life is left or the file is
 * broken. The certificate is the leaf alone. */
int pki_leaf_vpn_server(const struct pki_vault *vault, const struct pki_authority *authority,
                        const struct pki_times *times, struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;

/* The edge's two, for the same names; kept and made anew likewise, and when the names change. */
enum { PKI_LEAF_EDGE_P256, PKI_LEAF_EDGE_RSA, PKI_LEAF_N_EDGE };
int pki_leaf_edge(const struct pki_vault *vault, const struct pki_authority *authority, const struct pki_times *times,
                  const struct pki_certificate_names *names,
                  struct pki_certificate_pair ret_pairs[static PKI_LEAF_N_EDGE]) PV_MUST_CHECK;

#endif
