#ifndef PROVOST_SESSION_SESSION_FLAP_H
#define PROVOST_SESSION_SESSION_FLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/mac.h"

/* Which phones' tunnels are replaced again and again by one at the same address. */

#define SESSION_FLAP_PHONES 128
#define SESSION_FLAP_MAX 3              /* more than these ... */
#define SESSION_FLAP_MS (5 * 60 * 1000) /* ... in this time are too many */

struct session_flap {
        struct session_flap_phone {
                char mac[MAC_TEXT_SIZE];
                uint64_t at_ms[SESSION_FLAP_MAX + 1];   /* of the latest replacements, a ring */
                size_t next, n;
        } phones[SESSION_FLAP_PHONES];
};

/* One more replacement at this moment. True: now there are too many; counting begins anew. */
bool session_flap_note(struct session_flap *flap, const char *mac, uint64_t now_ms);

#endif
