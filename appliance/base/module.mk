LIBS += base
base_DIR  := appliance/base
base_SRCS := clock.c cursor.c error.c file.c log.c mac.c rows.c text.c writer.c
base_USES :=
base_PKGS :=
