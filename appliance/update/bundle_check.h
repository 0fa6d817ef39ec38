#ifndef PROVOST_UPDATE_BUNDLE_CHECK_H
#define PROVOST_UPDATE_BUNDLE_CHECK_H

#include "appliance/update/bundle_manifest.h"

/* Told now and then, percent of the whole. */
typedef void (*bundle_check_progress)(int percent, void *userdata);

/*
 * Checks the bundle behind a descriptor that can be read at any place, and unpacks root, kernel.efi and boot.efi into an empty directory.
 * 0: everything is as its maker made it and this appliance takes it. PV_EREFUSED with a sentence: it is not. PV_ESYSTEM with a sentence: it
 * could not be read or written. What was unpacked stays in both cases: the caller removes it.
 */
int bundle_check(int bundle, int directory, const struct bundle_policy *policy, const char *authorities, bundle_check_progress progress,
                 void *userdata, struct bundle_manifest *ret, char ret_reason[static BUNDLE_REASON_SIZE]) PV_MUST_CHECK;

#endif
