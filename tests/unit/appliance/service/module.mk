UNIT_TESTS += test_service
test_service_DIR := tests/unit/appliance/service
test_service_SRCS := test_service.c
test_service_USES := base service
test_service_VARLINK := io.provost.Trial.varlink
