/*
 * directory: the site, the trusted sources and the phones, in memory.
 *
 * In:   what the store said, already taken out of its messages.
 * Out:  look-ups by MAC and by address; the source that may be named now.
 * Not:  no Varlink, no addresses in use (dhcp_lease).
 */
#include "provisioning/responder/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

enum { N_BUCKETS = 4096 };

struct node {
        struct directory_phone phone;
        unsigned generation;
        struct node *next, *next_reserved;
};

struct directory {
        struct site site;
        bool has_site, has_legacy;
        char legacy_url[SITE_URL_MAX];
        struct source_url legacy_source;
        struct source_url sources[DIRECTORY_SOURCES_MAX];
        size_t n_sources;
        struct node *by_mac[N_BUCKETS], *by_reserved[N_BUCKETS];
        unsigned generation;
        size_t n_trusted;
};

bool directory_bucket_take(struct directory_bucket *b, uint64_t now_ms, uint32_t per_second, uint32_t burst)
{
        uint64_t full = (uint64_t)burst * 1000;
        uint64_t tokens = b->at_ms == 0 ? full : b->milli_tokens + (now_ms - b->at_ms) * per_second;

        if (tokens > full)
                tokens = full;
        bool is_allowed = tokens >= 1000;
        b->milli_tokens = (uint32_t)(is_allowed ? tokens - 1000 : tokens);
        b->at_ms = now_ms ? now_ms : 1;
        return is_allowed;
}

int directory_new(struct directory **ret_directory)
{
        struct directory *d = calloc(1, sizeof *d);

        if (!d)
                return PV_ENOMEM;
        *ret_directory = d;
        return 0;
}

/* --- site and sources --- */

/* The old phones' listener on the LAN. */
static void set_legacy(struct directory *d)
{
        char address[TEXT_IPV4_SIZE], root[SITE_URL_MAX];

        if (!d->site.legacy || !d->site.lan_address)
                return;
        text_from_ipv4(d->site.lan_address, address);
        (void)snprintf(root, sizeof root, "https://%s:%u/", address, d->site.legacy_https_port);
        (void)snprintf(d->legacy_url, sizeof d->legacy_url, "https://%s:%u/{mac}.xml", address, d->site.legacy_https_port);
        d->has_legacy = source_url_parse(root, &d->legacy_source) == 0;
}

int directory_set_site(struct directory *d, const struct site_value *values, size_t n_values,
                       struct site_problem *ret_problem)
{
        struct site site;
        int r = site_from_values(values, n_values, &site, ret_problem);

        d->has_site = r == 0;
        d->has_legacy = false;
        if (r < 0)
                return r;
        site.phone_ca = "";             /* borrowed from the values, and not needed here */
        d->site = site;
        set_legacy(d);
        return 0;
}

const struct site *directory_site(const struct directory *d)
{
        return d->has_site ? &d->site : NULL;
}

void directory_set_sources(struct directory *d, const char *const *urls, size_t n_urls)
{
        d->n_sources = 0;
        for (size_t i = 0; i < n_urls && d->n_sources < DIRECTORY_SOURCES_MAX; i++)
                if (source_url_parse(urls[i], &d->sources[d->n_sources]) == 0)
                        d->n_sources++;
}

bool directory_trusts(const struct directory *d, const char *url)
{
        struct source_url parsed;

        if (source_url_parse(url, &parsed) < 0)
                return false;
        if (d->has_legacy && source_url_is_under(&parsed, &d->legacy_source))
                return true;
        for (size_t i = 0; i < d->n_sources; i++)
                if (source_url_is_under(&parsed, &d->sources[i]))
                        return true;
        return false;
}

const char *directory_source(const struct directory *d, const char **ret_why_not)
{
        struct source_url url;

        if (!d->has_site || source_url_parse(d->site.bootstrap_url, &url) < 0) {
                *ret_why_not = "the site has no usable bootstrap URL";
                return NULL;
        }
        if (directory_trusts(d, d->site.bootstrap_url))
                return d->site.bootstrap_url;
        *ret_why_not = "the bootstrap URL is not under a trusted source";
        return NULL;
}

