/*
 * firmware: the guard against downgrades that harm.
 *
 * In:   the version a phone runs and the one it is to get.
 * Out:  a verdict.
 * Not:  no files. Below which version 8.9.3 must not go stands on a page that nobody could read: none is low enough.
 */
#include "provisioning/model/firmware.h"

#include <stddef.h>

#include "provisioning/model/model_family.h"

#define HANGS_FROM "8.9.3"
#define HANGS_UNTIL "8.9.4"

enum firmware_verdict firmware_guard(const char *running, const char *wanted, bool may_downgrade)
{
        if (!running || !wanted || !model_is_version(running) || !model_is_version(wanted))
                return FIRMWARE_UNKNOWN;
        if (model_version_compare(wanted, running) >= 0)
                return FIRMWARE_FINE;
        if (model_version_compare(running, HANGS_FROM) >= 0 && model_version_compare(running, HANGS_UNTIL) < 0)
                return FIRMWARE_NEVER;
        return may_downgrade ? FIRMWARE_DOWNGRADE_ALLOWED : FIRMWARE_DOWNGRADE;
}

bool firmware_is_refused(enum firmware_verdict verdict)
{
        return verdict == FIRMWARE_DOWNGRADE || verdict == FIRMWARE_NEVER;
}
