#ifndef PROVOST_SETTINGS_SETTINGS_PROBE_H
#define PROVOST_SETTINGS_SETTINGS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "provisioning/sip/sip_answer.h"

/*
 * How quickly a phone answers in its tunnel: a few SIP OPTIONS (RFC 3261 11), each sent once, so that one that is lost is seen as
 * lost. Any final answer counts, also a refusal. Pure: clock, random texts and the socket are the caller's.
 */
#define SETTINGS_PROBE_N 5
#define SETTINGS_PROBE_EVERY_US 60000
#define SETTINGS_PROBE_WAIT_US 1000000          /* after the last one */
#define SETTINGS_PROBE_MAX 800
#define SETTINGS_PROBE_TOKEN_SIZE 33

struct settings_probe {
        uint32_t address, gateway;              /* the phone's in the tunnel, and ours; host order */
        uint16_t port;
        char call_id[SETTINGS_PROBE_TOKEN_SIZE], tag[SETTINGS_PROBE_TOKEN_SIZE];
        unsigned n_sent;
        struct settings_probe_try {
                char branch[SETTINGS_PROBE_TOKEN_SIZE];
                uint64_t sent_us, took_us;
                bool is_answered;
        } tries[SETTINGS_PROBE_N];
};

struct settings_probe_result {
        unsigned sent, answered;
        uint64_t least_us, mean_us, most_us;    /* 0 when nothing was answered */
};

/* The next request; branch is its own token. PV_ETOOLARGE. */
int settings_probe_next(struct settings_probe *probe, const char *branch, uint64_t now_us, char ret[static SETTINGS_PROBE_MAX], size_t *ret_size)
        PV_MUST_CHECK;
/* An answer to one of its requests; false: of another. */
bool settings_probe_take(struct settings_probe *probe, const struct sip_answer *answer, uint32_t from, uint64_t now_us);
/* When it goes on: the next request, or its end. */
uint64_t settings_probe_due_us(const struct settings_probe *probe);
bool settings_probe_is_over(const struct settings_probe *probe, uint64_t now_us);
struct settings_probe_result settings_probe_result(const struct settings_probe *probe);

#endif
