#ifndef PROVOST_PKI_PEM_H
#define PROVOST_PKI_PEM_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_vault.h"

/* Pairs kept in the vault: one file holds n of them as PEM, certificate and key by turns. */

int pki_pem_put(const struct pki_vault *vault, const char *name, const struct pki_certificate_pair *pairs,
                size_t n_pairs) PV_MUST_CHECK;
/* The next block of this text, from its BEGIN to the end of its END line; moves *at. NULL when no block begins there, or no memory. */
char *pki_pem_take(const char **at);
/* PV_EUNSET: never put; PV_EREFUSED: not ours, or not n pairs. */
int pki_pem_get(const struct pki_vault *vault, const char *name, struct pki_certificate_pair *ret_pairs,
                size_t n_pairs) PV_MUST_CHECK;

#endif
