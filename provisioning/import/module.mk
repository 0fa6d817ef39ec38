LIBS += import
import_DIR  := provisioning/import
import_SRCS := delivery_word.c import_answer.c import_delivery.c import_file.c import_folder.c import_phones.c import_read.c import_result.c import_server.c \
	phones_csv.c settings_name.c settings_tar.c settings_text.c
import_USES := base service model document_reader
import_PKGS := libsystemd

PROGRAMS += provost-import
provost-import_DIR := provisioning/import
provost-import_OPTION := PROVOST_IMPORT
provost-import_SRCS := main.c
provost-import_USES := base service import
provost-import_PKGS := libsystemd
provost-import_VARLINK := io.provost.Import.varlink
