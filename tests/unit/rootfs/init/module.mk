UNIT_TESTS += test_words
test_words_DIR  := tests/unit/rootfs/init
test_words_SRCS := test_words.c
