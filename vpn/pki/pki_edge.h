#ifndef PROVOST_PKI_EDGE_H
#define PROVOST_PKI_EDGE_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_leaf.h"

/*
 * Puts the edge's files into this directory, each whole and readable by the
 * owner and the group: edge-p256.pem and edge-rsa.pem (leaf, then issuing), their .key files and authorities.pem
 * (issuing, then root). ret_changed: at least one of them is not as it was.
 */
int pki_edge_write(int directory, const struct pki_authority *authority,
                   const struct pki_certificate_pair pairs[static PKI_LEAF_N_EDGE], bool *ret_changed) PV_MUST_CHECK;

#endif
