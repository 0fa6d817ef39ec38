/*
 * bundle_sign: the signature of a bundle's manifest.
 *
 * In:   content, signature, authorities, the moment.
 * Out:  good, or why not.
 * Not:  no opinion about the content.
 */
#include "appliance/update/bundle_sign.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "appliance/base/writer.h"

struct checking {
        X509_STORE *store;
        CMS_ContentInfo *cms;
        BIO *content;
        STACK_OF(X509) *certificates;
        uint8_t expected[BUNDLE_SIGNATURE_MAX], part[BUNDLE_SIGNATURE_MAX];
};

/* --- whom we believe ------------------------------------------------------ */

static int add_authorities(X509_STORE *store, const char *pem)
{
        BIO *bio = BIO_new_mem_buf(pem, -1);
        X509 *certificate;
        int n = 0;

        while (bio && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
                n += X509_STORE_add_cert(store, certificate) == 1;
                X509_free(certificate);
        }
        BIO_free(bio);
        return n;
}

static X509_STORE *store_of(const char *authorities, int64_t now)
{
        X509_STORE *store = X509_STORE_new();
        X509_VERIFY_PARAM *param = store ? X509_STORE_get0_param(store) : NULL;

        if (!param)
                return NULL;
        X509_VERIFY_PARAM_set_time(param, (time_t)now);
        X509_VERIFY_PARAM_set_depth(param, 0);
        X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_CODE_SIGN);
        if (add_authorities(store, authorities) == 0) {
                X509_STORE_free(store);
                return NULL;
        }
        return store;
}

/* --- the one form ---------------------------------------------------------- */

/*
 * CMS leaves fields outside the signature (its version, the list of digests, who signed). So the whole is built again of the parts
 * that count, and must be what came.
 */
static void der_head(struct writer *w, uint8_t tag, size_t size)
{
        writer_u8(w, tag);
        if (size > 0xff) {
                writer_u8(w, 0x82);
                writer_u16(w, (uint16_t)size);
        } else {
                if (size > 0x7f)
                        writer_u8(w, 0x81);
                writer_u8(w, (uint8_t)size);
        }
}

/* Puts what was written since `from` into one element of this tag. */
static void der_wrap(struct writer *w, size_t from, uint8_t tag)
{
        size_t size = writer_used(w) - from, head = size > 0xff ? 4 : size > 0x7f ? 3 : 2;
        struct writer at;

        writer_zeros(w, head);
        if (w->error || size > UINT16_MAX) {
                w->error = PV_ETOOLARGE;
                return;
        }
        memmove(w->start + from + head, w->start + from, size);
        at = writer_of(w->start + from, head);
        der_head(&at, tag, size);
}

static void der_object(struct writer *w, uint8_t part[static BUNDLE_SIGNATURE_MAX], const void *object, i2d_of_void *i2d)
{
        uint8_t *end = part;
        int size = i2d(object, NULL);

        if (size <= 0 || size > BUNDLE_SIGNATURE_MAX || i2d(object, &end) != size)
                w->error = PV_ETOOLARGE;
        else
                writer_bytes(w, part, (size_t)size);
}

