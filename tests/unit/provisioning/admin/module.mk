UNIT_TESTS += test_openapi
test_openapi_DIR  := tests/unit/provisioning/admin
test_openapi_SRCS := test_openapi.c
test_openapi_USES := base service admin
test_openapi_PKGS := libsystemd

UNIT_TESTS += test_traffic
test_traffic_DIR  := tests/unit/provisioning/admin
test_traffic_SRCS := test_traffic.c
test_traffic_USES := base admin
test_traffic_PKGS := libsystemd

UNIT_TESTS += test_suggest
test_suggest_DIR  := tests/unit/provisioning/admin
test_suggest_SRCS := test_suggest.c
test_suggest_USES := base model admin
test_suggest_PKGS := libsystemd

UNIT_TESTS += test_csv
test_csv_DIR  := tests/unit/provisioning/admin
test_csv_SRCS := test_csv.c
test_csv_USES := base people admin
test_csv_PKGS := libsystemd

UNIT_TESTS += test_tar
test_tar_DIR  := tests/unit/provisioning/admin
test_tar_SRCS := test_tar.c
test_tar_USES := base admin
test_tar_PKGS := libsystemd

UNIT_TESTS += test_ops
test_ops_DIR  := tests/unit/provisioning/admin
test_ops_SRCS := test_ops.c
test_ops_USES := base people model admin
test_ops_PKGS := libsystemd

UNIT_TESTS += test_ops_appliance
test_ops_appliance_DIR  := tests/unit/provisioning/admin
test_ops_appliance_SRCS := test_ops_appliance.c
test_ops_appliance_USES := base people admin
test_ops_appliance_PKGS := libsystemd

UNIT_TESTS += test_download
test_download_DIR     := tests/unit/provisioning/admin
test_download_SRCS    := test_download.c
test_download_USES    := base service http admin
test_download_PKGS    := libsystemd
test_download_VARLINK := ../../../../appliance/backup/io.provost.Backup.varlink

UNIT_TESTS += test_upkeep_policy
test_upkeep_policy_DIR  := tests/unit/provisioning/admin
test_upkeep_policy_SRCS := test_upkeep_policy.c
test_upkeep_policy_USES := base people admin
test_upkeep_policy_PKGS := libsystemd

UNIT_TESTS += test_upkeep
test_upkeep_DIR     := tests/unit/provisioning/admin
test_upkeep_SRCS    := test_upkeep.c
test_upkeep_USES    := base service people admin
test_upkeep_PKGS    := libsystemd
test_upkeep_VARLINK := ../../../../appliance/update/io.provost.Update.varlink ../../../../appliance/backup/io.provost.Backup.varlink ../../../../provisioning/store/io.provost.Store.varlink
