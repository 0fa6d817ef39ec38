#ifndef PROVOST_BOOTSTRAP_GATE_H
#define PROVOST_BOOTSTRAP_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"

/*
 * What strangers make happen is reported within bounds: the same of the same
 * MAC once a minute, and no more than 20 at once and 1 a second in all.
 */
#define BOOTSTRAP_GATE_PLACES 64

struct bootstrap_gate {
        struct {
                struct mac mac;
                int cause;
                uint64_t at_ms;
        } places[BOOTSTRAP_GATE_PLACES];
        unsigned next;
        unsigned tokens;
        uint64_t filled_at_ms;
};

void bootstrap_gate_init(struct bootstrap_gate *gate, uint64_t now_ms);
/* Whether this may be reported now; counts as reported then. */
bool bootstrap_gate_pass(struct bootstrap_gate *gate, const struct mac *mac, int cause, uint64_t now_ms);

#endif