static const uint8_t VERSION_1[] = {0x02, 0x01, 0x01};
static const uint8_t OID_DATA[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t OID_SIGNED[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};

static void write_signer(struct writer *w, struct checking *c, CMS_SignerInfo *signer, X509 *certificate, X509_ALGOR *digest, X509_ALGOR *signing)
{
        ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(signer);
        size_t from = writer_used(w);

        writer_bytes(w, VERSION_1, sizeof VERSION_1);
        der_object(w, c->part, X509_get_issuer_name(certificate), (i2d_of_void *)i2d_X509_NAME);
        der_object(w, c->part, X509_get0_serialNumber(certificate), (i2d_of_void *)i2d_ASN1_INTEGER);
        der_wrap(w, from + sizeof VERSION_1, 0x30);
        der_object(w, c->part, digest, (i2d_of_void *)i2d_X509_ALGOR);
        der_object(w, c->part, signing, (i2d_of_void *)i2d_X509_ALGOR);
        der_head(w, 0x04, (size_t)ASN1_STRING_length(value));
        writer_bytes(w, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
        der_wrap(w, from, 0x30);
        der_wrap(w, from, 0x31);
}

/* SHA-256 named in one way, and the signing algorithm in the way of its kind of key. */
static bool is_plain(const X509_ALGOR *digest, const X509_ALGOR *signing)
{
        const ASN1_OBJECT *object = NULL;
        int type = 0;

        X509_ALGOR_get0(&object, &type, NULL, digest);
        if (OBJ_obj2nid(object) != NID_sha256 || type != V_ASN1_UNDEF)
                return false;
        X509_ALGOR_get0(&object, &type, NULL, signing);
        return (OBJ_obj2nid(object) == NID_rsaEncryption && type == V_ASN1_NULL) ||
               (OBJ_obj2nid(object) == NID_ecdsa_with_SHA256 && type == V_ASN1_UNDEF);
}

static bool has_the_form(struct checking *c, const void *signature, size_t size)
{
        STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(c->cms);
        struct writer w = writer_of(c->expected, sizeof c->expected);
        X509_ALGOR *digest = NULL, *signing = NULL;
        size_t from;

        if (sk_CMS_SignerInfo_num(signers) != 1 || sk_X509_num(c->certificates) != 1)
                return false;
        CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(signers, 0), NULL, NULL, &digest, &signing);
        if (!is_plain(digest, signing))
                return false;
        writer_bytes(&w, OID_SIGNED, sizeof OID_SIGNED);
        from = writer_used(&w);
        writer_bytes(&w, VERSION_1, sizeof VERSION_1);
        der_object(&w, c->part, digest, (i2d_of_void *)i2d_X509_ALGOR);
        der_wrap(&w, from + sizeof VERSION_1, 0x31);
        der_head(&w, 0x30, sizeof OID_DATA);
        writer_bytes(&w, OID_DATA, sizeof OID_DATA);
        size_t at = writer_used(&w);
        der_object(&w, c->part, sk_X509_value(c->certificates, 0), (i2d_of_void *)i2d_X509);
        der_wrap(&w, at, 0xa0);
        write_signer(&w, c, sk_CMS_SignerInfo_value(signers, 0), sk_X509_value(c->certificates, 0), digest, signing);
        der_wrap(&w, from, 0x30);
        der_wrap(&w, from, 0xa0);
        der_wrap(&w, 0, 0x30);
        return w.error == 0 && writer_used(&w) == size && memcmp(c->expected, signature, size) == 0;
}

/* --- all together ----------------------------------------------------------- */

static const char *problem(struct checking *c, const void *signature, size_t size, const char *authorities, int64_t now)
{
        const uint8_t *at = signature;

        if (!c->content)
                return "There is not enough memory to check the bundle's signature.";
        c->store = store_of(authorities, now);
        if (!c->store)
                return "This appliance knows no authority of updates, so it can take none.";
        c->cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
        if (!c->cms || at != (const uint8_t *)signature + size || OBJ_obj2nid(CMS_get0_type(c->cms)) != NID_pkcs7_signed)
                return "The bundle is not signed: its manifest.p7s is no signature.";
        c->certificates = CMS_get1_certs(c->cms);
        if (CMS_verify(c->cms, NULL, c->store, c->content, NULL, CMS_BINARY) != 1)
                return ERR_GET_REASON(ERR_peek_last_error()) == CMS_R_CERTIFICATE_VERIFY_ERROR
                               ? "The bundle is signed by somebody whom this appliance does not believe."
                               : "The bundle's signature is not one of its manifest: it was changed on the way, or was made by somebody else.";
        return has_the_form(c, signature, size) ? NULL : "The bundle's signature has a form that its maker does not write.";
}

int bundle_sign_check(const void *content, size_t size, const void *signature, size_t signature_size, const char *authorities, int64_t now,
                      const char **ret_reason)
{
        static struct checking c;
        const char *reason = "The bundle's manifest or its signature is too large.";

        c = (struct checking){0};
        if (size <= INT_MAX && signature_size <= BUNDLE_SIGNATURE_MAX) {
                c.content = BIO_new_mem_buf(content, (int)size);
                reason = problem(&c, signature, signature_size, authorities, now);
        }
        OSSL_STACK_OF_X509_free(c.certificates);
        CMS_ContentInfo_free(c.cms);
        BIO_free(c.content);
        X509_STORE_free(c.store);
        ERR_clear_error();
        if (!reason)
                return 0;
        *ret_reason = reason;
        return PV_EREFUSED;
}
