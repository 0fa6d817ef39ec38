/*
 * bootstrap_gate: how much of what strangers do is written down.
 *
 * In:   a MAC someone claims, the cause of its refusal, the time.
 * Out:  whether to report it.
 * Not:  no influence on what is served.
 */
#include "vpn/bootstrap/bootstrap_gate.h"

#define BURST 20
#define TOKEN_MS 1000
#define SAME_MS 60000

void bootstrap_gate_init(struct bootstrap_gate *gate, uint64_t now_ms)
{
        *gate = (struct bootstrap_gate){.tokens = BURST, .filled_at_ms = now_ms};
}

static void fill(struct bootstrap_gate *gate, uint64_t now_ms)
{
        uint64_t n = (now_ms - gate->filled_at_ms) / TOKEN_MS;

        gate->filled_at_ms += n * TOKEN_MS;
        gate->tokens = n >= BURST - gate->tokens ? BURST : gate->tokens + (unsigned)n;
}

bool bootstrap_gate_pass(struct bootstrap_gate *gate, const struct mac *mac, int cause, uint64_t now_ms)
{
        fill(gate, now_ms);
        for (unsigned i = 0; i < BOOTSTRAP_GATE_PLACES; i++)
                if (gate->places[i].at_ms && gate->places[i].cause == cause && mac_equal(&gate->places[i].mac, mac) &&
                    now_ms - gate->places[i].at_ms < SAME_MS)
                        return false;
        if (gate->tokens == 0)
                return false;
        gate->tokens--;
        gate->places[gate->next].mac = *mac;
        gate->places[gate->next].cause = cause;
        gate->places[gate->next].at_ms = now_ms ? now_ms : 1;
        gate->next = (gate->next + 1) % BOOTSTRAP_GATE_PLACES;
        return true;
}
