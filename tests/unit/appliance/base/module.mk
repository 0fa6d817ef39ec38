UNIT_TESTS += test_base
test_base_DIR := tests/unit/appliance/base
test_base_SRCS := test_base.c
test_base_USES := base

FUZZERS += mac
mac_DIR := tests/fuzz/mac
mac_SRCS := fuzz.c
mac_USES := base
