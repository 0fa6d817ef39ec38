/*
 * pki_upload: a certificate of somebody else for the page.
 *
 * In:   PEM of a person: anything at all, within bounds.
 * Out:  a chain and a key that nginx starts with, written anew; or what is wrong, as a sentence.
 * Not:  no files (see pki_page); whether a browser trusts who signed it is the browser's to say.
 */
#include "vpn/pki/pki_upload.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"

#define STRENGTH_MIN 112        /* bits: RSA of 2048, SHA-224; what OpenSSL's security level 2 asks of a server's chain */

struct chain {
        X509 *all[PKI_UPLOAD_CHAIN_MAX];
        size_t n;
};

static void chain_done(struct chain *chain)
{
        for (size_t i = 0; i < chain->n; i++)
                X509_free(chain->all[i]);
        chain->n = 0;
}

/* --- reading ----------------------------------------------------------------- */

static const char *read_chain(const char *text, struct chain *ret)
{
        BIO *bio = BIO_new_mem_buf(text, -1);
        const char *problem = NULL;
        X509 *next;

        while (bio && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
                if (ret->n == PKI_UPLOAD_CHAIN_MAX) {
                        X509_free(next);
                        problem = "There are more than 8 certificates; give the page's own and those above it.";
                        break;
                }
                ret->all[ret->n++] = next;
        }
        /* The end of the text is an error of that name; another one is a damaged certificate. */
        if (!problem && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
                problem = "A certificate is damaged: each stands between BEGIN CERTIFICATE and END CERTIFICATE, unchanged.";
        else if (!problem && ret->n == 0)
                problem = "There is no certificate in PEM form (-----BEGIN CERTIFICATE-----).";
        ERR_clear_error();
        BIO_free(bio);
        return problem;
}

/* Nobody is asked for a passphrase; that one was wanted is noted. */
static int no_passphrase(char *buffer, int size, int writing, void *userdata)
{
        (void)buffer, (void)size, (void)writing;
        *(bool *)userdata = true;
        return -1;
}

static const char *read_key(const char *text, EVP_PKEY **ret)
{
        BIO *bio = BIO_new_mem_buf(text, -1);
        bool is_locked = false;

        *ret = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &is_locked) : NULL;
        BIO_free(bio);
        ERR_clear_error();
        if (is_locked)
                return "The private key is locked with a passphrase; remove it first, for example with openssl pkey.";
        return *ret ? NULL : "There is no private key in PEM form (-----BEGIN PRIVATE KEY-----).";
}

/* --- what must hold ------------------------------------------------------------- */

static bool is_p256_or_p384(EVP_PKEY *key)
{
        char group[64] = "";

        return EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
               (text_equal(group, "prime256v1") || text_equal(group, "secp384r1"));
}

static const char *check_key(EVP_PKEY *key)
{
        if (EVP_PKEY_is_a(key, "RSA")) {
                if (EVP_PKEY_get_bits(key) < 2048)
                        return "The private key is too weak: RSA needs 2048 bits or more.";
                return EVP_PKEY_get_bits(key) > 8192 ? "The private key is too large: RSA of 8192 bits is the most." : NULL;
        }
        return EVP_PKEY_is_a(key, "EC") && is_p256_or_p384(key) ? NULL
                : "The private key must be RSA (2048 bits or more) or of the curve P-256 or P-384; browsers know no others.";
}

static const char *check_strength(X509 *certificate)
{
        EVP_PKEY *key = X509_get0_pubkey(certificate);
        int bits = 0;

        if (!key || EVP_PKEY_get_security_bits(key) < STRENGTH_MIN)
                return "The key of a certificate is too weak; the web server would refuse it.";
        /* Nobody looks at how a root signed itself. */
        if (X509_check_issued(certificate, certificate) == X509_V_OK)
                return NULL;
        return X509_get_signature_info(certificate, NULL, NULL, &bits, NULL) == 1 && bits >= STRENGTH_MIN ? NULL
                : "A certificate is signed in a way that is broken (SHA-1 or older); let it be made anew with SHA-256.";
}

static const char *check_chain(const struct chain *chain)
{
        for (size_t i = 0; i < chain->n; i++) {
                const char *problem = check_strength(chain->all[i]);

                if (problem)
                        return problem;
                if (i + 1 < chain->n && (X509_check_issued(chain->all[i + 1], chain->all[i]) != X509_V_OK ||
                                         X509_verify(chain->all[i], X509_get0_pubkey(chain->all[i + 1])) != 1))
                        return "The certificates are not in order: the page's own comes first, and each is signed by the next one.";
        }
        return NULL;
}

static const char *check_time(X509 *leaf, int64_t now)
{
        time_t at = (time_t)now;

        if (X509_cmp_time(X509_get0_notAfter(leaf), &at) < 0)
                return "The certificate has ended; let it be made anew.";
        return X509_cmp_time(X509_get0_notBefore(leaf), &at) > 0 ? "The certificate does not hold yet; see its begin, and the appliance's clock."
                                                                  : NULL;
}

