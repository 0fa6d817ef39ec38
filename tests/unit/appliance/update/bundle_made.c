/*
 * bundle_made: bundles as their maker writes them, and as nobody should.
 *
 * In:   what is to be different.
 * Out:  bytes.
 * Not:  no files.
 */
#include "tests/unit/appliance/update/bundle_made.h"

#include <assert.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/update/bundle_header.h"

struct signer {
        EVP_PKEY *key;
        X509 *certificate;
};

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
        X509V3_CTX context;
        X509_EXTENSION *extension;

        X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
        extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
        assert(extension && X509_add_ext(certificate, extension, -1) == 1);
        X509_EXTENSION_free(extension);
}

static X509 *certificate_of(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key, int64_t end, const char *use)
{
        X509 *certificate = X509_new();
        X509_NAME *subject = X509_get_subject_name(certificate);

        X509_set_version(certificate, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
        X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
        ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)(BUNDLE_MADE_NOW - 86400 * 400));
        ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)end);
        X509_set_pubkey(certificate, key);
        extend(certificate, issuer ? issuer : certificate, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
        extend(certificate, issuer ? issuer : certificate, NID_key_usage, issuer ? "critical,digitalSignature" : "critical,keyCertSign");
        if (use)
                extend(certificate, issuer ? issuer : certificate, NID_ext_key_usage, use);
        assert(X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256()) > 0);
        return certificate;
}

static struct signer authority(const char *name)
{
        struct signer s = {.key = EVP_EC_gen("P-256")};

        s.certificate = certificate_of(s.key, name, NULL, NULL, BUNDLE_MADE_NOW + 86400 * 4000LL, NULL);
        return s;
}

static const struct signer *our_authority(void)
{
        static struct signer ours;

        if (!ours.key)
                ours = authority("Updates");
        return &ours;
}

static struct signer made(enum bundle_signer who)
{
        static struct signer stranger;
        const struct signer *issuer = our_authority();
        int64_t end = who == BUNDLE_SIGNER_ENDED ? BUNDLE_MADE_NOW - 86400 : BUNDLE_MADE_NOW + 86400 * 4000LL;
        struct signer s = {.key = who == BUNDLE_SIGNER_RSA ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256")};

        if (who == BUNDLE_SIGNER_STRANGER) {
                if (!stranger.key)
                        stranger = authority("Updates");
                issuer = &stranger;
        }
        s.certificate = certificate_of(s.key, "Signer", issuer->certificate, issuer->key, end,
                                       who == BUNDLE_SIGNER_NOT_FOR_CODE ? "serverAuth" : "codeSigning");
        return s;
}

static const struct signer *signer(enum bundle_signer who)
{
        static struct signer signers[BUNDLE_SIGNER_RSA + 1];

        if (!signers[who].key)
                signers[who] = made(who);
        return &signers[who];
}

const char *bundle_made_authority(void)
{
        static char pem[4096];
        BIO *bio = BIO_new(BIO_s_mem());

        PEM_write_bio_X509(bio, our_authority()->certificate);
        pem[BIO_read(bio, pem, sizeof pem - 1)] = 0;
        BIO_free(bio);
        return pem;
}

size_t bundle_made_sign(const char *text, enum bundle_signer who, bool has_attributes, uint8_t *ret, size_t size)
{
        unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | (has_attributes ? 0 : CMS_NOATTR);
        BIO *bio = BIO_new_mem_buf(text, -1);
        CMS_ContentInfo *cms = CMS_sign(signer(who)->certificate, signer(who)->key, NULL, bio, flags);
        uint8_t *at = ret;
        int n = i2d_CMS_ContentInfo(cms, NULL);

        assert(n > 0 && (size_t)n <= size);
        i2d_CMS_ContentInfo(cms, &at);
        CMS_ContentInfo_free(cms);
        BIO_free(bio);
        return (size_t)n;
}

/* --- contents ------------------------------------------------------------------ */

const uint8_t *bundle_made_part(size_t i, size_t *ret_size)
{
        static const size_t sizes[] = {5000, 3000, 700};
        static uint8_t parts[3][5000];

        for (size_t at = 0; at < sizes[i]; at++)
                parts[i][at] = (uint8_t)(at * 31 + i * 7 + (at >> 8));
        *ret_size = sizes[i];
        return parts[i];
}

static const char *or_good(const char *text, const char *good)
{
        return text ? text : good;
}

char *bundle_made_manifest(const struct bundle_wanted *w)
{
        static const char *const names[] = {"root", "kernel.efi", "boot.efi"};
        char files[3][160], *text = NULL;

        for (size_t i = 0; i < 3; i++) {
                uint8_t digest[32];
                char hash[65];
                size_t size;
                const uint8_t *data = bundle_made_part(i, &size);

                EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL);
                snprintf(files[i], sizeof files[i], "{\"name\":\"%s\",\"size\":%zu,\"sha256\":\"%s\"}", names[i], size, text_hex(hash, digest, 32));
        }
        if (asprintf(&text,
                     "{\"product\":\"%s\",\"architecture\":\"%s\",\"version\":\"%s\",\"build_id\":\"abc\",\"made_at\":1799999000,\"ends_at\":%lld,"
                     "\"floor\":\"%s\",\"schema\":10,\"root_hash\":\"%064d\",\"notes\":\"Notes.\",\"files\":[%s,%s,%s]}",
                     or_good(w->product, "provost"), or_good(w->architecture, "amd64"), or_good(w->version, "0.6.2"),
                     (long long)(w->ends_at ? w->ends_at : BUNDLE_MADE_NOW + 86400), or_good(w->floor, "0.6.0"), 12, files[0], files[1], files[2]) < 0)
                abort();
        return text;
}

