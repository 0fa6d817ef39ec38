#ifndef PROVOST_PEOPLE_ADVICE_H
#define PROVOST_PEOPLE_ADVICE_H

#include <stddef.h>

#include "appliance/base/error.h"

/* The lines for another DHCP server on the phone LAN, so that it sends phones to the appliance (advice/SERVER.txt). */

/* "isc" "kea" "dnsmasq" "windows" "mikrotik" "opnsense"; NULL past the end. */
const char *advice_server(size_t i);
/* The site's bootstrap URL: as set, or of its LAN address ("a.b.c.d/n"). PV_EUNSET when both are "". */
int advice_url(const char *bootstrap_url, const char *lan_address, char *ret, size_t size) PV_MUST_CHECK;
/* The lines with this URL in them, the caller's to free. PV_EUNSET for a server that there are none for, PV_ENOMEM. */
int advice_lines(const char *server, const char *url, char **ret_lines) PV_MUST_CHECK;

#endif
