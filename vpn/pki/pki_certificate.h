#ifndef PROVOST_PKI_CERTIFICATE_H
#define PROVOST_PKI_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "vpn/pki/pki_times.h"

/* Everything X.509, without its types: certificates and keys are PEM text here. */

enum pki_certificate_key { PKI_CERTIFICATE_KEY_P256, PKI_CERTIFICATE_KEY_P384, PKI_CERTIFICATE_KEY_RSA2048 };

enum pki_certificate_purpose {
        PKI_CERTIFICATE_ROOT,           /* signs issuing authorities */
        PKI_CERTIFICATE_ISSUING,        /* signs leaves only: path length 0 */
        PKI_CERTIFICATE_LEGACY,         /* root and issuing authority in one; signed with SHA-256 */
        PKI_CERTIFICATE_CLIENT,
        PKI_CERTIFICATE_SERVER,
};

/* Names the certificate is for besides its common name; checked by the caller (pki_names). */
struct pki_certificate_names {
        char *const *hosts;
        size_t n_hosts;
        char *const *addresses;
        size_t n_addresses;
};

struct pki_certificate_request {
        enum pki_certificate_purpose purpose;
        enum pki_certificate_key key;
        const char *common_name;
        struct pki_certificate_names names;
        struct pki_span span;
};

/* A certificate and its private key. */
struct pki_certificate_pair {
        char *certificate;      /* PEM */
        char *private_key;      /* PEM, PKCS#8 */
};

struct pki_certificate_facts {
        struct pki_span span;
        char serial[41];        /* lower-case hex */
        char sha256[65];        /* of the DER, lower-case hex */
        char common_name[65];
};

/* Makes a new key and its certificate, signed by issuer (NULL: by itself), with a random 128-bit serial.
 * PV_ESYSTEM when OpenSSL refuses. */
int pki_certificate_issue(const struct pki_certificate_request *request, const struct pki_certificate_pair *issuer,
                          struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;
/* The same for a key that exists: ret_pair has a new certificate and a copy of this private key; request->key is not looked at but
 * for its usage. */
int pki_certificate_renew(const struct pki_certificate_request *request, const char *private_key,
                          const struct pki_certificate_pair *issuer, struct pki_certificate_pair *ret_pair) PV_MUST_CHECK;
/* Forgets both; safe on zeros. */
void pki_certificate_pair_done(struct pki_certificate_pair *pair);
/* What the first certificate of this PEM text says. PV_EMALFORMED when there is none. */
int pki_certificate_read(const char *certificate, struct pki_certificate_facts *ret_facts) PV_MUST_CHECK;
/* The same of a certificate of anybody, whose serial and names may be others than ours: its times and the SHA-256 of its DER. */
int pki_certificate_span(const char *certificate, struct pki_span *ret_span, char ret_sha256[static 65]) PV_MUST_CHECK;
/* The key belongs to the certificate, and issuer (a certificate; NULL: itself) signed it. */
bool pki_certificate_is_sound(const struct pki_certificate_pair *pair, const char *issuer);
/* issuer (a certificate) signed it, whatever the time is. */
bool pki_certificate_is_signed_by(const char *certificate, const char *issuer);
/* The certificate's alternative names are these, in any order, no others. */
bool pki_certificate_is_for(const char *certificate, const struct pki_certificate_names *names);
/* These are among them. */
bool pki_certificate_covers(const char *certificate, const struct pki_certificate_names *names);

#endif
