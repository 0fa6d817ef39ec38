/*
 * settings_resync_queue: which phone is told next.
 *
 * In:   wishes, ends, the time.
 * Out:  one entry at a time.
 * Not:  no clock, no socket, nothing of what is told.
 */
#include "provisioning/settings/settings_resync_queue.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define BUCKETS 1024

struct settings_resync_queue {
        struct settings_resync_entry *buckets[BUCKETS];
        struct settings_resync_entry *first, *last;     /* those that wait */
        unsigned n, n_running;
        uint64_t pace_ms;                               /* no start before */
};

static struct settings_resync_entry **bucket_of(struct settings_resync_queue *queue, const char *mac)
{
        uint32_t hash = 2166136261u;

        for (; *mac; mac++)
                hash = (hash ^ (unsigned char)*mac) * 16777619u;
        return &queue->buckets[hash % BUCKETS];
}

static struct settings_resync_entry *find(struct settings_resync_queue *queue, const char *mac)
{
        struct settings_resync_entry *e = *bucket_of(queue, mac);

        while (e && !text_equal(e->mac, mac))
                e = e->same;
        return e;
}

/* --- those that wait --- */

static void unlink_waiting(struct settings_resync_queue *queue, struct settings_resync_entry *e)
{
        *(e->before ? &e->before->after : &queue->first) = e->after;
        *(e->after ? &e->after->before : &queue->last) = e->before;
        e->before = e->after = NULL;
}

static void push(struct settings_resync_queue *queue, struct settings_resync_entry *e, bool is_urgent, uint64_t now_ms)
{
        e->due_ms = is_urgent ? now_ms : now_ms + SETTINGS_RESYNC_QUEUE_DEBOUNCE_MS;
        e->before = is_urgent ? NULL : queue->last;
        e->after = is_urgent ? queue->first : NULL;
        *(e->before ? &e->before->after : &queue->first) = e;
        *(e->after ? &e->after->before : &queue->last) = e;
}

/* --- calls --- */

int settings_resync_queue_new(struct settings_resync_queue **ret_queue)
{
        struct settings_resync_queue *queue = calloc(1, sizeof *queue);

        if (!queue)
                return PV_ENOMEM;
        *ret_queue = queue;
        return 0;
}

void settings_resync_queue_free(struct settings_resync_queue *queue)
{
        for (unsigned i = 0; queue && i < BUCKETS; i++)
                while (queue->buckets[i]) {
                        struct settings_resync_entry *e = queue->buckets[i];

                        queue->buckets[i] = e->same;
                        free(e);
                }
        free(queue);
}

static struct settings_resync_entry *add(struct settings_resync_queue *queue, const char *mac)
{
        struct settings_resync_entry *e = queue->n < SETTINGS_RESYNC_QUEUE_MAX ? calloc(1, sizeof *e) : NULL;
        struct settings_resync_entry **bucket = bucket_of(queue, mac);

        if (!e || text_copy(e->mac, sizeof e->mac, mac) < 0) {
                free(e);
                return NULL;
        }
        e->same = *bucket;
        *bucket = e;
        queue->n++;
        return e;
}

int settings_resync_queue_wish(struct settings_resync_queue *queue, const char *mac, bool reboot, bool is_urgent, uint64_t now_ms,
                               unsigned *ret_run)
{
        struct settings_resync_entry *e = find(queue, mac);

        if (e && e->is_running) {
                /* What changed meanwhile may have come too late for this run; a person is content with it. */
                bool is_served = is_urgent && (e->reboot || !reboot);

                e->again = e->again || !is_served;
                e->reboot_again = e->reboot_again || (reboot && !is_served);
                *ret_run = e->run + !is_served;
                return 0;
        }
        if (e && is_urgent)
                unlink_waiting(queue, e);
        if (!e || is_urgent) {
                if (!e)
                        e = add(queue, mac);
                if (!e)
                        return PV_ETOOLARGE;
                push(queue, e, is_urgent, now_ms);
        }
        e->reboot = e->reboot || reboot;
        *ret_run = e->run + 1;
        return 0;
}

struct settings_resync_entry *settings_resync_queue_start(struct settings_resync_queue *queue, uint64_t now_ms)
{
        struct settings_resync_entry *e = queue->first;

        if (!e || now_ms < settings_resync_queue_next_ms(queue))
                return NULL;
        unlink_waiting(queue, e);
        e->is_running = true;
        e->run++;
        queue->n_running++;
        queue->pace_ms = now_ms + SETTINGS_RESYNC_QUEUE_PACE_MS;
        return e;
}

void settings_resync_queue_end(struct settings_resync_queue *queue, struct settings_resync_entry *entry, uint64_t now_ms)
{
        struct settings_resync_entry **at = bucket_of(queue, entry->mac);

        queue->n_running--;
        entry->is_running = false;
        entry->job = NULL;
        if (entry->again) {
                entry->reboot = entry->reboot_again;
                entry->again = entry->reboot_again = false;
                push(queue, entry, false, now_ms);
                return;
        }
        while (*at != entry)
                at = &(*at)->same;
        *at = entry->same;
        queue->n--;
        free(entry);
}

uint64_t settings_resync_queue_next_ms(const struct settings_resync_queue *queue)
{
        if (!queue->first || queue->n_running >= SETTINGS_RESYNC_QUEUE_RUNNING_MAX)
                return UINT64_MAX;
        return queue->first->due_ms > queue->pace_ms ? queue->first->due_ms : queue->pace_ms;
}
