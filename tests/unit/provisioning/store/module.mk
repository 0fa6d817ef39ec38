UNIT_TESTS += test_store
test_store_DIR := tests/unit/provisioning/store
test_store_SRCS := test_store.c
test_store_USES := store

UNIT_TESTS += test_store_server
test_store_server_DIR := tests/unit/provisioning/store
test_store_server_SRCS := test_store_server.c
test_store_server_USES := store

UNIT_TESTS += test_store_client
test_store_client_DIR  := tests/unit/provisioning/store
test_store_client_SRCS := test_store_client.c
test_store_client_USES := base service model store_client
test_store_client_PKGS := libsystemd

UNIT_TESTS += test_store_lint
test_store_lint_DIR := tests/unit/provisioning/store
test_store_lint_SRCS := test_store_lint.c
test_store_lint_USES := store settings model document

UNIT_TESTS += test_approve
test_approve_DIR := tests/unit/provisioning/store
test_approve_SRCS := test_approve.c
test_approve_USES := store

UNIT_TESTS += test_seen
test_seen_DIR := tests/unit/provisioning/store
test_seen_SRCS := test_seen.c
test_seen_USES := store

UNIT_TESTS += test_alarm
test_alarm_DIR := tests/unit/provisioning/store
test_alarm_SRCS := test_alarm.c
test_alarm_USES := store

UNIT_TESTS += test_replace
test_replace_DIR := tests/unit/provisioning/store
test_replace_SRCS := test_replace.c
test_replace_USES := store

UNIT_TESTS += test_secret
test_secret_DIR := tests/unit/provisioning/store
test_secret_SRCS := test_secret.c
test_secret_USES := store

UNIT_TESTS += test_tamper
test_tamper_DIR := tests/unit/provisioning/store
test_tamper_SRCS := test_tamper.c
test_tamper_USES := store

UNIT_TESTS += test_import
test_import_DIR := tests/unit/provisioning/store
test_import_SRCS := test_import.c
test_import_USES := store

UNIT_TESTS += test_rollout_plan
test_rollout_plan_DIR := tests/unit/provisioning/store
test_rollout_plan_SRCS := test_rollout_plan.c
test_rollout_plan_USES := store

UNIT_TESTS += test_firmware
test_firmware_DIR := tests/unit/provisioning/store
test_firmware_SRCS := test_firmware.c
test_firmware_USES := store

UNIT_TESTS += test_rollout
test_rollout_DIR := tests/unit/provisioning/store
test_rollout_SRCS := test_rollout.c
test_rollout_USES := store

UNIT_TESTS += test_migration
test_migration_DIR := tests/unit/provisioning/store
test_migration_SRCS := test_migration.c
test_migration_USES := store
test_migration_PKGS := sqlite3

UNIT_TESTS += test_scope
test_scope_DIR := tests/unit/provisioning/store
test_scope_SRCS := test_scope.c
test_scope_USES := store

UNIT_TESTS += test_document
test_document_DIR := tests/unit/provisioning/store
test_document_SRCS := test_document.c
test_document_USES := store

UNIT_TESTS += test_document_tunnel
test_document_tunnel_DIR := tests/unit/provisioning/store
test_document_tunnel_SRCS := test_document_tunnel.c
test_document_tunnel_USES := store

UNIT_TESTS += test_revision
test_revision_DIR := tests/unit/provisioning/store
test_revision_SRCS := test_revision.c
test_revision_USES := store

UNIT_TESTS += test_renewal_plan
test_renewal_plan_DIR := tests/unit/provisioning/store
test_renewal_plan_SRCS := test_renewal_plan.c
test_renewal_plan_USES := store

UNIT_TESTS += test_renewal
test_renewal_DIR := tests/unit/provisioning/store
test_renewal_SRCS := test_renewal.c
test_renewal_USES := store

UNIT_TESTS += test_reach
test_reach_DIR := tests/unit/provisioning/store
test_reach_SRCS := test_reach.c
test_reach_USES := store

UNIT_TESTS += test_tunnel
test_tunnel_DIR := tests/unit/provisioning/store
test_tunnel_SRCS := test_tunnel.c
test_tunnel_USES := store

UNIT_TESTS += test_user
test_user_DIR := tests/unit/provisioning/store
test_user_SRCS := test_user.c
test_user_USES := store

UNIT_TESTS += test_audit
test_audit_DIR := tests/unit/provisioning/store
test_audit_SRCS := test_audit.c
test_audit_USES := store
test_audit_PKGS := sqlite3

UNIT_TESTS += test_table
test_table_DIR := tests/unit/provisioning/store
test_table_SRCS := test_table.c
test_table_USES := store

UNIT_TESTS += test_search
test_search_DIR := tests/unit/provisioning/store
test_search_SRCS := test_search.c
test_search_USES := store

UNIT_TESTS += test_version
test_version_DIR := tests/unit/provisioning/store
test_version_SRCS := test_version.c
test_version_USES := store

UNIT_TESTS += test_copy
test_copy_DIR := tests/unit/provisioning/store
test_copy_SRCS := test_copy.c
test_copy_USES := store
