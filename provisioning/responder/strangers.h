#ifndef PROVOST_RESPONDER_STRANGERS_H
#define PROVOST_RESPONDER_STRANGERS_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/mac.h"
#include "provisioning/responder/directory.h"

/*
 * Senders that are no trusted phones, remembered for their rate. Room for a fixed number: whoever falls on the place of
 * another pushes it out, so that a flood of addresses costs nothing but the ceiling they share.
 */
#define STRANGERS_MAX 1024

struct stranger {
        struct mac mac;
        struct directory_bucket bucket;
};

struct strangers {
        struct stranger items[STRANGERS_MAX];
        struct directory_bucket all, lines, events;
};

/* Never NULL; a new one when it is not remembered. Valid until the next call. */
struct stranger *strangers_find(struct strangers *strangers, const struct mac *mac);
/* May this one send another message: two a second, 300 a second for all of them together. */
bool strangers_may_send(struct strangers *strangers, const struct mac *mac, uint64_t now_ms);
/* May another log line, another event tell of strangers: 20 and 5 a second. */
bool strangers_may_log(struct strangers *strangers, uint64_t now_ms);
bool strangers_may_tell(struct strangers *strangers, uint64_t now_ms);

#endif
