LIBS += settings
settings_DIR  := provisioning/settings
settings_SRCS := settings.c settings_admit.c settings_answers.c settings_firmware.c settings_hold.c settings_plan.c settings_tag.c
settings_USES := base service http model phone phone_reply document store_client
settings_PKGS := libsystemd libcrypto

PROGRAMS += provost-settings
provost-settings_DIR    := provisioning/settings
provost-settings_OPTION := PROVOST_SETTINGS
provost-settings_SRCS   := main.c
provost-settings_USES   := base service settings
provost-settings_PKGS   := libsystemd

UNIT_TESTS += test_settings_plan
test_settings_plan_DIR  := tests/unit/provisioning/settings
test_settings_plan_SRCS := test_settings_plan.c
test_settings_plan_USES := base settings
UNIT_TESTS += test_settings
test_settings_DIR     := tests/unit/provisioning/settings
test_settings_SRCS    := test_settings.c
test_settings_USES    := base service settings
test_settings_PKGS    := libsystemd
test_settings_VARLINK := ../../../../provisioning/store/io.provost.Store.varlink
UNIT_TESTS += test_settings_tag
test_settings_tag_DIR  := tests/unit/provisioning/settings
test_settings_tag_SRCS := test_settings_tag.c
test_settings_tag_USES := base settings
