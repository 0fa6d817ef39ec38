LIBS += responder
responder_DIR := provisioning/responder
responder_SRCS := dhcp_answer.c dhcp_lease.c dhcp_message.c dhcp_policy.c dhcp_server.c directory.c
responder_USES := base model

PROGRAMS += provost-responder
provost-responder_DIR := provisioning/responder
provost-responder_OPTION := PROVOST_RESPONDER
provost-responder_SRCS := main.c store_link.c
provost-responder_USES := base service model packet responder
provost-responder_PKGS := libsystemd
provost-responder_VARLINK := io.provost.Responder.varlink
