#ifndef PROVOST_BOOTSTRAP_SCAN_H
#define PROVOST_BOOTSTRAP_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"

/*
 * Who guesses MACs: different ones that nobody knows, asked for from one source address. More than LIMIT of them in WINDOW_MS,
 * and what comes from there is answered without a lookup, until the oldest of them is long enough ago. Known phones behind the same
 * address (a router, say) are served all the same: those that were found before at once, others by one lookup a second.
 * Fixed tables: an address that was quiet longest gives way.
 */
#define BOOTSTRAP_SCAN_ADDRESSES 256
#define BOOTSTRAP_SCAN_LIMIT 10
#define BOOTSTRAP_SCAN_WINDOW_MS 600000
#define BOOTSTRAP_SCAN_KNOWN 1024
#define BOOTSTRAP_SCAN_LOOKUP_MS 1000

struct bootstrap_scan_source {
        uint32_t address;
        struct {
                struct mac mac;
                uint64_t at_ms;                 /* 0: free */
        } asked[BOOTSTRAP_SCAN_LIMIT + 1];
        uint64_t at_ms;                         /* last unknown one; 0: free */
        uint64_t lookup_ms;
};

struct bootstrap_scan {
        struct bootstrap_scan_source sources[BOOTSTRAP_SCAN_ADDRESSES];
        struct mac known[BOOTSTRAP_SCAN_KNOWN];
        unsigned n_known, next_known;
};

void bootstrap_scan_init(struct bootstrap_scan *scan);
/* Whether this request is to be looked up; false: answer 429. */
bool bootstrap_scan_may_ask(struct bootstrap_scan *scan, uint32_t address, const struct mac *mac, uint64_t now_ms);
/* It was looked up and nobody knows it. True: with this one the address went over the limit. */
bool bootstrap_scan_is_unknown(struct bootstrap_scan *scan, uint32_t address, const struct mac *mac, uint64_t now_ms);
/* It was looked up, and it is approved or expected. */
void bootstrap_scan_is_known(struct bootstrap_scan *scan, const struct mac *mac);
/* Different unknown ones from there within the window. */
unsigned bootstrap_scan_count(const struct bootstrap_scan *scan, uint32_t address, uint64_t now_ms);

#endif
