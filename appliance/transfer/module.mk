LIBS += transfer_client
transfer_client_DIR  := appliance/transfer
transfer_client_SRCS := transfer_client.c
transfer_client_USES := base chore service
transfer_client_PKGS := libsystemd

LIBS += transfer_text
transfer_text_DIR  := appliance/transfer
transfer_text_SRCS := transfer_text.c
transfer_text_USES := base
transfer_text_PKGS := libcurl

PROGRAMS += provost-transfer
provost-transfer_DIR  := appliance/transfer
provost-transfer_SRCS := main.c
provost-transfer_USES := base chore service transfer_client transfer_text
provost-transfer_PKGS := libsystemd libcurl
