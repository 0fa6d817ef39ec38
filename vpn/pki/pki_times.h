#ifndef PROVOST_PKI_TIMES_H
#define PROVOST_PKI_TIMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When certificates begin and end, in spite of wrong clocks.
 *
 * Two moments are known to have passed whatever the clock says: the build of this software and the start of our CA.
 * The newest of them is the floor. Certificates begin at the floor (two days earlier: a phone whose clock is a little
 * behind must not refuse them), never at "now": an appliance whose clock ran ahead would otherwise make certificates
 * that nobody accepts once the clock is right. They end counted from the later of floor and clock.
 */

#define PKI_TIMES_DAY INT64_C(86400)
#define PKI_TIMES_YEAR (365 * PKI_TIMES_DAY)
#define PKI_TIMES_BACK (2 * PKI_TIMES_DAY)

/* 2025-01-01: before the first line of this software; the floor where no build time is known. */
#define PKI_TIMES_OLDEST INT64_C(1735689600)

#define PKI_TIMES_ROOT (25 * PKI_TIMES_YEAR)
#define PKI_TIMES_ISSUING (15 * PKI_TIMES_YEAR)
#define PKI_TIMES_LEGACY (15 * PKI_TIMES_YEAR)  /* the old phones' authority */
#define PKI_TIMES_LEAF (2 * PKI_TIMES_YEAR)     /* phones, the VPN server, the edge */

struct pki_times {
        int64_t now;            /* the clock */
        int64_t floor;          /* newest moment known to have passed */
};

struct pki_span {
        int64_t not_before, not_after;
};

struct pki_span pki_times_span(const struct pki_times *times, int64_t life);
/* The certificate should be made anew: less than a third of its life is left, or it begins after the clock. */
bool pki_times_is_due(const struct pki_times *times, const struct pki_span *span, int64_t life);
/* When this software was built: the newest of the image's epoch (/usr/lib/clock-epoch) and this program's file,
 * never before PKI_TIMES_OLDEST. */
int64_t pki_times_of_build(void);

#endif
