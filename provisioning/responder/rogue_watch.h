#ifndef PROVOST_RESPONDER_ROGUE_WATCH_H
#define PROVOST_RESPONDER_ROGUE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"
#include "provisioning/responder/directory.h"
#include "provisioning/responder/rogue_policy.h"

/*
 * Other hosts that answer phones, harmless ones too: heard when they speak to everybody, and found by asking once a minute as a phone that does not
 * exist (a switch hides what they say to real ones). It has neither wire nor store: both are functions, and every call is
 * told the time (monotonic milliseconds).
 */

#define ROGUE_WATCH_MAX 64              /* the one not heard for longest gives way */
#define ROGUE_WATCH_ASK_MS 60000
#define ROGUE_WATCH_AGAIN_MS 600000     /* one that goes on is told of again */
#define ROGUE_WATCH_GONE_MS 330000      /* one that left five questions unanswered is gone */

struct rogue {
        enum rogue_kind kind;
        struct mac mac;                 /* of its frames: a relay's when one stands between */
        uint32_t server, from;          /* as it names itself; of its datagrams */
        uint32_t relay;                 /* that stands between; 0 none */
        char circuit_id[ROGUE_CIRCUIT_SIZE];
        char offered[ROGUE_OFFER_SIZE];
        bool is_known;                  /* the admin said so */
        bool is_untold;                 /* it is new, or says something new */
        bool is_raised;                 /* an alarm about it is open */
        uint64_t first_ms, last_ms, told_ms;
        uint64_t count;
};

struct rogue_watch_ops {
        int (*ask_dhcp)(const void *payload, size_t size, void *userdata);      /* as a client, to everybody */
        int (*ask_pnp)(const void *payload, size_t size, void *userdata);       /* to the PnP group */
        /* A new one, or one that says something new, or still does after ROGUE_WATCH_AGAIN_MS. */
        void (*alarm)(const struct rogue *rogue, void *userdata);
        /* The alarm of this kind (rogue_kind_alarm) is over: it was not heard any more, or is known. */
        void (*over)(const char *kind, const struct mac *mac, void *userdata);
        void (*random)(void *bytes, size_t size, void *userdata);
        void *userdata;
};

struct rogue_watch;

/* directory is borrowed and must outlive it. */
int rogue_watch_new(struct directory *directory, const struct rogue_watch_ops *ops, struct rogue_watch **ret_watch) PV_MUST_CHECK;
void rogue_watch_free(struct rogue_watch *w);

/* A datagram to port 68 that we did not send. */
void rogue_watch_dhcp(struct rogue_watch *w, uint32_t from, const struct mac *mac, const void *payload, size_t size, uint64_t now_ms);
/* A SIP message to us. True: it was said to our made-up phone and concerns nobody else. */
bool rogue_watch_sip(struct rogue_watch *w, uint32_t from, const struct mac *mac, const void *payload, size_t size, uint64_t now_ms);
/* Asks when it is time to. */
void rogue_watch_tick(struct rogue_watch *w, uint64_t now_ms);
/* Asks at the next tick, at once. PV_EREFUSED: the watch is off. */
int rogue_watch_ask(struct rogue_watch *w, uint64_t now_ms) PV_MUST_CHECK;
/*
 * An alarm that was open before this process began: it is over when that host is not heard. kind: as rogue_kind_alarm() says it;
 * others, and more than ROGUE_WATCH_MAX, are left to people.
 */
void rogue_watch_adopt(struct rogue_watch *w, const char *kind, const struct mac *mac, uint64_t now_ms);
/* Whether this is the phone that does not exist: what comes back of its question is nothing that was seen. */
bool rogue_watch_is_made_up(const struct rogue_watch *w, const struct mac *mac);
/* When rogue_watch_tick() is due next; UINT64_MAX: never, the watch is off. */
uint64_t rogue_watch_next_ms(const struct rogue_watch *w);
/* The i-th in no order; NULL past the end. */
const struct rogue *rogue_watch_at(const struct rogue_watch *w, size_t i);

#endif
