/*
 * bundle_check: a whole bundle, from its first byte to its last.
 *
 * In:   a file of a stick, a browser or a web server: anything at all.
 * Out:  the three files in it and its manifest, or why it is refused.
 * Not:  nothing outside the directory; no member but those named here, no links, no folders. Nothing of it is installed here.
 *
 * A bundle is a ustar archive whose every byte is fixed: by a hash, by a header's sum, or by the form itself. What is not known before the
 * manifest's signature is checked is not written anywhere.
 */
#include "appliance/update/bundle_check.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/update/bundle_header.h"
#include "appliance/update/bundle_sign.h"

#define PIECE 65536

struct checking {
        int bundle, directory;
        int64_t at, size;
        bundle_check_progress progress;
        void *userdata;
        int told;
        char *reason;
        uint8_t manifest[BUNDLE_MANIFEST_MAX], signature[BUNDLE_SIGNATURE_MAX], piece[PIECE];
};

static int refuse(struct checking *c, const char *sentence)
{
        (void)text_copy(c->reason, BUNDLE_REASON_SIZE, sentence);
        return PV_EREFUSED;
}

static int failed(struct checking *c, const char *what)
{
        (void)snprintf(c->reason, BUNDLE_REASON_SIZE, "%s: %s.", what, strerror(errno));
        return PV_ESYSTEM;
}

/* Exactly so many bytes. */
static int take(struct checking *c, void *ret, size_t size)
{
        uint8_t *at = ret;

        while (size) {
                ssize_t n = pread(c->bundle, at, size, c->at);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return failed(c, "The bundle cannot be read");
                if (n == 0)
                        return refuse(c, "The bundle ends too early: it did not come whole.");
                at += n;
                c->at += n;
                size -= (size_t)n;
        }
        return 0;
}

static int take_zeros(struct checking *c, size_t size)
{
        uint8_t block[2 * BUNDLE_BLOCK];
        int r = take(c, block, size);

        for (size_t i = 0; r == 0 && i < size; i++)
                if (block[i])
                        r = refuse(c, "There is something in the bundle that its maker did not put there.");
        return r;
}

static int take_padding(struct checking *c, int64_t size)
{
        return take_zeros(c, (size_t)(-size & (BUNDLE_BLOCK - 1)));
}

static int take_header(struct checking *c, const char *name, int64_t max, int64_t *ret_size)
{
        uint8_t block[BUNDLE_BLOCK];
        int r = take(c, block, sizeof block);

        if (r < 0)
                return r;
        if (bundle_header_parse(block, name, ret_size) < 0) {
                (void)snprintf(c->reason, BUNDLE_REASON_SIZE, "This is no bundle of Provost: where its member \"%s\" should be is something else.", name);
                return PV_EREFUSED;
        }
        return *ret_size > 0 && *ret_size <= max ? 0 : refuse(c, "A part of the bundle is empty or too large.");
}

static int take_small(struct checking *c, const char *name, void *ret, int64_t max, size_t *ret_size)
{
        int64_t size = 0;
        int r = take_header(c, name, max, &size);

        if (r == 0)
                r = take(c, ret, (size_t)size);
        if (r == 0)
                r = take_padding(c, size);
        *ret_size = (size_t)size;
        return r;
}

static void tell(struct checking *c)
{
        int percent = (int)(c->at * 100 / (c->size ? c->size : 1));

        if (c->progress && percent != c->told)
                c->progress(c->told = percent, c->userdata);
}

static int put(struct checking *c, int file, const uint8_t *data, size_t size)
{
        while (size) {
                ssize_t n = write(file, data, size);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return failed(c, "The bundle cannot be unpacked on the data partition");
                data += n;
                size -= (size_t)n;
        }
        return 0;
}

