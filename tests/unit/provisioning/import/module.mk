UNIT_TESTS += test_import_read
test_import_read_DIR  := tests/unit/provisioning/import
test_import_read_SRCS := test_import_read.c
test_import_read_USES := import

FUZZERS += settings_xml
settings_xml_DIR  := tests/fuzz/settings_xml
settings_xml_SRCS := fuzz.c
settings_xml_USES := base document_reader

FUZZERS += settings_text
settings_text_DIR  := tests/fuzz/settings_text
settings_text_SRCS := fuzz.c
settings_text_USES := import

FUZZERS += phones_csv
phones_csv_DIR  := tests/fuzz/phones_csv
phones_csv_SRCS := fuzz.c
phones_csv_USES := import

FUZZERS += delivery_note
delivery_note_DIR  := tests/fuzz/delivery_note
delivery_note_SRCS := fuzz.c
delivery_note_USES := import

FUZZERS += settings_tar
settings_tar_DIR  := tests/fuzz/settings_tar
settings_tar_SRCS := fuzz.c
settings_tar_USES := import

UNIT_TESTS += test_hostile
test_hostile_DIR    := tests/unit/provisioning/import
test_hostile_SRCS   := test_hostile.c
test_hostile_USES   := import
test_hostile_DATA   := pxp plexus-utils2
test_hostile_CFLAGS := -DDATA_DIR='"$(O)/src"'

UNIT_TESTS += test_settings_tar test_import_names
test_settings_tar_DIR  := tests/unit/provisioning/import
test_settings_tar_SRCS := test_settings_tar.c
test_settings_tar_USES := import
test_import_names_DIR  := tests/unit/provisioning/import
test_import_names_SRCS := test_import_names.c
test_import_names_USES := import
