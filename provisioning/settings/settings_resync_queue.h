#ifndef PROVOST_SETTINGS_SETTINGS_RESYNC_QUEUE_H
#define PROVOST_SETTINGS_SETTINGS_RESYNC_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/*
 * Which phone is told next. A phone stands here once, however often it is wished for; a wish waits a moment for others
 * of the same change; and starts are spread, so that 10,000 phones do not come back in one second.
 */

#define SETTINGS_RESYNC_QUEUE_MAX 16384
#define SETTINGS_RESYNC_QUEUE_RUNNING_MAX 2048  /* 50 a second that stay silent for 32 s, and room */
#define SETTINGS_RESYNC_QUEUE_DEBOUNCE_MS 1000
#define SETTINGS_RESYNC_QUEUE_PACE_MS 20        /* between two starts: 50 a second */

struct settings_resync_queue;

/* A phone that is told, or waits for it. Fields are read by others, and written here alone, but job. */
struct settings_resync_entry {
        char mac[MAC_TEXT_SIZE];
        bool is_running, reboot;
        unsigned run;                   /* number of its last start, from 1 */
        void *job;                      /* the caller's, while it runs */

        bool again, reboot_again;       /* wished for while it ran */
        uint64_t due_ms;
        struct settings_resync_entry *same;             /* of one bucket */
        struct settings_resync_entry *before, *after;   /* those that wait, in their order */
};

int settings_resync_queue_new(struct settings_resync_queue **ret_queue) PV_MUST_CHECK;
void settings_resync_queue_free(struct settings_resync_queue *queue);

/*
 * This phone should be told. is_urgent: a person waits, so it goes first and at once. *ret_run: the number of the start
 * that fulfils it (the present one, unless a reboot is wished for and that one asks for none). PV_ETOOLARGE: too many wait.
 */
int settings_resync_queue_wish(struct settings_resync_queue *queue, const char *mac, bool reboot, bool is_urgent, uint64_t now_ms,
                               unsigned *ret_run) PV_MUST_CHECK;
/* The next one that starts now: it runs. NULL: none, or not yet. */
struct settings_resync_entry *settings_resync_queue_start(struct settings_resync_queue *queue, uint64_t now_ms);
/* Its run ended. It waits anew or is gone. */
void settings_resync_queue_end(struct settings_resync_queue *queue, struct settings_resync_entry *entry, uint64_t now_ms);
/* When settings_resync_queue_start() may have one; UINT64_MAX: nothing waits, or too many run. */
uint64_t settings_resync_queue_next_ms(const struct settings_resync_queue *queue);

#endif
