UNIT_TESTS += test_openapi
test_openapi_DIR  := tests/unit/provisioning/admin
test_openapi_SRCS := test_openapi.c
test_openapi_USES := base service admin
test_openapi_PKGS := libsystemd
