#ifndef PROVOST_BOOTSTRAP_BUNDLE_H
#define PROVOST_BOOTSTRAP_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/* Everything the phone needs to enter the tunnel. PEM texts as pki gave them. */
struct bundle {
        const char *host;
        uint16_t port;
        const char *authorities;        /* issuing, then root */
        const char *certificate;        /* the phone's own */
        const char *issuing;            /* sent along by the phone, so that a server that has only the root can follow */
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
