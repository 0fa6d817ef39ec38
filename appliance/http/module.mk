LIBS += http
http_DIR  := appliance/http
http_SRCS := http.c
http_USES := base
http_PKGS := libsystemd libmicrohttpd

UNIT_TESTS += test_http
test_http_DIR  := tests/unit/appliance/http
test_http_SRCS := test_http.c
test_http_USES := base http
test_http_PKGS := libsystemd
test_http_CFLAGS := -Wno-format-truncation

FUZZERS += http_request_line
http_request_line_DIR  := tests/fuzz/http_request_line
http_request_line_SRCS := fuzz.c
http_request_line_USES := base http
http_request_line_PKGS := libsystemd
