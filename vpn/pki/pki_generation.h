#ifndef PROVOST_PKI_GENERATION_H
#define PROVOST_PKI_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"
#include "vpn/pki/pki_times.h"

/*
 * One generation of the CA: a root (P-384), an issuing authority (P-256) under it that signs everything else, and,
 * once old phones are served, an authority of one layer (RSA-2048, self-signed) for them.
 */
struct pki_generation {
        int64_t number;                         /* counted from 1; 0: there is none here */
        struct pki_certificate_pair root, issuing;
        char *former_issuing;                   /* PEM of the issuing authority before this one: certificates of it are still in use.
                                                   NULL: none. Its key is gone */
        struct pki_certificate_pair legacy;     /* zeros until it was asked for */
};

/* A whole new one, without legacy authority. */
int pki_generation_make(int64_t number, const struct pki_times *times, struct pki_generation *ret_generation) PV_MUST_CHECK;
int pki_generation_make_legacy(const struct pki_times *times, struct pki_certificate_pair *ret_legacy) PV_MUST_CHECK;
/* Safe on zeros. */
void pki_generation_done(struct pki_generation *generation);
/* Each key belongs to its certificate, and each certificate was signed by whom it should be. */
bool pki_generation_is_sound(const struct pki_generation *generation);

/* Less than a third of the issuing authority's life is left, and a new one would end later (it never outlives its root). */
bool pki_generation_is_issuing_due(const struct pki_generation *generation, const struct pki_times *times);
/* A new issuing authority under the same root: whoever trusts the root trusts it. */
int pki_generation_renew_issuing(const struct pki_generation *generation, const struct pki_times *times,
                                 struct pki_certificate_pair *ret_issuing) PV_MUST_CHECK;
/* There is a legacy authority and less than a third of its life is left. */
bool pki_generation_is_legacy_due(const struct pki_generation *generation, const struct pki_times *times);
/* The same name and key with a later end: what the former one signed verifies under this one, and the other way round. */
int pki_generation_renew_legacy(const struct pki_generation *generation, const struct pki_times *times,
                                struct pki_certificate_pair *ret_legacy) PV_MUST_CHECK;

#endif
