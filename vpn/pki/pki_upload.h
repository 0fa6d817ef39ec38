#ifndef PROVOST_PKI_UPLOAD_H
#define PROVOST_PKI_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_certificate.h"

/*
 * A certificate of somebody else for the page, with its key and what stands
 * above it. It is refused whenever the web server would not start with it, or
 * no browser would take it.
 */
#define PKI_UPLOAD_CERTIFICATE_MAX (40 * 1024)       /* with the key one file of the vault */
#define PKI_UPLOAD_KEY_MAX (16 * 1024)
#define PKI_UPLOAD_CHAIN_MAX 8
#define PKI_UPLOAD_NAMES_MAX 100
#define PKI_UPLOAD_TEXT_SIZE 256

/* What the first certificate of a chain says, for people. */
struct pki_upload_facts {
        char subject[PKI_UPLOAD_TEXT_SIZE], issuer[PKI_UPLOAD_TEXT_SIZE];       /* RFC 2253; cut when longer */
        struct pki_span span;
        char sha256[65];
        char names[PKI_UPLOAD_NAMES_MAX][PKI_UPLOAD_TEXT_SIZE];                 /* host names and addresses */
        size_t n_names;
};

int pki_upload_read(const char *certificate, struct pki_upload_facts *ret_facts) PV_MUST_CHECK;
/*
 * Takes both texts (NUL-terminated, any bytes), checks them and writes them anew: ret_pair holds the chain, leaf first, and the key
 * alone. PV_EREFUSED: *ret_problem is a sentence of static storage. PV_ENOMEM.
 */
int pki_upload_check(const char *certificate, const char *private_key, int64_t now, struct pki_certificate_pair *ret_pair,
                     const char **ret_problem) PV_MUST_CHECK;

#endif
