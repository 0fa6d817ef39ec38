UNIT_TESTS += test_model
test_model_DIR := tests/unit/provisioning/model
test_model_SRCS := test_model.c
test_model_USES := model

FUZZERS += source_url
source_url_DIR := tests/fuzz/source_url
source_url_SRCS := fuzz.c
source_url_USES := model

UNIT_TESTS += test_catalogue
test_catalogue_DIR := tests/unit/provisioning/model
test_catalogue_SRCS := test_catalogue.c
test_catalogue_USES := model

UNIT_TESTS += test_evidence
test_evidence_DIR := tests/unit/provisioning/model
test_evidence_SRCS := test_evidence.c
test_evidence_USES := model

UNIT_TESTS += test_lint
test_lint_DIR := tests/unit/provisioning/model
test_lint_SRCS := test_lint.c
test_lint_USES := model

FUZZERS += lint_setting
lint_setting_DIR := tests/fuzz/lint_setting
lint_setting_SRCS := fuzz.c
lint_setting_USES := model document

UNIT_TESTS += test_merge
test_merge_DIR := tests/unit/provisioning/model
test_merge_SRCS := test_merge.c
test_merge_USES := model

UNIT_TESTS += test_xml_element
test_xml_element_DIR := tests/unit/provisioning/model
test_xml_element_SRCS := test_xml_element.c
test_xml_element_USES := base model document

UNIT_TESTS += test_weak
test_weak_DIR := tests/unit/provisioning/model
test_weak_SRCS := test_weak.c
test_weak_USES := model

UNIT_TESTS += test_documents
test_documents_DIR := tests/unit/provisioning/model
test_documents_SRCS := test_documents.c
test_documents_USES := base model document bootstrap

UNIT_TESTS += test_hardening
test_hardening_DIR := tests/unit/provisioning/model
test_hardening_SRCS := test_hardening.c
test_hardening_USES := model

UNIT_TESTS += test_random_merges
test_random_merges_DIR := tests/unit/provisioning/model
test_random_merges_SRCS := test_random_merges.c
test_random_merges_USES := model document settings

FUZZERS += merge
merge_DIR := tests/fuzz/merge
merge_SRCS := fuzz.c
merge_USES := model document

UNIT_TESTS += test_way
test_way_DIR := tests/unit/provisioning/model
test_way_SRCS := test_way.c
test_way_USES := model
