LIBS += bootstrap
bootstrap_DIR  := vpn/bootstrap
bootstrap_SRCS := bootstrap.c bootstrap_admit.c bootstrap_answers.c bootstrap_gate.c bundle.c bundle_tar.c stage1.c
bootstrap_USES := base service http model phone document
bootstrap_PKGS := libsystemd

PROGRAMS += provost-bootstrap
provost-bootstrap_DIR    := vpn/bootstrap
provost-bootstrap_OPTION := PROVOST_BOOTSTRAP
provost-bootstrap_SRCS   := main.c
provost-bootstrap_USES   := base service bootstrap
provost-bootstrap_PKGS   := libsystemd
