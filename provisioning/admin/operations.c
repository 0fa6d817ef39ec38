/*
 * operations: all that the API can do.
 *
 * In:   nothing.
 * Out:  the tables of operations.
 * Not:  nothing else.
 */
#include "provisioning/admin/operations.h"

#include "provisioning/admin/ops_frame.h"

const struct operation *const operation_tables[] = {
        ops_service_operations, ops_door_operations, ops_invitation_operations, ops_users_operations,
        ops_authority_operations, ops_backup_operations, ops_bulk_operations, ops_catalogue_operations, ops_data_operations,
        ops_diagnostics_operations,
        ops_firmware_operations, ops_imports_operations, ops_lists_operations, ops_network_operations, ops_out_operations,
        ops_overview_operations, ops_phone_operations, ops_phones_operations, ops_revisions_operations, ops_scopes_operations,
        ops_secrets_operations, ops_site_operations, ops_system_operations, ops_tunnels_operations, ops_update_operations,
        ops_waiting_operations,
        NULL,
};
