#ifndef PROVOST_UPDATE_BUNDLE_MANIFEST_H
#define PROVOST_UPDATE_BUNDLE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/update/update_version.h"

/* What a bundle brings beside its manifest and the manifest's signature, in this order. */
enum bundle_part { BUNDLE_PART_ROOT, BUNDLE_PART_KERNEL, BUNDLE_PART_BOOT, BUNDLE_PARTS };

#define BUNDLE_SHA256_SIZE 32
#define BUNDLE_NOTES_MAX 4000
#define BUNDLE_MANIFEST_MAX 16384
#define BUNDLE_REASON_SIZE 256
/* Of a whole bundle, of its root (a slot), and of the two others. */
#define BUNDLE_SIZE_MAX (288LL << 20)
#define BUNDLE_ROOT_MAX (192LL << 20)
#define BUNDLE_KERNEL_MAX (80LL << 20)
#define BUNDLE_BOOT_MAX (4LL << 20)

struct bundle_file {
        int64_t size;
        uint8_t sha256[BUNDLE_SHA256_SIZE];
};

struct bundle_manifest {
        char product[32], architecture[16], build_id[41];
        char version[UPDATE_VERSION_SIZE], floor[UPDATE_VERSION_SIZE];
        char root_hash[2 * BUNDLE_SHA256_SIZE + 1];     /* of the tree behind the root: its first half is the partition's id */
        int64_t made_at, ends_at, schema;
        char notes[BUNDLE_NOTES_MAX + 1];
        struct bundle_file files[BUNDLE_PARTS];
};

/* What it is compared with. */
struct bundle_policy {
        const char *product, *architecture, *floor;
        int64_t now;
};

const char *bundle_part_name(enum bundle_part part);
/* Failure: PV_EMALFORMED with a sentence. */
int bundle_manifest_parse(const void *text, size_t size, struct bundle_manifest *ret, char ret_reason[static BUNDLE_REASON_SIZE]) PV_MUST_CHECK;
/* Why this appliance does not take it, as a sentence; "" when it does. */
const char *bundle_manifest_refusal(const struct bundle_manifest *manifest, const struct bundle_policy *policy, char ret[static BUNDLE_REASON_SIZE]);

#endif
