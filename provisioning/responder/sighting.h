#ifndef PROVOST_RESPONDER_SIGHTING_H
#define PROVOST_RESPONDER_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/mac.h"
#include "provisioning/responder/dhcp_message.h"
#include "provisioning/responder/pnp_message.h"

/*
 * What one message says of its sender, as evidence for the store (EvidenceItem of io.provost.Store): escaped, bounded. Pure.
 */

enum sighting_how { SIGHTING_DHCP, SIGHTING_PNP, SIGHTING_N_HOWS };

enum sighting_kind {
        SIGHTING_VENDOR_CLASS, SIGHTING_HOSTNAME, SIGHTING_CLIENT_ID, SIGHTING_PARAMETERS, SIGHTING_RELAY, SIGHTING_CIRCUIT_ID,
        SIGHTING_REMOTE_ID, SIGHTING_PNP_VENDOR, SIGHTING_PNP_MODEL, SIGHTING_PNP_VERSION, SIGHTING_LAN_ADDRESS, SIGHTING_N_KINDS,
};

#define SIGHTING_VALUE_SIZE 129

struct sighting {
        struct mac mac;
        enum sighting_how how;
        bool is_phone;                          /* it looks like one: the maker's prefix, or its name */
        char model[32], firmware[33];           /* "" it did not say */
        char values[SIGHTING_N_KINDS][SIGHTING_VALUE_SIZE];     /* "" it did not say */
};

void sighting_from_dhcp(const struct dhcp_message *m, struct sighting *ret);
/* from: of the datagram. m must name a MAC. */
void sighting_from_pnp(const struct pnp_message *m, uint32_t from, struct sighting *ret);

/* "dhcp" "pnp"; "vendor_class" "hostname" ...: as io.provost.Store has them. */
const char *sighting_how_text(enum sighting_how how);
const char *sighting_kind_text(enum sighting_kind kind);

/* Printable bytes as text, others as 0x and hex, cut with "..." to fit: what relays and switches put into option 82. */
char *sighting_opaque(char *ret, size_t size, const void *data, size_t data_size);

#endif
