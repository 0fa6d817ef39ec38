#ifndef PROVOST_RESPONDER_DIRECTORY_H
#define PROVOST_RESPONDER_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/model/site.h"
#include "provisioning/model/source.h"

/*
 * What the responder knows from the store, in memory: the site, the trusted
 * sources, the phones. It stays while the store is away.
 */

#define DIRECTORY_SOURCES_MAX 64

/* Messages allowed: filled up at a rate, used one by one. */
struct directory_bucket {
        uint64_t at_ms;
        uint32_t milli_tokens;
};

/* True: one more is allowed at this time. A bucket of zeros is a full one. */
bool directory_bucket_take(struct directory_bucket *b, uint64_t now_ms, uint32_t per_second, uint32_t burst);

/* What was last told to the store of this one, by way and kind (sightings). */
#define DIRECTORY_MARK_WAYS 2
#define DIRECTORY_MARK_KINDS 11

struct directory_mark {
        uint64_t told_ms[DIRECTORY_MARK_WAYS];          /* 0 never */
        uint32_t hashes[DIRECTORY_MARK_KINDS];          /* 0 never said */
};

struct directory_phone {
        struct mac mac;
        bool is_trusted;                /* may be told a source: approved, or expected (phone_is_told_where) */
        bool is_approved;
        bool is_legacy;                 /* one of the old phones: their source is another one */
        bool has_model;
        char state[12];                 /* "waiting", "approved", ... */
        uint32_t lan_address;           /* its own address, 0 none */
        struct directory_bucket bucket, relayed, pnp;   /* what it sends itself; what relays send for it; SIP */
        struct directory_mark mark;
};

struct directory;

int directory_new(struct directory **ret_directory) PV_MUST_CHECK;
void directory_free(struct directory *d);

/* The site from its values. On failure it counts as unknown: nothing is served. */
int directory_set_site(struct directory *d, const struct site_value *values, size_t n_values,
                       struct site_problem *ret_problem) PV_MUST_CHECK;
/* NULL until a sound one is known. */
const struct site *directory_site(const struct directory *d);
/* Sources that cannot be read, or are too many, are left out: fewer are trusted then. */
void directory_set_sources(struct directory *d, const char *const *urls, size_t n_urls);
/* The site's bootstrap URL, when it lies under a trusted source at this moment; else NULL and why. */
const char *directory_source(const struct directory *d, const char **ret_why_not);
/*
 * The same for one phone that may be told a source. Old phones get the address of their own listener (site value
 * legacy_https_port), which is trusted while legacy is on.
 */
const char *directory_source_for(const struct directory *d, const struct directory_phone *phone, const char **ret_why_not);

/* Whether this whole URL lies under a trusted source; that of the old phones while legacy is on. */
bool directory_trusts(const struct directory *d, const char *url);

/* Replacing all phones: begin, put each, end (those not put are gone). */
void directory_phones_begin(struct directory *d);
int directory_phone_put(struct directory *d, const struct directory_phone *phone) PV_MUST_CHECK;
void directory_phones_end(struct directory *d);
void directory_phone_remove(struct directory *d, const struct mac *mac);
/* NULL when unknown. Valid until the next change. */
struct directory_phone *directory_phone_find(struct directory *d, const struct mac *mac);
/* Whether this address is set aside for a phone other than mac. */
bool directory_is_reserved(const struct directory *d, uint32_t address, const struct mac *mac);
size_t directory_count_trusted(const struct directory *d);

#endif
