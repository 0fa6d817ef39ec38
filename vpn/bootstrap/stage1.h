#ifndef PROVOST_BOOTSTRAP_STAGE1_H
#define PROVOST_BOOTSTRAP_STAGE1_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/document/settings_document.h"
#include "provisioning/model/site.h"

/* Stage 1 carries at most so many certificates: two generations have five. */
#define STAGE1_CERTIFICATES_MAX 8

/*
 * Stage 1: what brings a phone from the factory into the tunnel and locks it to us. It carries our
 * certificates, the clock, where the bundle is and where to ask inside the tunnel; no secret at all.
 * *ret_bytes: free with settings_document_free().
 */
struct stage1 {
        const struct site *site;
        struct mac mac;
        const char *serial;             /* of the phone's certificate; names its bundle, so a new one has a new URL */
        const char *roots, *chain;      /* PEM of one or more: every root that is good now; what stands below them */
        const char *legacy;             /* the old phones' authorities, for phones of that class; NULL or "" for others */
        bool is_legacy;                 /* its settings are in the old phones' network */
        bool on_legacy_listener;        /* it asked there, so its bundle is there as well */
};

int stage1_write(const struct stage1 *stage1, char **ret_bytes, size_t *ret_size,
                 struct settings_document_problem *ret_problem) PV_MUST_CHECK;

/*
 * Stage 1 of a phone that has no VPN client: load the image that brings one, and nothing else (snom.md 2.3). The next
 * stage 1 it asks for, with its client, ends the updates again.
 */
int stage1_write_update(const struct site *site, const struct mac *mac, bool on_legacy_listener, char **ret_bytes, size_t *ret_size,
                        struct settings_document_problem *ret_problem) PV_MUST_CHECK;

#endif
