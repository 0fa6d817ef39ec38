LIBS += service
service_DIR  := appliance/service
service_SRCS := service.c service_errand.c service_field.c service_peer.c
service_USES := base
service_PKGS := libsystemd
