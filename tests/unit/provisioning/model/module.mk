UNIT_TESTS += test_model
test_model_DIR := tests/unit/provisioning/model
test_model_SRCS := test_model.c
test_model_USES := model

FUZZERS += source_url
source_url_DIR := tests/fuzz/source_url
source_url_SRCS := fuzz.c
source_url_USES := model
