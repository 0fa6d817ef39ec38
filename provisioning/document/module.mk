LIBS += document
document_DIR  := provisioning/document
document_SRCS := document_out.c settings_document.c settings_part.c xml_fragment.c
document_USES := base
document_PKGS := libxml-2.0

UNIT_TESTS += test_settings_document
test_settings_document_DIR  := tests/unit/provisioning/document
test_settings_document_SRCS := test_settings_document.c
test_settings_document_USES := base document

# Documents of elsewhere: hostile until proven otherwise.
LIBS += document_reader
document_reader_DIR  := provisioning/document
document_reader_SRCS := encoding_reader.c markup_reader.c settings_reader.c
document_reader_USES := base
document_reader_PKGS := libxml-2.0
UNIT_TESTS += test_settings_part
test_settings_part_DIR  := tests/unit/provisioning/document
test_settings_part_SRCS := test_settings_part.c
test_settings_part_USES := base document
UNIT_TESTS += test_document_many
test_document_many_DIR  := tests/unit/provisioning/document
test_document_many_SRCS := test_document_many.c
test_document_many_USES := base document
test_document_many_PKGS := libxml-2.0
FUZZERS += document_write
document_write_DIR  := tests/fuzz/document_write
document_write_SRCS := fuzz.c
document_write_USES := base document
document_write_PKGS := libxml-2.0

UNIT_TESTS += test_settings_reader
test_settings_reader_DIR  := tests/unit/provisioning/document
test_settings_reader_SRCS := test_settings_reader.c
test_settings_reader_USES := base document document_reader
