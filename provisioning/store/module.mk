LIBS += store
store_DIR  := provisioning/store
store_SRCS := store.c store_approve.c store_db.c store_document.c store_end.c store_enrolment.c store_event.c store_firmware.c store_generate.c store_import.c store_layer.c \
	store_lease.c store_list.c store_methods.c store_phone.c store_phone_json.c store_preview.c store_reach.c store_reach_text.c store_renewal.c store_renewal_plan.c store_reuse.c store_revision.c store_rollout.c store_rollout_plan.c \
	store_scope.c store_scope_list.c store_seal.c store_secret.c store_serve.c store_server.c store_setting.c store_site.c store_tamper.c store_target.c store_tunnel.c
store_SRCS += store_actor.c store_alarm.c store_audit.c store_check.c store_copy.c store_room.c store_evidence.c store_receipt.c store_replace.c store_revoke.c store_seen.c store_search.c store_snapshot.c store_table.c store_token.c store_user.c store_version.c store_window.c
store_USES := base service model
store_PKGS := libsystemd sqlite3 libcrypto
store_EMBED := schema/001_initial.sql schema/002_tunnel_rest.sql schema/003_scopes.sql schema/004_secrets.sql schema/005_trust.sql schema/006_renewal.sql schema/007_reach.sql
store_EMBED += schema/008_people.sql schema/009_audit.sql schema/010_search.sql schema/changed.sql
store_VARLINK := io.provost.Store.varlink

LIBS += store_client
store_client_DIR  := provisioning/store
store_client_SRCS := store_client.c
store_client_USES := base service model
store_client_PKGS := libsystemd

PROGRAMS += provost-store
provost-store_DIR := provisioning/store
provost-store_OPTION := PROVOST_STORE
provost-store_SRCS := main.c
provost-store_USES := store

PROGRAMS += provost-store-check
provost-store-check_DIR := provisioning/store
provost-store-check_OPTION := PROVOST_BACKUP
provost-store-check_SRCS := check_main.c
provost-store-check_USES := store chore service
provost-store-check_PKGS := libsystemd
