LIBS += console
console_DIR  := appliance/console
console_SRCS := args.c channel.c ctl.c ctl_alarm.c ctl_ask.c ctl_backup.c ctl_box.c ctl_catalogue.c ctl_change.c ctl_clock.c complete.c ctl_complete.c ctl_dhcp.c ctl_disk.c ctl_ends.c ctl_enrol.c ctl_evidence.c \
	ctl_firmware.c ctl_groups.c ctl_import.c ctl_known.c ctl_legacy.c ctl_log.c ctl_out.c ctl_page.c ctl_phone.c ctl_phone_list.c ctl_preview.c ctl_reach.c \
	ctl_receipt.c ctl_replace.c ctl_revision.c ctl_scope.c ctl_rogue.c ctl_score.c ctl_seal.c ctl_secret.c ctl_setting.c ctl_settings.c ctl_show.c \
	ctl_site.c ctl_tar.c ctl_update.c ctl_upload.c ctl_words.c manual.c prompt_key.c prompt_line.c screen.c table.c
console_USES := base people qr service
console_PKGS := libsystemd libcrypto
console_EMBED := ../../provisioning/model/settings.catalogue

PROGRAMS += provostctl
provostctl_DIR := appliance/console
provostctl_SRCS := main.c prompt.c
provostctl_USES := console base service
provostctl_PKGS := libsystemd libedit

PROGRAMS += provost-console
provost-console_DIR := appliance/console
provost-console_SRCS := first_screen.c
provost-console_USES := console base service
provost-console_PKGS := libsystemd
