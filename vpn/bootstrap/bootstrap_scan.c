/*
 * bootstrap_scan: who guesses MACs.
 *
 * In:   source addresses, the MACs they ask for and whether anybody knows them, the time.
 * Out:  whether a request is looked up, and when an alarm is due.
 * Not:  no clock, no answers; what a known phone gets is not decided here.
 */
#include "vpn/bootstrap/bootstrap_scan.h"

#include <stddef.h>
#include <string.h>

#define N_ASKED (BOOTSTRAP_SCAN_LIMIT + 1)

void bootstrap_scan_init(struct bootstrap_scan *scan)
{
        memset(scan, 0, sizeof *scan);
}

static struct bootstrap_scan_source *find(struct bootstrap_scan *scan, uint32_t address)
{
        for (size_t i = 0; i < BOOTSTRAP_SCAN_ADDRESSES; i++)
                if (scan->sources[i].at_ms && scan->sources[i].address == address)
                        return &scan->sources[i];
        return NULL;
}

static struct bootstrap_scan_source *find_or_make(struct bootstrap_scan *scan, uint32_t address)
{
        struct bootstrap_scan_source *oldest = &scan->sources[0], *source = find(scan, address);

        if (source)
                return source;
        for (size_t i = 1; i < BOOTSTRAP_SCAN_ADDRESSES && oldest->at_ms; i++)
                if (scan->sources[i].at_ms < oldest->at_ms)
                        oldest = &scan->sources[i];
        *oldest = (struct bootstrap_scan_source){.address = address};
        return oldest;
}

static bool is_recent(uint64_t at_ms, uint64_t now_ms)
{
        return at_ms && now_ms - at_ms < BOOTSTRAP_SCAN_WINDOW_MS;
}

static unsigned count(const struct bootstrap_scan_source *source, uint64_t now_ms)
{
        unsigned n = 0;

        for (size_t i = 0; source && i < N_ASKED; i++)
                n += is_recent(source->asked[i].at_ms, now_ms);
        return n;
}

unsigned bootstrap_scan_count(const struct bootstrap_scan *scan, uint32_t address, uint64_t now_ms)
{
        return count(find((struct bootstrap_scan *)scan, address), now_ms);
}

static bool is_known(const struct bootstrap_scan *scan, const struct mac *mac)
{
        for (unsigned i = 0; i < scan->n_known; i++)
                if (mac_equal(&scan->known[i], mac))
                        return true;
        return false;
}

bool bootstrap_scan_may_ask(struct bootstrap_scan *scan, uint32_t address, const struct mac *mac, uint64_t now_ms)
{
        struct bootstrap_scan_source *source = find(scan, address);

        if (count(source, now_ms) <= BOOTSTRAP_SCAN_LIMIT || is_known(scan, mac))
                return true;
        if (source->lookup_ms && now_ms - source->lookup_ms < BOOTSTRAP_SCAN_LOOKUP_MS)
                return false;
        source->lookup_ms = now_ms;
        return true;
}

bool bootstrap_scan_is_unknown(struct bootstrap_scan *scan, uint32_t address, const struct mac *mac, uint64_t now_ms)
{
        struct bootstrap_scan_source *source = find_or_make(scan, address);
        size_t oldest = 0;
        bool was_over = count(source, now_ms) > BOOTSTRAP_SCAN_LIMIT;

        source->at_ms = now_ms ? now_ms : 1;
        for (size_t i = 0; i < N_ASKED; i++) {
                if (source->asked[i].at_ms && mac_equal(&source->asked[i].mac, mac)) {
                        source->asked[i].at_ms = source->at_ms;
                        return false;
                }
                if (source->asked[i].at_ms < source->asked[oldest].at_ms)
                        oldest = i;
        }
        source->asked[oldest].mac = *mac;
        source->asked[oldest].at_ms = source->at_ms;
        return !was_over && count(source, now_ms) > BOOTSTRAP_SCAN_LIMIT;
}

void bootstrap_scan_is_known(struct bootstrap_scan *scan, const struct mac *mac)
{
        if (is_known(scan, mac))
                return;
        scan->known[scan->next_known] = *mac;
        scan->next_known = (scan->next_known + 1) % BOOTSTRAP_SCAN_KNOWN;
        if (scan->n_known < BOOTSTRAP_SCAN_KNOWN)
                scan->n_known++;
}
