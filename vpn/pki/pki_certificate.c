/*
 * pki_certificate: making and reading X.509 certificates.
 *
 * In:   requests of this station; PEM that this station made earlier.
 * Out:  PEM; facts of a certificate.
 * Not:  no files, no clock, no decision about who may have one.
 */
#include "vpn/pki/pki_certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define SERIAL_SIZE 16

void pki_certificate_pair_done(struct pki_certificate_pair *pair)
{
        if (pair->private_key)
                OPENSSL_cleanse(pair->private_key, strlen(pair->private_key));
        free(pair->private_key);
        free(pair->certificate);
        *pair = (struct pki_certificate_pair){0};
}

static X509 *certificate_from(const char *pem)
{
        BIO *bio = BIO_new_mem_buf(pem, -1);
        X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

        BIO_free(bio);
        return certificate;
}

static EVP_PKEY *key_from(const char *pem)
{
        BIO *bio = BIO_new_mem_buf(pem, -1);
        EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

        BIO_free(bio);
        return key;
}

static char *text_of(BIO *bio)
{
        char *data, *text = NULL;
        long size = BIO_get_mem_data(bio, &data);

        if (size > 0)
                text = strndup(data, (size_t)size);
        return text;
}

static char *certificate_text(X509 *certificate)
{
        BIO *bio = BIO_new(BIO_s_mem());
        char *text = bio && PEM_write_bio_X509(bio, certificate) == 1 ? text_of(bio) : NULL;

        BIO_free(bio);
        return text;
}

static char *key_text(EVP_PKEY *key)
{
        BIO *bio = BIO_new(BIO_s_secmem());
        char *text = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1 ? text_of(bio) : NULL;

        BIO_free(bio);
        return text;
}

static EVP_PKEY *key_make(enum pki_certificate_key kind)
{
        switch (kind) {
        case PKI_CERTIFICATE_KEY_P256:
                return EVP_EC_gen("P-256");
        case PKI_CERTIFICATE_KEY_P384:
                return EVP_EC_gen("P-384");
        case PKI_CERTIFICATE_KEY_RSA2048:
                return EVP_RSA_gen(2048);
        }
        return NULL;
}

/* 128 random bits; the top bit is 0 and the next 1, so that the number is positive and always 16 bytes long. */
static bool set_serial(X509 *certificate)
{
        BIGNUM *number = BN_new();
        bool done = number && BN_rand(number, SERIAL_SIZE * 8 - 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

        BN_free(number);
        return done;
}

static bool set_subject(X509 *certificate, const char *common_name)
{
        X509_NAME *name = X509_get_subject_name(certificate);

        return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Provost", -1, -1, 0) == 1 &&
               X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) == 1;
}

static bool set_span(X509 *certificate, const struct pki_span *span)
{
        return ASN1_TIME_set(X509_getm_notBefore(certificate), span->not_before) &&
               ASN1_TIME_set(X509_getm_notAfter(certificate), span->not_after);
}

static bool add_extension(X509 *certificate, X509V3_CTX *context, int kind, const char *value)
{
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, kind, value);
        bool done = extension && X509_add_ext(certificate, extension, -1) == 1;

        X509_EXTENSION_free(extension);
        return done;
}

static bool add_general_name(GENERAL_NAMES *names, GENERAL_NAME *name)
{
        if (name && sk_GENERAL_NAME_push(names, name) > 0)
                return true;
        GENERAL_NAME_free(name);
        return false;
}

static GENERAL_NAMES *general_names_of(const struct pki_certificate_names *from)
{
        GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
        bool done = names != NULL;

        for (size_t i = 0; done && i < from->n_hosts; i++)
                done = add_general_name(names, a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, from->hosts[i], 0));
        for (size_t i = 0; done && i < from->n_addresses; i++)
                done = add_general_name(names, a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_IPADD, from->addresses[i], 0));
        if (done)
                return names;
        GENERAL_NAMES_free(names);
        return NULL;
}

static bool add_names(X509 *certificate, const struct pki_certificate_names *from)
{
        GENERAL_NAMES *names;
        bool done;

        if (from->n_hosts + from->n_addresses == 0)
                return true;
        names = general_names_of(from);
        done = names && X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1;
        GENERAL_NAMES_free(names);
        return done;
}

static bool is_authority(enum pki_certificate_purpose purpose)
{
        return purpose == PKI_CERTIFICATE_ROOT || purpose == PKI_CERTIFICATE_ISSUING || purpose == PKI_CERTIFICATE_LEGACY;
}

