LIBS += settings
settings_DIR  := provisioning/settings
settings_SRCS := settings.c settings_admit.c settings_answers.c settings_plan.c
settings_USES := base service http model phone document
settings_PKGS := libsystemd libcrypto

PROGRAMS += provost-settings
provost-settings_DIR    := provisioning/settings
provost-settings_OPTION := PROVOST_SETTINGS
provost-settings_SRCS   := main.c
provost-settings_USES   := base service settings
provost-settings_PKGS   := libsystemd
