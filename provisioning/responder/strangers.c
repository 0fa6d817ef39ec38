/*
 * strangers: how much senders that nobody trusts may do.
 *
 * In:   MACs that may be forged, the time.
 * Out:  yes or no.
 * Not:  no allocation, whatever comes; no decision what is answered.
 */
#include "provisioning/responder/strangers.h"

struct stranger *strangers_find(struct strangers *strangers, const struct mac *mac)
{
        struct stranger *x;
        uint32_t key = 0;

        for (size_t i = 0; i < MAC_SIZE; i++)
                key = key * 0x01000193u ^ mac->bytes[i];
        x = &strangers->items[key % STRANGERS_MAX];
        if (!mac_equal(&x->mac, mac))
                *x = (struct stranger){.mac = *mac};
        return x;
}

bool strangers_may_send(struct strangers *strangers, const struct mac *mac, uint64_t now_ms)
{
        return directory_bucket_take(&strangers_find(strangers, mac)->bucket, now_ms, 2, 20) &&
               directory_bucket_take(&strangers->all, now_ms, 300, 600);
}

bool strangers_may_log(struct strangers *strangers, uint64_t now_ms)
{
        return directory_bucket_take(&strangers->lines, now_ms, 20, 200);
}

bool strangers_may_tell(struct strangers *strangers, uint64_t now_ms)
{
        return directory_bucket_take(&strangers->events, now_ms, 5, 50);
}
