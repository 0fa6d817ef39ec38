#ifndef PROVOST_SESSION_SESSION_CONFIG_H
#define PROVOST_SESSION_SESSION_CONFIG_H

#include <stddef.h>

#include "appliance/base/error.h"
#include "provisioning/model/site.h"
#include "vpn/session/session_channel.h"
#include "vpn/session/session_class.h"

#define SESSION_CONFIG_MAX (32 * 1024)

/* What OpenVPN needs besides the site. PEM and key file texts, from pki. */
struct session_config_keys {
        const char *authorities;        /* that phones' certificates are verified with */
        const char *chain;              /* that is sent beside the leaf, "" none */
        const char *certificate;        /* the server's leaf */
        const char *private_key;
        const char *tls_auth;
};

/* Writes the whole configuration of one OpenVPN process, ended by NUL, and its size. PV_ETOOLARGE. */
int session_config_build(enum session_class class, enum session_channel channel, const struct site *site, const struct session_config_keys *keys, const char *directory,
                         char ret[static SESSION_CONFIG_MAX], size_t *ret_size) PV_MUST_CHECK;

#endif
