LIBS += qr
qr_DIR  := appliance/qr
qr_SRCS := qr.c
qr_USES := base
qr_PKGS := libqrencode

UNIT_TESTS += test_qr
test_qr_DIR  := tests/unit/appliance/qr
test_qr_SRCS := test_qr.c
test_qr_USES := base qr