/* RSA keys also get keyEncipherment: old clients use them for key transport, and some verifiers insist on it. */
static const char *key_usage(const struct pki_certificate_request *request)
{
        if (is_authority(request->purpose))
                return "critical,keyCertSign,cRLSign";
        return request->key == PKI_CERTIFICATE_KEY_RSA2048 ? "critical,digitalSignature,keyEncipherment"
                                                           : "critical,digitalSignature";
}

static const char *basic_constraints(enum pki_certificate_purpose purpose)
{
        switch (purpose) {
        case PKI_CERTIFICATE_ROOT:
                return "critical,CA:TRUE";
        case PKI_CERTIFICATE_ISSUING:
        case PKI_CERTIFICATE_LEGACY:
                return "critical,CA:TRUE,pathlen:0";
        default:
                return "critical,CA:FALSE";
        }
}

static bool add_extensions(X509 *certificate, X509 *issuer, const struct pki_certificate_request *request)
{
        bool is_leaf = !is_authority(request->purpose);
        const char *extended = request->purpose == PKI_CERTIFICATE_CLIENT ? "clientAuth" : "serverAuth";
        X509V3_CTX context;

        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        return add_extension(certificate, &context, NID_basic_constraints, basic_constraints(request->purpose)) &&
               add_extension(certificate, &context, NID_key_usage, key_usage(request)) &&
               (!is_leaf || add_extension(certificate, &context, NID_ext_key_usage, extended)) &&
               add_extension(certificate, &context, NID_subject_key_identifier, "hash") &&
               (issuer == certificate ||
                add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always")) &&
               add_names(certificate, &request->names);
}

static bool fill(X509 *certificate, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                 const struct pki_certificate_request *request)
{
        X509 *signer = issuer ? issuer : certificate;
        EVP_PKEY *signer_key = issuer_key ? issuer_key : key;
        const EVP_MD *digest = request->purpose == PKI_CERTIFICATE_ROOT || request->purpose == PKI_CERTIFICATE_ISSUING
                                       ? EVP_sha384() : EVP_sha256();

        return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
               set_subject(certificate, request->common_name) &&
               X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1 &&
               set_span(certificate, &request->span) && X509_set_pubkey(certificate, key) == 1 &&
               add_extensions(certificate, signer, request) && X509_sign(certificate, signer_key, digest) > 0;
}

/* key: borrowed; NULL (none could be made or read) fails. */
static int issue(const struct pki_certificate_request *request, EVP_PKEY *key, const struct pki_certificate_pair *issuer,
                 struct pki_certificate_pair *ret_pair)
{
        X509 *certificate = X509_new(), *issuer_certificate = issuer ? certificate_from(issuer->certificate) : NULL;
        EVP_PKEY *issuer_key = issuer ? key_from(issuer->private_key) : NULL;
        struct pki_certificate_pair pair = {0};
        int result = PV_ESYSTEM;

        if (!certificate || !key || (issuer && (!issuer_certificate || !issuer_key)))
                goto out;
        if (!fill(certificate, key, issuer_certificate, issuer_key, request))
                goto out;
        pair = (struct pki_certificate_pair){.certificate = certificate_text(certificate), .private_key = key_text(key)};
        if (!pair.certificate || !pair.private_key)
                goto out;
        *ret_pair = pair;
        pair = (struct pki_certificate_pair){0};
        result = 0;
out:
        pki_certificate_pair_done(&pair);
        EVP_PKEY_free(issuer_key);
        X509_free(issuer_certificate);
        X509_free(certificate);
        return result;
}

int pki_certificate_issue(const struct pki_certificate_request *request, const struct pki_certificate_pair *issuer,
                          struct pki_certificate_pair *ret_pair)
{
        EVP_PKEY *key = key_make(request->key);
        int result = issue(request, key, issuer, ret_pair);

        EVP_PKEY_free(key);
        return result;
}

int pki_certificate_renew(const struct pki_certificate_request *request, const char *private_key,
                          const struct pki_certificate_pair *issuer, struct pki_certificate_pair *ret_pair)
{
        EVP_PKEY *key = key_from(private_key);
        int result = issue(request, key, issuer, ret_pair);

        EVP_PKEY_free(key);
        return result;
}

static bool time_to_seconds(const ASN1_TIME *from, int64_t *ret_seconds)
{
        struct tm tm;

        if (ASN1_TIME_to_tm(from, &tm) != 1)
                return false;
        *ret_seconds = timegm(&tm);
        return true;
}

static bool serial_to_text(X509 *certificate, char *ret, size_t size)
{
        const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

        if (ASN1_STRING_length(serial) * 2 >= (int)size)
                return false;
        text_hex(ret, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
        return true;
}

static bool common_name_to_text(X509 *certificate, char *ret, size_t size)
{
        return X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, ret, (int)size) > 0;
}

int pki_certificate_read(const char *certificate_pem, struct pki_certificate_facts *ret_facts)
{
        X509 *certificate = certificate_from(certificate_pem);
        struct pki_certificate_facts facts = {0};
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned digest_size = 0;
        bool done;

        if (!certificate)
                return PV_EMALFORMED;
        done = time_to_seconds(X509_get0_notBefore(certificate), &facts.span.not_before) &&
               time_to_seconds(X509_get0_notAfter(certificate), &facts.span.not_after) &&
               serial_to_text(certificate, facts.serial, sizeof facts.serial) &&
               common_name_to_text(certificate, facts.common_name, sizeof facts.common_name) &&
               X509_digest(certificate, EVP_sha256(), digest, &digest_size) == 1;
        X509_free(certificate);
        if (!done)
                return PV_EMALFORMED;
        text_hex(facts.sha256, digest, digest_size);
        *ret_facts = facts;
        return 0;
}

int pki_certificate_span(const char *certificate_pem, struct pki_span *ret_span, char ret_sha256[static 65])
{
        X509 *certificate = certificate_from(certificate_pem);
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned digest_size = 0;
        struct pki_span span;
        bool done;

        if (!certificate)
                return PV_EMALFORMED;
        done = time_to_seconds(X509_get0_notBefore(certificate), &span.not_before) &&
               time_to_seconds(X509_get0_notAfter(certificate), &span.not_after) &&
               X509_digest(certificate, EVP_sha256(), digest, &digest_size) == 1;
        X509_free(certificate);
        if (!done)
                return PV_EMALFORMED;
        text_hex(ret_sha256, digest, digest_size);
        *ret_span = span;
        return 0;
}

bool pki_certificate_is_sound(const struct pki_certificate_pair *pair, const char *issuer_pem)
{
        X509 *certificate = certificate_from(pair->certificate);
        X509 *issuer = certificate_from(issuer_pem ? issuer_pem : pair->certificate);
        EVP_PKEY *key = key_from(pair->private_key);
        bool is_sound = certificate && issuer && key && X509_check_private_key(certificate, key) == 1 &&
                        X509_check_issued(issuer, certificate) == X509_V_OK &&
                        X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;

        EVP_PKEY_free(key);
        X509_free(issuer);
        X509_free(certificate);
        return is_sound;
}

bool pki_certificate_is_signed_by(const char *certificate_pem, const char *issuer_pem)
{
        X509 *certificate = certificate_from(certificate_pem), *issuer = certificate_from(issuer_pem);
        bool is_signed = certificate && issuer && X509_check_issued(issuer, certificate) == X509_V_OK &&
                         X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;

        X509_free(issuer);
        X509_free(certificate);
        return is_signed;
}

static bool has_name(const GENERAL_NAMES *names, GENERAL_NAME *wanted)
{
        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
                if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), wanted) == 0)
                        return true;
        return false;
}

static bool has_all(const GENERAL_NAMES *names, const GENERAL_NAMES *wanted)
{
        for (int i = 0; i < sk_GENERAL_NAME_num(wanted); i++)
                if (!has_name(names, sk_GENERAL_NAME_value(wanted, i)))
                        return false;
        return true;
}

static bool compare_names(const char *certificate_pem, const struct pki_certificate_names *names, bool may_have_more)
{
        X509 *certificate = certificate_from(certificate_pem);
        GENERAL_NAMES *present = certificate ? X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL) : NULL;
        GENERAL_NAMES *wanted = general_names_of(names);
        bool is_for = present && wanted && has_all(present, wanted) && (may_have_more || has_all(wanted, present));

        GENERAL_NAMES_free(wanted);
        GENERAL_NAMES_free(present);
        X509_free(certificate);
        return is_for;
}

bool pki_certificate_is_for(const char *certificate, const struct pki_certificate_names *names)
{
        return compare_names(certificate, names, false);
}

bool pki_certificate_covers(const char *certificate, const struct pki_certificate_names *names)
{
        return compare_names(certificate, names, true);
}
