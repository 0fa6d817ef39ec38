#ifndef PROVOST_SETTINGS_PLAN_H
#define PROVOST_SETTINGS_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/document/settings_document.h"
#include "provisioning/model/tunnel_url.h"

/*
 * The settings of stage 2 in their final order: what the store merged, under the rules no profile may change.
 *
 * - The lock (docs/security.md) always says what stage 1 said: setting_server, provisioning_order,
 *   tls_server_authentication, pnp_config, tr69_use_acs, tr69_bootstrap, all read-only: where they stand, or at the end.
 * - vpn_on stays on: a phone without its tunnel could never be reached again.
 * - vpn_tarball_url is what the certificates of this phone ask for, before vpn_on: the bundle's address in the tunnel, or, as
 *   long as stage 1's stands, nothing (settings_plan_bundle).
 * - admin_mode is never read-only: no admin could log in at the phone any more (snom.md 1.2).
 * - auto_reboot_on_setting_change comes first (snom.md 1.6).
 *
 * These are names of desk phones. A DECT base (model_family) has none of them: the lock's are left out, the others are not added.
 */
#define SETTINGS_PLAN_EXTRA 9           /* places needed beyond the settings given */
#define SETTINGS_PLAN_URL_SIZE TUNNEL_URL_SIZE

/* `model`: the phone's word, "" or NULL when it is not known. `gateway`: the tunnel gateway, host order. Borrows texts from `given` and from `url`, which it fills. PV_ETOOLARGE: `max` is too small. */
int settings_plan(const struct settings_document_setting *given, size_t n_given, const char *model, uint32_t gateway,
                  char url[static SETTINGS_PLAN_URL_SIZE], struct settings_document_setting *ret_settings, size_t max,
                  size_t *ret_n) PV_MUST_CHECK;
/*
 * After settings_plan(): where the phone fetches its bundle through the tunnel. `url` is borrowed. Nothing for a base without
 * vpn_on. `max` as there.
 */
void settings_plan_bundle(const char *url, struct settings_document_setting *settings, size_t max, size_t *n);

#endif