void bundle_made_add(struct bundle_made *b, const char *name, const void *data, size_t size, char type, const char *link)
{
        uint8_t header[BUNDLE_BLOCK];
        uint32_t sum = 0;

        assert(bundle_header_build(name, (int64_t)size, header) == 0 && b->size + size + 2 * BUNDLE_BLOCK <= BUNDLE_MADE_MAX);
        if (type != '0' || link) {
                header[156] = (uint8_t)type;
                if (link)
                        memcpy(header + 157, link, strlen(link));
                memset(header + 148, ' ', 8);
                for (size_t i = 0; i < BUNDLE_BLOCK; i++)
                        sum += header[i];
                snprintf((char *)header + 148, 7, "%06o", sum);
        }
        memcpy(b->bytes + b->size, header, BUNDLE_BLOCK);
        b->size += BUNDLE_BLOCK;
        memset(b->bytes + b->size, 0, (size + BUNDLE_BLOCK - 1) / BUNDLE_BLOCK * BUNDLE_BLOCK);
        if (size)
                memcpy(b->bytes + b->size, data, size);
        b->size += (size + BUNDLE_BLOCK - 1) / BUNDLE_BLOCK * BUNDLE_BLOCK;
}

void bundle_made_end(struct bundle_made *b)
{
        memset(b->bytes + b->size, 0, 2 * BUNDLE_BLOCK);
        b->size += 2 * BUNDLE_BLOCK;
}

void bundle_make(const struct bundle_wanted *wanted, struct bundle_made *ret)
{
        static const char *const names[] = {"root", "kernel.efi", "boot.efi"};
        char *manifest = wanted->manifest ? strdup(wanted->manifest) : bundle_made_manifest(wanted);
        uint8_t signature[16384];
        size_t size = wanted->is_unsigned ? 0 : bundle_made_sign(manifest, wanted->signer, wanted->has_attributes, signature, sizeof signature);

        ret->size = 0;
        bundle_made_add(ret, "manifest", manifest, strlen(manifest), '0', NULL);
        if (!wanted->is_unsigned)
                bundle_made_add(ret, "manifest.p7s", signature, size, '0', NULL);
        for (size_t i = 0; i < 3; i++) {
                const uint8_t *data = bundle_made_part(i, &size);

                bundle_made_add(ret, names[i], data, size, '0', NULL);
        }
        bundle_made_end(ret);
        free(manifest);
}
