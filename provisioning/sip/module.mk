LIBS += sip
sip_DIR  := provisioning/sip
sip_SRCS := sip_text.c
sip_USES := base
