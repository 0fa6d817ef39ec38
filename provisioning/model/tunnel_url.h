#ifndef PROVOST_MODEL_TUNNEL_URL_H
#define PROVOST_MODEL_TUNNEL_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/model/site.h"

/* Where a phone in its tunnel finds what is its own. Old phones have a network, and a gateway, of their own. Pure. */

#define TUNNEL_URL_SIZE 96
#define TUNNEL_URL_SERIAL_MAX 40        /* hex digits, as phone_route reads them */

/* Our address in the network of this class of phones. */
uint32_t tunnel_url_gateway(const struct site *site, bool is_legacy);
/* Our address in the network that this tunnel address is of. */
uint32_t tunnel_url_gateway_at(const struct site *site, uint32_t tunnel_address);
/* "https://GATEWAY/{mac}.xml": the phone puts its MAC in. Returns ret. */
char *tunnel_url_settings(uint32_t gateway, char ret[static TUNNEL_URL_SIZE]);
/* "https://GATEWAY/vpn/MAC-SERIAL.tar". PV_EMALFORMED: the serial is none. */
int tunnel_url_bundle(uint32_t gateway, const struct mac *mac, const char *serial, char ret[static TUNNEL_URL_SIZE]) PV_MUST_CHECK;
/*
 * The serial of the bundle that its settings name; NULL: they name none. next: of the certificate that is to take the present
 * one's place, present: of that. A bundle that came through the tunnel stays named, so nothing changes once it is in use.
 */
const char *tunnel_url_serial(const char *next, const char *present, const char *delivered);

#endif
