#ifndef PROVOST_BOOTSTRAP_BOOTSTRAP_VPN_H
#define PROVOST_BOOTSTRAP_BOOTSTRAP_VPN_H

#include <stddef.h>
#include <systemd/sd-json.h>

/*
 * Does a phone say that it has no VPN client? By its own words alone (snom.md 2.3):
 *
 * X-snom-vpn: available                  it has one
 * X-snom-vpn with another value          it has none
 * no such header, firmware 8.7.5.15 up to 8.7, or 8.9.3.5 up to 8.9: the client is an add-on there, and a phone that has
 *                                        it sends the header with every request, so it has none
 * no such header, any other firmware     not said: older ones have the client built in or need another firmware, and
 *                                        whether 10.1 sends the header is not known
 */
enum bootstrap_vpn { BOOTSTRAP_VPN_UNSAID, BOOTSTRAP_VPN_HAS, BOOTSTRAP_VPN_LACKS };

/* header: NULL or "" when there is none. firmware: "8.7.5.35", "" unknown. */
enum bootstrap_vpn bootstrap_vpn_says(const char *header, const char *firmware);

/* The image of kind "vpn-feature" for this model that was added last, in an answer of ListFirmware; NULL: none. Borrowed. */
const char *bootstrap_vpn_image(sd_json_variant *answer, const char *model);

#endif
