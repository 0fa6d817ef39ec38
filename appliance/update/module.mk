LIBS += update
update_DIR  := appliance/update
update_SRCS := bundle_check.c bundle_header.c bundle_manifest.c bundle_sign.c durable.c job.c machine.c manifest_json.c slots.c trial.c uki_name.c \
	update_state.c update_version.c
update_USES := base service chore
update_PKGS := libsystemd libcrypto

PROGRAMS += provost-update
provost-update_OPTION := PROVOST_UPDATE
provost-update_DIR := appliance/update
provost-update_SRCS := main.c update.c update_health.c update_install.c update_intake.c update_json.c update_place.c
provost-update_USES := update transfer_client base service chore
provost-update_PKGS := libsystemd libcrypto
provost-update_VARLINK := io.provost.Update.varlink

PROGRAMS += provost-update-check
provost-update-check_OPTION := PROVOST_UPDATE
provost-update-check_DIR := appliance/update
provost-update-check_SRCS := check_main.c
provost-update-check_USES := update base service chore
provost-update-check_PKGS := libsystemd libcrypto
