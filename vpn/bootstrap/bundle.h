#ifndef PROVOST_BOOTSTRAP_BUNDLE_H
#define PROVOST_BOOTSTRAP_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/model/site.h"

/* Where a phone dials, in this order. */
#define BUNDLE_REMOTES_MAX 3

struct bundle_remote {
        const char *host;
        uint16_t port;
        bool is_tcp;
};

/*
 * At the site first, then the public name, then TCP: what the site has of these. Old phones have one way, to their own process
 * at the site. Hosts are borrowed from the site. Returns how many.
 */
size_t bundle_remotes(const struct site *site, bool is_legacy, struct bundle_remote ret_remotes[static BUNDLE_REMOTES_MAX]);

/* Everything the phone needs to enter the tunnel. PEM texts as pki gave them. */
struct bundle {
        struct bundle_remote remotes[BUNDLE_REMOTES_MAX];
        size_t n_remotes;
        const char *authorities;        /* every root that is good now */
        const char *certificate;        /* the phone's own, and what it sends along */
        const char *issuing;            /* sent along as well; "" when certificate has it */
        const char *private_key;
        const char *tls_auth;
};

#define BUNDLE_MAX_BYTES (64 * 1024)

/*
 * vpn.cnf alone, and the tar with it: into `buffer` of `size` bytes, which the caller wipes.
 * PV_ETOOLARGE: it does not fit. PV_EREFUSED: a text holds what would change the configuration's meaning.
 */
int bundle_write_configuration(const struct bundle *bundle, void *buffer, size_t size, size_t *ret_used) PV_MUST_CHECK;
int bundle_write(const struct bundle *bundle, void *buffer, size_t size, size_t *ret_used) PV_MUST_CHECK;

#endif
