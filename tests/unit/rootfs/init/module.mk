UNIT_TESTS += test_words
test_words_DIR  := tests/unit/rootfs/init
test_words_SRCS := test_words.c

# All of the initramfs' files but its main one.
UNIT_TESTS += test_start
test_start_DIR  := tests/unit/rootfs/init
test_start_SRCS := test_start.c $(addprefix ../../../../rootfs/image/init/,apart.c blocks.c console.c crypt.c disk_state.c mapper.c modules.c options.c \
	say.c tpm.c verity.c)
