#ifndef PROVOST_MODEL_FIRMWARE_H
#define PROVOST_MODEL_FIRMWARE_H

#include <stdbool.h>

/* Whether a phone that runs one version may be given another. */
enum firmware_verdict {
        FIRMWARE_FINE,                  /* the same or newer */
        FIRMWARE_UNKNOWN,               /* what it runs is not known, or one of them is no version: nothing to compare */
        FIRMWARE_DOWNGRADE_ALLOWED,
        FIRMWARE_DOWNGRADE,             /* needs firmware_downgrade=on */
        FIRMWARE_NEVER,                 /* from 8.9.3 down the update can hang for good (snom.md 3.7): nothing allows it */
};

enum firmware_verdict firmware_guard(const char *running, const char *wanted, bool may_downgrade);
bool firmware_is_refused(enum firmware_verdict verdict);

#endif
