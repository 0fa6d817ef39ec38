/*
 * session_flap: counts how often tunnels are replaced.
 *
 * In:   a phone and a moment, each time.
 * Out:  whether it is too often.
 * Not:  no alarm of its own; of more phones at once the one that was quiet for longest is forgotten.
 */
#include "vpn/session/session_flap.h"

#include <stdio.h>
#include <string.h>

static uint64_t latest(const struct session_flap_phone *phone)
{
        return phone->n ? phone->at_ms[(phone->next + SESSION_FLAP_MAX) % (SESSION_FLAP_MAX + 1)] : 0;
}

/* The phone's place, or the one that is given to it. */
static struct session_flap_phone *find(struct session_flap *flap, const char *mac)
{
        struct session_flap_phone *oldest = &flap->phones[0];

        for (size_t i = 0; i < SESSION_FLAP_PHONES; i++) {
                struct session_flap_phone *phone = &flap->phones[i];

                if (!strcmp(phone->mac, mac))
                        return phone;
                if (latest(phone) < latest(oldest))
                        oldest = phone;
        }
        *oldest = (struct session_flap_phone){0};
        snprintf(oldest->mac, sizeof oldest->mac, "%s", mac);
        return oldest;
}

bool session_flap_note(struct session_flap *flap, const char *mac, uint64_t now_ms)
{
        struct session_flap_phone *phone = find(flap, mac);
        uint64_t first;

        phone->at_ms[phone->next] = now_ms;
        phone->next = (phone->next + 1) % (SESSION_FLAP_MAX + 1);
        if (phone->n <= SESSION_FLAP_MAX)
                phone->n++;
        first = phone->at_ms[phone->next];
        if (phone->n <= SESSION_FLAP_MAX || now_ms - first > SESSION_FLAP_MS)
                return false;
        phone->n = 0;
        return true;
}