const char *directory_source_for(const struct directory *d, const struct directory_phone *phone, const char **ret_why_not)
{
        if (!phone->is_legacy)
                return directory_source(d, ret_why_not);
        if (d->has_legacy)
                return d->legacy_url;
        *ret_why_not = "it is one of the old phones, and the site has legacy off";
        return NULL;
}

/* --- phones --- */

static size_t bucket_of_mac(const struct mac *mac)
{
        uint32_t key = 0;

        for (size_t i = 0; i < MAC_SIZE; i++)
                key = key * 0x01000193u ^ mac->bytes[i];
        return key % N_BUCKETS;
}

static size_t bucket_of_address(uint32_t address)
{
        return address % N_BUCKETS;
}

static struct node *find(const struct directory *d, const struct mac *mac)
{
        for (struct node *n = d->by_mac[bucket_of_mac(mac)]; n; n = n->next)
                if (mac_equal(&n->phone.mac, mac))
                        return n;
        return NULL;
}

static void account(struct directory *d, struct node *n)
{
        d->n_trusted += n->phone.is_trusted;
        if (!n->phone.lan_address)
                return;
        struct node **p = &d->by_reserved[bucket_of_address(n->phone.lan_address)];
        n->next_reserved = *p;
        *p = n;
}

static void forget(struct directory *d, struct node *n)
{
        d->n_trusted -= n->phone.is_trusted;
        if (!n->phone.lan_address)
                return;
        struct node **p = &d->by_reserved[bucket_of_address(n->phone.lan_address)];
        while (*p && *p != n)
                p = &(*p)->next_reserved;
        if (*p)
                *p = n->next_reserved;
}

void directory_phones_begin(struct directory *d)
{
        d->generation++;
}

int directory_phone_put(struct directory *d, const struct directory_phone *phone)
{
        struct node *n = find(d, &phone->mac);

        if (n) {
                struct directory_bucket bucket = n->phone.bucket, relayed = n->phone.relayed, pnp = n->phone.pnp;
                struct directory_mark mark = n->phone.mark;
                forget(d, n);
                n->phone = *phone;
                n->phone.bucket = bucket;
                n->phone.relayed = relayed;
                n->phone.pnp = pnp;
                n->phone.mark = mark;
        } else {
                n = calloc(1, sizeof *n);
                if (!n)
                        return PV_ENOMEM;
                n->phone = *phone;
                struct node **p = &d->by_mac[bucket_of_mac(&phone->mac)];
                n->next = *p;
                *p = n;
        }
        n->generation = d->generation;
        account(d, n);
        return 0;
}

static void drop(struct directory *d, struct node **p)
{
        struct node *n = *p;

        forget(d, n);
        *p = n->next;
        free(n);
}

void directory_phones_end(struct directory *d)
{
        for (size_t i = 0; i < N_BUCKETS; i++)
                for (struct node **p = &d->by_mac[i]; *p;) {
                        if ((*p)->generation != d->generation)
                                drop(d, p);
                        else
                                p = &(*p)->next;
                }
}

void directory_phone_remove(struct directory *d, const struct mac *mac)
{
        for (struct node **p = &d->by_mac[bucket_of_mac(mac)]; *p; p = &(*p)->next)
                if (mac_equal(&(*p)->phone.mac, mac)) {
                        drop(d, p);
                        return;
                }
}

struct directory_phone *directory_phone_find(struct directory *d, const struct mac *mac)
{
        struct node *n = find(d, mac);

        return n ? &n->phone : NULL;
}

bool directory_is_reserved(const struct directory *d, uint32_t address, const struct mac *mac)
{
        for (struct node *n = d->by_reserved[bucket_of_address(address)]; n; n = n->next_reserved)
                if (n->phone.lan_address == address && !mac_equal(&n->phone.mac, mac))
                        return true;
        return false;
}

size_t directory_count_trusted(const struct directory *d)
{
        return d->n_trusted;
}

void directory_free(struct directory *d)
{
        if (!d)
                return;
        for (size_t i = 0; i < N_BUCKETS; i++)
                while (d->by_mac[i])
                        drop(d, &d->by_mac[i]);
        free(d);
}