static const char *check_all(const struct chain *chain, EVP_PKEY *key, int64_t now)
{
        const char *problem = check_key(key);

        if (problem)
                return problem;
        if (X509_check_private_key(chain->all[0], key) != 1)
                return "The private key does not belong to the first certificate.";
        problem = check_time(chain->all[0], now);
        if (!problem)
                problem = check_chain(chain);
        if (problem)
                return problem;
        return X509_check_purpose(chain->all[0], X509_PURPOSE_SSL_SERVER, 0) == 1 ? NULL : "The first certificate is not for a web server.";
}

/* --- for people ------------------------------------------------------------------- */

static void name_text(const X509_NAME *name, char ret[static PKI_UPLOAD_TEXT_SIZE])
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *data = NULL;
        long size = 0;

        /* RFC 2253, other letters than ASCII escaped. */
        if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
                size = BIO_get_mem_data(bio, &data);
        text_escape(ret, PKI_UPLOAD_TEXT_SIZE, data ? data : "", size > 0 ? (size_t)size : 0);
        BIO_free(bio);
}

static bool general_name_text(const GENERAL_NAME *name, char ret[static PKI_UPLOAD_TEXT_SIZE])
{
        int kind, size;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &kind);

        if (kind == GEN_DNS) {
                text_escape(ret, PKI_UPLOAD_TEXT_SIZE, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
                return true;
        }
        if (kind != GEN_IPADD)
                return false;
        size = ASN1_STRING_length(value);
        return (size == 4 || size == 16) &&
               inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value), ret, PKI_UPLOAD_TEXT_SIZE);
}

static void read_names(X509 *leaf, struct pki_upload_facts *facts)
{
        GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

        for (int i = 0; i < sk_GENERAL_NAME_num(names) && facts->n_names < PKI_UPLOAD_NAMES_MAX; i++)
                facts->n_names += general_name_text(sk_GENERAL_NAME_value(names, i), facts->names[facts->n_names]);
        GENERAL_NAMES_free(names);
}

int pki_upload_read(const char *certificate, struct pki_upload_facts *ret_facts)
{
        struct pki_span span;
        char sha256[65];
        BIO *bio = BIO_new_mem_buf(certificate, -1);
        X509 *leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
        int r = leaf ? pki_certificate_span(certificate, &span, sha256) : PV_EMALFORMED;

        BIO_free(bio);
        if (r == 0) {
                memset(ret_facts, 0, sizeof *ret_facts);
                ret_facts->span = span;
                memcpy(ret_facts->sha256, sha256, sizeof sha256);
                name_text(X509_get_subject_name(leaf), ret_facts->subject);
                name_text(X509_get_issuer_name(leaf), ret_facts->issuer);
                read_names(leaf, ret_facts);
        }
        X509_free(leaf);
        return r;
}

/* --- written anew -------------------------------------------------------------------- */

static char *text_of(BIO *bio)
{
        char *data, *text = NULL;
        long size = BIO_get_mem_data(bio, &data);

        if (size > 0)
                text = strndup(data, (size_t)size);
        return text;
}

static int write_pair(const struct chain *chain, EVP_PKEY *key, struct pki_certificate_pair *ret_pair)
{
        BIO *certificates = BIO_new(BIO_s_mem()), *keys = BIO_new(BIO_s_secmem());
        struct pki_certificate_pair pair = {0};
        bool done = certificates && keys && PEM_write_bio_PKCS8PrivateKey(keys, key, NULL, NULL, 0, NULL, NULL) == 1;

        for (size_t i = 0; done && i < chain->n; i++)
                done = PEM_write_bio_X509(certificates, chain->all[i]) == 1;
        if (done)
                pair = (struct pki_certificate_pair){text_of(certificates), text_of(keys)};
        BIO_free(certificates);
        BIO_free(keys);
        if (!pair.certificate || !pair.private_key) {
                pki_certificate_pair_done(&pair);
                return PV_ENOMEM;
        }
        *ret_pair = pair;
        return 0;
}

int pki_upload_check(const char *certificate, const char *private_key, int64_t now, struct pki_certificate_pair *ret_pair,
                     const char **ret_problem)
{
        struct pki_upload_facts *facts = malloc(sizeof *facts);
        struct chain chain = {0};
        EVP_PKEY *key = NULL;
        const char *problem = NULL;
        int r = facts ? 0 : PV_ENOMEM;

        if (strlen(certificate) > PKI_UPLOAD_CERTIFICATE_MAX || strlen(private_key) > PKI_UPLOAD_KEY_MAX)
                problem = "This is too long: the certificates may have 40 KiB and the key 16 KiB.";
        if (r == 0 && !problem)
                problem = read_chain(certificate, &chain);
        if (r == 0 && !problem)
                problem = read_key(private_key, &key);
        if (r == 0 && !problem)
                problem = check_all(&chain, key, now);
        if (r == 0 && !problem && (pki_upload_read(certificate, facts) < 0 || facts->n_names == 0))
                problem = "The certificate names no host and no address (subject alternative name); browsers accept none without.";
        if (r == 0 && !problem)
                r = write_pair(&chain, key, ret_pair);
        if (problem) {
                *ret_problem = problem;
                r = r < 0 ? r : PV_EREFUSED;
        }
        EVP_PKEY_free(key);
        chain_done(&chain);
        free(facts);
        ERR_clear_error();
        return r;
}
