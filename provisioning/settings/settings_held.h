#ifndef PROVOST_SETTINGS_HELD_H
#define PROVOST_SETTINGS_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * What was told of which phone, so that a phone that polls every few minutes has one `settings-held` on its timeline and not
 * hundreds. Bounded: of more than 16,384 phones with an error at once some are told again. Forgotten with the process.
 */
struct settings_held;

enum settings_held_what {
        SETTINGS_HELD_NEWEST,           /* why the phone gets its last good settings */
        SETTINGS_HELD_ALL,              /* why it gets none */
        SETTINGS_HELD_KINDS,
};

int settings_held_new(struct settings_held **ret_held) PV_MUST_CHECK;
void settings_held_free(struct settings_held *held);
/* Whether this reason at this revision differs from what was told last; it counts as told from now on. `mac`: 12 hex digits. */
bool settings_held_is_news(struct settings_held *held, const char *mac, enum settings_held_what what, int64_t revision, const char *reason);
/* It is over: the next reason is news again. */
void settings_held_forget(struct settings_held *held, const char *mac, enum settings_held_what what);

#endif
