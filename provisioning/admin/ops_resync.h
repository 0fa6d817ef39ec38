#ifndef PROVOST_ADMIN_OPS_RESYNC_H
#define PROVOST_ADMIN_OPS_RESYNC_H

#include "provisioning/admin/operation.h"

/*
 * Tells a phone in its tunnel to fetch its settings, or to reboot; noted in the audit. The reply has outcome and detail; that it
 * happened stands on its timeline. < 0: *ret_error is the error (owned) with its fields in *ret_reply (owned).
 */
int ops_resync(struct call *call, const char *mac, bool is_reboot, sd_json_variant **ret_reply, char **ret_error) PV_MUST_CHECK;

#endif
