LIBS += bootstrap
bootstrap_DIR  := vpn/bootstrap
bootstrap_SRCS := bootstrap.c bootstrap_admit.c bootstrap_answers.c bootstrap_gate.c bundle.c bundle_tar.c stage1.c
bootstrap_USES := base service http model phone phone_reply document store_client
bootstrap_PKGS := libsystemd

PROGRAMS += provost-bootstrap
provost-bootstrap_DIR    := vpn/bootstrap
provost-bootstrap_OPTION := PROVOST_BOOTSTRAP
provost-bootstrap_SRCS   := main.c
provost-bootstrap_USES   := base service bootstrap
provost-bootstrap_PKGS   := libsystemd

UNIT_TESTS += test_bootstrap_admit
test_bootstrap_admit_DIR  := tests/unit/vpn/bootstrap
test_bootstrap_admit_SRCS := test_bootstrap_admit.c
test_bootstrap_admit_USES := base bootstrap
UNIT_TESTS += test_stage1
test_stage1_DIR  := tests/unit/vpn/bootstrap
test_stage1_SRCS := test_stage1.c
test_stage1_USES := base bootstrap
UNIT_TESTS += test_bootstrap
test_bootstrap_DIR     := tests/unit/vpn/bootstrap
test_bootstrap_SRCS    := test_bootstrap.c
test_bootstrap_USES    := base service bootstrap
test_bootstrap_PKGS    := libsystemd
test_bootstrap_VARLINK := ../../../../provisioning/store/io.provost.Store.varlink ../../../../vpn/pki/io.provost.Pki.varlink
