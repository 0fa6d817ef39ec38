#ifndef PROVOST_SESSION_SESSION_CONFIG_H
#define PROVOST_SESSION_SESSION_CONFIG_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "provisioning/model/site.h"

#define SESSION_CONFIG_MAX (32 * 1024)

/* What OpenVPN needs besides the site. PEM and key file texts, from pki. */
struct session_config_keys {
        const char *authorities;        /* issuing, then root */
        const char *issuing;
        const char *certificate;        /* the server's leaf */
        const char *private_key;
        const char *tls_auth;
};

/* Writes OpenVPN's whole configuration, ended by NUL, and its size. PV_ETOOLARGE. */
int session_config_build(const struct site *site, const struct session_config_keys *keys, const char *directory,
                         char ret[static SESSION_CONFIG_MAX], size_t *ret_size) PV_MUST_CHECK;

#endif
