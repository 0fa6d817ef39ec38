LIBS += phone
phone_DIR  := provisioning/phone
phone_SRCS := phone_agent.c phone_route.c phone_subject.c
phone_USES := base

LIBS += phone_reply
phone_reply_DIR  := provisioning/phone
phone_reply_SRCS := phone_reply.c
phone_reply_USES := base http phone document
phone_reply_PKGS := libsystemd

UNIT_TESTS += test_phone_route
test_phone_route_DIR  := tests/unit/provisioning/phone
test_phone_route_SRCS := test_phone_route.c
test_phone_route_USES := base phone
UNIT_TESTS += test_phone_agent
test_phone_agent_DIR  := tests/unit/provisioning/phone
test_phone_agent_SRCS := test_phone_agent.c
test_phone_agent_USES := base phone
UNIT_TESTS += test_phone_subject
test_phone_subject_DIR  := tests/unit/provisioning/phone
test_phone_subject_SRCS := test_phone_subject.c
test_phone_subject_USES := base phone

FUZZERS += phone_route
phone_route_DIR  := tests/fuzz/phone_route
phone_route_SRCS := fuzz.c
phone_route_USES := base phone
FUZZERS += subject_dn
subject_dn_DIR  := tests/fuzz/subject_dn
subject_dn_SRCS := fuzz.c
subject_dn_USES := base phone
FUZZERS += user_agent
user_agent_DIR  := tests/fuzz/user_agent
user_agent_SRCS := fuzz.c
user_agent_USES := base phone
