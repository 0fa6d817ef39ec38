#ifndef PROVOST_ADMIN_OPS_OUT_H
#define PROVOST_ADMIN_OPS_OUT_H

#include "provisioning/admin/operation.h"

enum ops_out_way { OPS_OUT_REVOKED, OPS_OUT_STOLEN, OPS_OUT_DELETED };

/*
 * Puts a phone out and tries all of it. ret_receipt: as the store keeps it, the caller's; ret_open: its lines that are not confirmed.
 * reason may be NULL. < 0: the store refused, *ret_error (NULL: no memory) and its fields in *ret_error_reply are the caller's.
 */
int ops_out(struct call *call, const char *mac, enum ops_out_way way, const char *reason, sd_json_variant **ret_receipt, size_t *ret_open,
            char **ret_error, sd_json_variant **ret_error_reply) PV_MUST_CHECK;

#endif
