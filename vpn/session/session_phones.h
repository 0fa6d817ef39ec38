#ifndef PROVOST_SESSION_SESSION_PHONES_H
#define PROVOST_SESSION_SESSION_PHONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "vpn/session/session_class.h"
#include "vpn/session/session_reach.h"

/* What the store last said of the phones that may or may no longer have a tunnel. */

struct session_phone {
        char mac[MAC_TEXT_SIZE];
        char sha256[65];
        char next_sha256[65];           /* of the certificate that is to take its place, "" none */
        uint32_t address;
        uint32_t lan_address;           /* 0 unknown */
        enum session_class class;
        bool allowed;
        bool is_stolen;                 /* revoked as such */
        bool may_insecure;              /* its model is one of the site's legacy_tls10_models */
        struct session_reach_set reach; /* rules it has */
        bool is_up;                     /* the store knows of a tunnel with this very certificate */
};

struct session_phones {
        struct session_phone *items;    /* sorted by mac */
        size_t n_items;
        bool is_loaded;                 /* the store has answered at least once */
};

/* Takes over the list (malloc'ed, any order, each mac once). */
void session_phones_take(struct session_phones *phones, struct session_phone *items, size_t n_items);
void session_phones_done(struct session_phones *phones);
/* NULL when there is none; valid until the next take. */
const struct session_phone *session_phones_find(const struct session_phones *phones, const char *mac);

/* The allowed phone that has this address, NULL none. */
const struct session_phone *session_phones_at(const struct session_phones *phones, uint32_t address);
/* The only phone of this address on the phone LAN, NULL none. */
const struct session_phone *session_phones_on_lan(const struct session_phones *phones, uint32_t lan_address);

#endif
