LIBS += session
session_DIR  := vpn/session
session_SRCS := management_client.c management_input.c management_line.c management_log.c session_admit.c session_channel.c session_cipher.c \
	session_class.c session_command.c session_config.c session_core.c session_end.c session_files.c session_flap.c \
	session_phones.c session_policy.c session_reach.c session_tunnels.c
session_USES := base model

PROGRAMS += provost-session
provost-session_DIR     := vpn/session
provost-session_OPTION  := PROVOST_SESSION
provost-session_SRCS    := main.c management_link.c session_block.c session_firewall.c session_methods.c session_server.c session_station.c \
	session_store.c session_waiters.c
provost-session_USES    := base model service session store_client
provost-session_PKGS    := libsystemd libnftables
provost-session_VARLINK := io.provost.Session.varlink
