LIBS += update
update_DIR  := appliance/update
update_SRCS := bundle_check.c bundle_header.c bundle_manifest.c bundle_sign.c durable.c job.c machine.c manifest_json.c medium.c slots.c transfer_file.c trial.c uki_name.c \
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

LIBS += update_disk
update_disk_DIR  := appliance/update
update_disk_SRCS := disk_table.c esp.c
update_disk_USES := update base
update_disk_PKGS := libsystemd fdisk

PROGRAMS += provost-update-disk
provost-update-disk_OPTION := PROVOST_UPDATE
provost-update-disk_DIR := appliance/update
provost-update-disk_SRCS := disk.c disk_main.c disk_medium.c disk_slots.c tool.c
provost-update-disk_USES := update update_disk base service chore
provost-update-disk_PKGS := libsystemd libcrypto fdisk
