LIBS += chore
chore_DIR  := appliance/chore
chore_SRCS := chore.c
chore_USES := base
chore_PKGS := libsystemd
