#ifndef PROVOST_SETTINGS_ADMIT_H
#define PROVOST_SETTINGS_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"

/*
 * May this request have the settings it asks for? Tunnel address, MAC in the
 * path and, if one was shown, the factory certificate must be one phone.
 */
struct settings_evidence {
        const char *listener;           /* texts as the edge sent them, NULL when absent */
        const char *address;
        const char *verify;
        const char *subject;
        struct mac mac;                 /* asked for */
};

struct settings_decision {
        bool serve;
        unsigned status;
        char reason[192];
};

/* Before the phone is looked up: refused, or its tunnel address in the one form the store knows. */
struct settings_decision settings_admit_request(const struct settings_evidence *evidence, char ret_address[static TEXT_IPV4_SIZE]);
/* Whose address it is, against whose settings are asked for. */
struct settings_decision settings_admit_phone(const struct mac *asked, const char *phone_mac, const char *state);

#endif
