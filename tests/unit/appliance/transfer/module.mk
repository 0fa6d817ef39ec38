UNIT_TESTS += test_transfer
test_transfer_DIR  := tests/unit/appliance/transfer
test_transfer_SRCS := test_transfer.c
test_transfer_USES := base chore service transfer_client transfer_text
test_transfer_PKGS := libsystemd libcurl
