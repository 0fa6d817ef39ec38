#ifndef TESTS_BUNDLE_MADE_H
#define TESTS_BUNDLE_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bundles for tests, signed by authorities that are made anew in each process. Small: a root of some thousand bytes. */

#define BUNDLE_MADE_MAX (1 << 18)
#define BUNDLE_MADE_NOW INT64_C(1800000000)

struct bundle_made {
        uint8_t bytes[BUNDLE_MADE_MAX];
        size_t size;
};

enum bundle_signer { BUNDLE_SIGNER_OURS, BUNDLE_SIGNER_STRANGER, BUNDLE_SIGNER_NOT_FOR_CODE, BUNDLE_SIGNER_ENDED, BUNDLE_SIGNER_RSA };

/* The manifest's parts that tests change; NULL takes the good one. */
struct bundle_wanted {
        const char *product, *architecture, *version, *floor, *manifest;        /* manifest: the whole text instead */
        int64_t ends_at;                                                        /* 0: in time */
        enum bundle_signer signer;
        bool is_unsigned, has_attributes;
};

/* PEM of the authority that is believed; of this process. */
const char *bundle_made_authority(void);
void bundle_make(const struct bundle_wanted *wanted, struct bundle_made *ret);
/* One member at the end; type '0' is a plain file, others get `link` as their target. */
void bundle_made_add(struct bundle_made *b, const char *name, const void *data, size_t size, char type, const char *link);
void bundle_made_end(struct bundle_made *b);
/* Signs the text as a manifest. Returns the size. */
size_t bundle_made_sign(const char *text, enum bundle_signer signer, bool has_attributes, uint8_t *ret, size_t size);
/* The manifest's text for these parts and the usual contents; the caller's (free). */
char *bundle_made_manifest(const struct bundle_wanted *wanted);
/* The contents of root, kernel.efi, boot.efi. */
const uint8_t *bundle_made_part(size_t i, size_t *ret_size);

#endif
