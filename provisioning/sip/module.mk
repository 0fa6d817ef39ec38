LIBS += sip
sip_DIR  := provisioning/sip
sip_SRCS := sip_answer.c sip_digest.c sip_text.c
sip_USES := base
sip_PKGS := libcrypto

UNIT_TESTS += test_sip_answer
test_sip_answer_DIR  := tests/unit/provisioning/sip
test_sip_answer_SRCS := test_sip_answer.c
test_sip_answer_USES := base sip
UNIT_TESTS += test_sip_digest
test_sip_digest_DIR  := tests/unit/provisioning/sip
test_sip_digest_SRCS := test_sip_digest.c
test_sip_digest_USES := base sip

FUZZERS += sip_answer
sip_answer_DIR  := tests/fuzz/sip_answer
sip_answer_SRCS := fuzz.c
sip_answer_USES := base sip
