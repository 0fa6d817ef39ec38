/*
 * setup: the code that makes the first owner.
 *
 * In:   whether an owner is missing, codes that somebody typed, the monotonic clock.
 * Out:  the present code; whether another is the same.
 * Not:  no console, no locks (see door).
 */
#include "provisioning/admin/setup.h"

#include <string.h>

#include "appliance/base/text.h"

static void renew(struct setup *setup, uint64_t now_ms)
{
        if (secret_setup(setup->code))
                setup->code[0] = 0;     /* no random numbers: no way in, and another try at the next turn */
        setup->wrong = 0;
        setup->until_ms = now_ms + (*setup->code ? SETUP_LIFE_MS : SETUP_PAUSE_MS);
}

bool setup_turn(struct setup *setup, bool needed, uint64_t now_ms)
{
        bool began = needed && !setup->needed;

        if (!needed) {
                bool changed = setup->needed;

                explicit_bzero(setup, sizeof *setup);
                return changed;
        }
        setup->needed = true;
        if (!began && now_ms < setup->until_ms)
                return false;
        renew(setup, now_ms);
        return true;
}

bool setup_try(struct setup *setup, const char *typed, uint64_t now_ms)
{
        char given[SECRET_TYPED_SIZE], right[SECRET_TYPED_SIZE];
        bool equal;

        if (!setup->needed || !*setup->code || now_ms >= setup->until_ms || secret_typed(setup->code, right))
                return false;
        equal = secret_typed(typed, given) == 0 && secret_equal_text(given, right);
        explicit_bzero(right, sizeof right);
        if (!equal && ++setup->wrong >= SETUP_TRIES) {
                explicit_bzero(setup->code, sizeof setup->code);
                setup->until_ms = now_ms + SETUP_PAUSE_MS;
        }
        return equal;
}
