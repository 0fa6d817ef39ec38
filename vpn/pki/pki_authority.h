#ifndef PROVOST_PKI_AUTHORITY_H
#define PROVOST_PKI_AUTHORITY_H

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* The CA of this appliance: a root (P-384), and an issuing authority (P-256) under it that signs everything else. */
struct pki_authority {
        struct pki_certificate_pair root;
        struct pki_certificate_pair issuing;
        char *chain;            /* PEM: issuing, then root */
        char root_sha256[65];
        int64_t start;          /* a moment known to have passed: when the CA was made, as far as was known then */
};

/*
 * Loads the CA from the vault, or makes it when there has never been one. Both
 * pairs are one sealed file, so a power cut leaves a whole CA or none.
 * PV_EREFUSED: the file cannot be unsealed or is not sound; a new CA is then NOT made, since every phone would
 * have to enrol again. PV_ESYSTEM with errno, PV_ENOMEM.
 */
int pki_authority_load(const struct pki_vault *vault, const struct pki_times *times,
                       struct pki_authority *ret_authority) PV_MUST_CHECK;
/* Safe on zeros. */
void pki_authority_done(struct pki_authority *authority);

#endif
