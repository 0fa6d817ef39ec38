FUZZERS += management_line
management_line_DIR  := tests/fuzz/management_line
management_line_SRCS := fuzz.c
management_line_USES := base session

UNIT_TESTS += test_management_line
test_management_line_DIR  := tests/unit/vpn/session
test_management_line_SRCS := test_management_line.c
test_management_line_USES := base session

UNIT_TESTS += test_session_policy
test_session_policy_DIR  := tests/unit/vpn/session
test_session_policy_SRCS := test_session_policy.c
test_session_policy_USES := base session

UNIT_TESTS += test_session_core
test_session_core_DIR  := tests/unit/vpn/session
test_session_core_SRCS := test_session_core.c
test_session_core_USES := base session

UNIT_TESTS += test_session_channel
test_session_channel_DIR  := tests/unit/vpn/session
test_session_channel_SRCS := test_session_channel.c
test_session_channel_USES := base model session

UNIT_TESTS += test_session_config
test_session_config_DIR  := tests/unit/vpn/session
test_session_config_SRCS := test_session_config.c
test_session_config_USES := base model session

UNIT_TESTS += test_management_log
test_management_log_DIR  := tests/unit/vpn/session
test_management_log_SRCS := test_management_log.c
test_management_log_USES := base session

UNIT_TESTS += test_session_flap
test_session_flap_DIR  := tests/unit/vpn/session
test_session_flap_SRCS := test_session_flap.c
test_session_flap_USES := base session

UNIT_TESTS += test_session_reach
test_session_reach_DIR  := tests/unit/vpn/session
test_session_reach_SRCS := test_session_reach.c
test_session_reach_USES := base session
