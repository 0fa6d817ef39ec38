LIBS += admin
admin_DIR  := provisioning/admin
admin_SRCS := access.c admin.c admin_methods.c admin_setup.c body.c call.c csv.c door.c events.c field.c header.c operations.c ops.c ops_door.c ops_invitation.c ops_service.c ops_users.c \
	password.c password_refusal.c pending.c problem.c route.c secret.c seed.c seed_run.c session_table.c setup.c station.c throttle.c totp.c uri.c user_secrets.c worker.c
admin_SRCS += backup_made.c download.c ops_authority.c ops_backup.c ops_bulk.c ops_catalogue.c ops_data.c ops_diagnostics.c ops_firmware.c ops_imports.c ops_lists.c ops_network.c ops_out.c ops_overview.c ops_phone.c ops_phones.c ops_piece.c \
	ops_resync.c ops_revisions.c ops_scopes.c ops_secrets.c ops_site.c ops_system.c ops_tunnels.c ops_update.c ops_waiting.c phone_way.c sampler.c site_words.c suggest.c \
	tar.c traffic.c upkeep.c upkeep_policy.c
admin_USES := base service people http qr model
admin_PKGS := libsystemd libcrypto
admin_EMBED := openapi.yaml

PROGRAMS += provost-admin
provost-admin_DIR     := provisioning/admin
provost-admin_OPTION  := PROVOST_ADMIN
provost-admin_SRCS    := main.c
provost-admin_USES    := base service model admin
provost-admin_PKGS    := libsystemd
provost-admin_VARLINK := io.provost.Admin.varlink

ADMIN_TESTS := test_access test_body test_call test_field test_header test_password test_problem test_route test_admin_secret test_session_table test_setup test_throttle test_totp test_uri test_worker
UNIT_TESTS += $(ADMIN_TESTS)
$(foreach t,$(ADMIN_TESTS),$(eval $(t)_DIR := tests/unit/provisioning/admin)$(eval $(t)_SRCS := $(t).c)$(eval $(t)_USES := base admin)$(eval $(t)_PKGS := libsystemd))

FUZZERS += admin_request
admin_request_DIR  := tests/fuzz/admin_request
admin_request_SRCS := fuzz.c
admin_request_USES := base admin
admin_request_PKGS := libsystemd

UNIT_TESTS += test_seed
test_seed_DIR  := tests/unit/provisioning/admin
test_seed_SRCS := test_seed.c
test_seed_USES := base admin
test_seed_PKGS := libsystemd

FUZZERS += setup_file
setup_file_DIR  := tests/fuzz/setup_file
setup_file_SRCS := fuzz.c
setup_file_USES := base admin
setup_file_PKGS := libsystemd
UNIT_TESTS += test_admin
test_admin_DIR     := tests/unit/provisioning/admin
test_admin_SRCS    := test_admin.c
test_admin_USES    := base service admin
test_admin_PKGS    := libsystemd
test_admin_VARLINK := ../../../../provisioning/store/io.provost.Store.varlink
