#ifndef PROVOST_PKI_ENDS_H
#define PROVOST_PKI_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vpn/pki/pki_authority.h"
#include "vpn/pki/pki_times.h"
#include "vpn/pki/pki_vault.h"

/* When a certificate of the appliance ends. renews: by itself in time. */
struct pki_end {
        const char *subject;            /* vpn-server edge page issuing root former-root legacy; static */
        struct pki_span span;
        bool renews;
};

#define PKI_ENDS_MAX 7

/* Of all that exist; returns how many. Where several are of one subject (the edge's), the one that ends first. */
size_t pki_ends(const struct pki_vault *vault, const struct pki_authority *authority, const struct pki_times *times,
                struct pki_end ret_ends[static PKI_ENDS_MAX]);

#endif
