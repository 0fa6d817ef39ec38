#ifndef PROVOST_ADMIN_OPERATIONS_H
#define PROVOST_ADMIN_OPERATIONS_H

#include "provisioning/admin/operation.h"

/* The tables of ops_*.c, each ending with .method == NULL; the frame's own are in ops_frame.h. */
extern const struct operation ops_authority_operations[];
extern const struct operation ops_backup_operations[];
extern const struct operation ops_bulk_operations[];
extern const struct operation ops_catalogue_operations[];
extern const struct operation ops_data_operations[];
extern const struct operation ops_diagnostics_operations[];
extern const struct operation ops_firmware_operations[];
extern const struct operation ops_imports_operations[];
extern const struct operation ops_lists_operations[];
extern const struct operation ops_network_operations[];
extern const struct operation ops_out_operations[];
extern const struct operation ops_overview_operations[];
extern const struct operation ops_phone_operations[];
extern const struct operation ops_phones_operations[];
extern const struct operation ops_revisions_operations[];
extern const struct operation ops_scopes_operations[];
extern const struct operation ops_secrets_operations[];
extern const struct operation ops_site_operations[];
extern const struct operation ops_system_operations[];
extern const struct operation ops_tunnels_operations[];
extern const struct operation ops_update_operations[];
extern const struct operation ops_waiting_operations[];

#endif
