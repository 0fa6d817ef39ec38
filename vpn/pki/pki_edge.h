#ifndef PROVOST_PKI_EDGE_H
#define PROVOST_PKI_EDGE_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_leaf.h"

/*
 * Puts one of the edge's pairs into this directory, each file whole and readable by the owner and the group: edge-p256.pem,
 * edge-rsa.pem, page.pem (leaf, then the issuing authority that is shown now) or edge-legacy.pem (leaf alone), and its .key.
 * *changed becomes true when one of them is not as it was.
 */
int pki_edge_put(int directory, const struct pki_authority *authority, enum pki_leaf_server kind,
                 const struct pki_certificate_pair *pair, bool *changed) PV_MUST_CHECK;
/* page.pem and page.key of an uploaded pair: the chain as it is. */
int pki_edge_put_page(int directory, const struct pki_certificate_pair *pair, bool *changed) PV_MUST_CHECK;
/* authorities.pem: every issuing authority and root that is good now. */
int pki_edge_put_authorities(int directory, const struct pki_authority *authority, bool *changed) PV_MUST_CHECK;

#endif
