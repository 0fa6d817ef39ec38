/*
 * phone: which state a phone is in.
 *
 * In:   trust and what happened so far.
 * Out:  one of eight states, and their names.
 * Not:  no storage, no transitions: the store keeps facts, nothing keeps a state.
 */
#include "provisioning/model/phone.h"

#include <stddef.h>

#include "appliance/base/text.h"

static const char *const names[] = {
        [PHONE_STATE_SEEN] = "seen",           [PHONE_STATE_WAITING] = "waiting", [PHONE_STATE_APPROVED] = "approved",
        [PHONE_STATE_ENROLLED] = "enrolled",   [PHONE_STATE_CONNECTED] = "connected", [PHONE_STATE_CURRENT] = "current",
        [PHONE_STATE_REVOKED] = "revoked",     [PHONE_STATE_EXPECTED] = "expected",
};

enum phone_state phone_state_of(const struct phone_facts *facts)
{
        if (facts->trust == PHONE_TRUST_REVOKED)
                return PHONE_STATE_REVOKED;
        if (facts->trust == PHONE_TRUST_SEEN)
                return PHONE_STATE_SEEN;
        if (facts->trust == PHONE_TRUST_WAITING)
                return facts->is_expected && !facts->has_asked ? PHONE_STATE_EXPECTED : PHONE_STATE_WAITING;
        if (!facts->enrolled)
                return PHONE_STATE_APPROVED;
        if (!facts->tunnel_up)
                return PHONE_STATE_ENROLLED;
        return facts->revision_served == facts->revision ? PHONE_STATE_CURRENT : PHONE_STATE_CONNECTED;
}

const char *phone_state_text(enum phone_state state)
{
        return names[state];
}

bool phone_state_is_trusted(const char *state)
{
        for (size_t i = PHONE_STATE_APPROVED; i <= PHONE_STATE_CURRENT; i++)
                if (text_equal(state, names[i]))
                        return true;
        return false;
}

bool phone_is_told_where(const char *state, bool is_expected)
{
        return phone_state_is_trusted(state) || (is_expected && !text_equal(state, names[PHONE_STATE_REVOKED]));
}
