UNIT_TESTS += test_args
test_args_DIR  := tests/unit/appliance/console
test_args_SRCS := test_args.c
test_args_USES := base console

UNIT_TESTS += test_ctl
test_ctl_DIR  := tests/unit/appliance/console
test_ctl_SRCS := test_ctl.c
test_ctl_USES := base console service
test_ctl_PKGS := libsystemd

UNIT_TESTS += test_ctl_calls
test_ctl_calls_DIR  := tests/unit/appliance/console
test_ctl_calls_SRCS := test_ctl_calls.c
test_ctl_calls_USES := base console
test_ctl_calls_PKGS := libsystemd
test_ctl_calls_VARLINK := ../../../../provisioning/admin/io.provost.Admin.varlink ../../../../provisioning/store/io.provost.Store.varlink ../../../../provisioning/import/io.provost.Import.varlink \
	../../../../provisioning/settings/io.provost.Settings.varlink ../../../../provisioning/responder/io.provost.Responder.varlink \
	../../../../vpn/session/io.provost.Session.varlink ../../../../vpn/pki/io.provost.Pki.varlink ../../../../appliance/box/io.provost.Box.varlink \
	../../../../appliance/update/io.provost.Update.varlink ../../../../appliance/backup/io.provost.Backup.varlink

UNIT_TESTS += test_ctl_files
test_ctl_files_DIR  := tests/unit/appliance/console
test_ctl_files_SRCS := test_ctl_files.c
test_ctl_files_USES := base console
test_ctl_files_PKGS := libsystemd
test_ctl_files_VARLINK := $(test_ctl_calls_VARLINK)

UNIT_TESTS += test_ctl_admission
test_ctl_admission_DIR  := tests/unit/appliance/console
test_ctl_admission_SRCS := test_ctl_admission.c
test_ctl_admission_USES := base console
test_ctl_admission_PKGS := libsystemd
test_ctl_admission_VARLINK := $(test_ctl_calls_VARLINK)

UNIT_TESTS += test_ctl_network
test_ctl_network_DIR  := tests/unit/appliance/console
test_ctl_network_SRCS := test_ctl_network.c
test_ctl_network_USES := base console
test_ctl_network_PKGS := libsystemd
test_ctl_network_VARLINK := $(test_ctl_calls_VARLINK)

UNIT_TESTS += test_screen
test_screen_DIR  := tests/unit/appliance/console
test_screen_SRCS := test_screen.c
test_screen_USES := base console
test_screen_PKGS := libsystemd

UNIT_TESTS += test_trial_head
test_trial_head_DIR  := tests/unit/appliance/console
test_trial_head_SRCS := test_trial_head.c
test_trial_head_USES := base console
test_trial_head_PKGS := libsystemd

UNIT_TESTS += test_channel
test_channel_DIR  := tests/unit/appliance/console
test_channel_SRCS := test_channel.c
test_channel_USES := base console service
test_channel_PKGS := libsystemd

FUZZERS += channel_request
channel_request_DIR  := tests/fuzz/channel_request
channel_request_SRCS := fuzz.c
channel_request_USES := base console service
channel_request_PKGS := libsystemd

FUZZERS += setting_word
setting_word_DIR  := tests/fuzz/setting_word
setting_word_SRCS := fuzz.c
setting_word_USES := base console service
setting_word_PKGS := libsystemd

UNIT_TESTS += test_ctl_page
test_ctl_page_DIR  := tests/unit/appliance/console
test_ctl_page_SRCS := test_ctl_page.c
test_ctl_page_USES := base console
test_ctl_page_PKGS := libsystemd
test_ctl_page_VARLINK := $(test_ctl_calls_VARLINK)

UNIT_TESTS += test_prompt
test_prompt_DIR  := tests/unit/appliance/console
test_prompt_SRCS := test_prompt.c
test_prompt_USES := base console service
test_prompt_PKGS := libsystemd

FUZZERS += prompt_line
prompt_line_DIR  := tests/fuzz/prompt_line
prompt_line_SRCS := fuzz.c
prompt_line_USES := base console service
prompt_line_PKGS := libsystemd

UNIT_TESTS += test_prompt_key
test_prompt_key_DIR  := tests/unit/appliance/console
test_prompt_key_SRCS := test_prompt_key.c
test_prompt_key_USES := base console service
test_prompt_key_PKGS := libsystemd

UNIT_TESTS += test_ctl_appliance
test_ctl_appliance_DIR  := tests/unit/appliance/console
test_ctl_appliance_SRCS := test_ctl_appliance.c
test_ctl_appliance_USES := base console
test_ctl_appliance_PKGS := libsystemd
test_ctl_appliance_VARLINK := $(test_ctl_calls_VARLINK)