static int copy_out(struct checking *c, int file, int64_t size, EVP_MD_CTX *hash)
{
        while (size) {
                size_t n = size < PIECE ? (size_t)size : PIECE;
                int r = take(c, c->piece, n);

                if (r == 0)
                        r = put(c, file, c->piece, n);
                if (r < 0)
                        return r;
                if (EVP_DigestUpdate(hash, c->piece, n) != 1)
                        return failed(c, "The bundle cannot be hashed");
                size -= (int64_t)n;
                tell(c);
        }
        return 0;
}

static int unpack(struct checking *c, enum bundle_part part, const struct bundle_file *wanted, EVP_MD_CTX *hash)
{
        uint8_t digest[EVP_MAX_MD_SIZE];
        int64_t size = 0;
        int file, r = take_header(c, bundle_part_name(part), wanted->size, &size);

        if (r == 0 && size != wanted->size)
                r = refuse(c, "A part of the bundle has another size than its manifest says.");
        if (r < 0)
                return r;
        file = openat(c->directory, bundle_part_name(part), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0)
                return failed(c, "The bundle cannot be unpacked on the data partition");
        r = EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 ? copy_out(c, file, size, hash) : failed(c, "The bundle cannot be hashed");
        if (r == 0 && fsync(file) < 0)
                r = failed(c, "The bundle cannot be unpacked on the data partition");
        close(file);
        if (r == 0 && (EVP_DigestFinal_ex(hash, digest, NULL) != 1 || memcmp(digest, wanted->sha256, BUNDLE_SHA256_SIZE) != 0))
                r = refuse(c, "A part of the bundle is not what its manifest says: it was damaged or changed.");
        return r == 0 ? take_padding(c, size) : r;
}

static int unpack_all(struct checking *c, const struct bundle_manifest *manifest)
{
        EVP_MD_CTX *hash = EVP_MD_CTX_new();
        int r = hash ? 0 : failed(c, "The bundle cannot be hashed");

        for (enum bundle_part part = 0; r == 0 && part < BUNDLE_PARTS; part++)
                r = unpack(c, part, &manifest->files[part], hash);
        EVP_MD_CTX_free(hash);
        if (r == 0)
                r = take_zeros(c, 2 * BUNDLE_BLOCK);
        return r == 0 && c->at != c->size ? refuse(c, "There is something behind the bundle's end.") : r;
}

static int read_manifest(struct checking *c, const struct bundle_policy *policy, const char *authorities, struct bundle_manifest *ret)
{
        const char *sentence = "";
        size_t size = 0, signature_size = 0;
        int r = take_small(c, "manifest", c->manifest, sizeof c->manifest, &size);

        if (r == 0)
                r = take_small(c, "manifest.p7s", c->signature, sizeof c->signature, &signature_size);
        if (r < 0)
                return r;
        if (bundle_sign_check(c->manifest, size, c->signature, signature_size, authorities, policy->now, &sentence) < 0)
                return refuse(c, sentence);
        if (bundle_manifest_parse(c->manifest, size, ret, c->reason) < 0 || *bundle_manifest_refusal(ret, policy, c->reason))
                return PV_EREFUSED;
        return 0;
}

int bundle_check(int bundle, int directory, const struct bundle_policy *policy, const char *authorities, bundle_check_progress progress,
                 void *userdata, struct bundle_manifest *ret, char ret_reason[static BUNDLE_REASON_SIZE])
{
        static struct checking c;
        static struct bundle_manifest manifest;
        struct stat status;
        int r;

        c = (struct checking){.bundle = bundle, .directory = directory, .progress = progress, .userdata = userdata, .reason = ret_reason};
        if (fstat(bundle, &status) < 0 || !S_ISREG(status.st_mode))
                return refuse(&c, "The bundle is no file.");
        c.size = status.st_size;
        if (c.size > BUNDLE_SIZE_MAX)
                return refuse(&c, "The bundle is larger than any that fits into a slot.");
        r = read_manifest(&c, policy, authorities, &manifest);
        if (r == 0)
                r = unpack_all(&c, &manifest);
        if (r == 0)
                *ret = manifest;
        return r;
}
