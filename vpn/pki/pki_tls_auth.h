#ifndef PROVOST_PKI_TLS_AUTH_H
#define PROVOST_PKI_TLS_AUTH_H

#include "appliance/base/error.h"
#include "vpn/pki/pki_vault.h"

/*
 * The static key around OpenVPN's control channel, made once: all phones have it in their bundles. ret_text: an OpenVPN
 * static key file, to be given back to pki_vault_forget(). PV_EREFUSED: the file is there and cannot be unsealed; a
 * new key is then NOT made.
 */
int pki_tls_auth_load(const struct pki_vault *vault, char **ret_text) PV_MUST_CHECK;

#endif
