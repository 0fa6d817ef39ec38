/*
 * import_read: what a file of elsewhere is, and what is in it.
 *
 * In:   the bytes of a file, any bytes at all.
 * Out:  an import_result.
 * Not:  no file is opened, nothing is kept after the result is freed.
 */
#include "provisioning/import/import_read.h"

#include <stdio.h>
#include <string.h>

#include "provisioning/document/encoding_reader.h"
#include "provisioning/import/import_delivery.h"
#include "provisioning/import/import_file.h"
#include "provisioning/import/import_folder.h"
#include "provisioning/import/import_phones.h"
#include "provisioning/import/settings_tar.h"
#include "provisioning/import/settings_text.h"

static bool begins(const void *bytes, size_t size, const char *magic, size_t magic_size)
{
        return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

/* What people send that is none of ours; NULL: nothing of that. */
static const char *known_stranger(const void *bytes, size_t size)
{
        if (begins(bytes, size, "\x1f\x8b", 2) || begins(bytes, size, "BZh", 3) || begins(bytes, size, "\xfd" "7zXZ", 5) ||
            begins(bytes, size, "\x28\xb5\x2f\xfd", 4))
                return "this is a compressed file; unpack it and import what is inside, a folder as an uncompressed .tar";
        if (begins(bytes, size, "PK\3\4", 4))
                return "this is a ZIP file or a workbook; save a table as CSV, or pack a folder as an uncompressed .tar";
        if (begins(bytes, size, "\xd0\xcf\x11\xe0", 4))
                return "this is a workbook; save the table as CSV";
        if (begins(bytes, size, "%PDF", 4) || begins(bytes, size, "\x7f" "ELF", 4))
                return "this is neither a settings file nor a table of phones";
        return NULL;
}

/* A delivery note, unless it says more of its phones than such a note does. */
static int read_table(struct import_result *result, const char *name, const char *text, size_t size, bool is_delivery)
{
        return is_delivery && !import_phones_says_more(text, size) ? import_delivery_read(result, name, text, size)
                                                                    : import_phones_read(result, name, text, size);
}

static int read_phones(struct import_result *result, const char *name, const void *bytes, size_t size, bool is_delivery)
{
        struct encoding_reader_problem problem;
        size_t text_size;
        char *text;
        int r = encoding_reader_read(ENCODING_READER_PLAIN, bytes, size, &text, &text_size, &problem);

        if (r == PV_ENOMEM)
                return r;
        if (r) {
                import_result_problem(result, true, name, problem.line, "", "%s", problem.reason);
                return 0;
        }
        r = read_table(result, name, text, text_size, is_delivery);
        encoding_reader_free(text, text_size);
        return r;
}

/* The text of a table or of the classic form; "" when it is neither. */
static int guess_text(const void *bytes, size_t size, const char **ret_kind)
{
        struct encoding_reader_problem problem;
        size_t text_size;
        char *text;
        int r = encoding_reader_read(ENCODING_READER_PLAIN, bytes, size, &text, &text_size, &problem);

        *ret_kind = "";
        if (r)
                return r == PV_ENOMEM ? r : 0;
        *ret_kind = import_phones_is(text, text_size) ? "phones" : !import_file_is_markup(bytes, size) && import_delivery_is(text, text_size) ? "delivery" : settings_text_is(text, text_size) ? "settings" : "";
        encoding_reader_free(text, text_size);
        return 0;
}

static int guess(const void *bytes, size_t size, const char **ret_kind, const char **ret_reason)
{
        int r = 0;

        *ret_reason = known_stranger(bytes, size);
        if (*ret_reason)
                return PV_EREFUSED;
        if (settings_tar_is(bytes, size))
                *ret_kind = "folder";
        else
                r = guess_text(bytes, size, ret_kind);
        if (!r && !**ret_kind && import_file_is_markup(bytes, size))
                *ret_kind = "settings";
        *ret_reason = "this is not known as a file of settings (XML, or lines like name&: value), a table of phones (CSV whose first line "
                      "names the columns, mac among them), a delivery note with MAC addresses or a tar of such files";
        return r ? r : **ret_kind ? 0 : PV_EREFUSED;
}

int import_read(const char *kind, const char *name, const void *bytes, size_t size, struct import_result *result, const char **ret_reason)
{
        int r = 0;

        *ret_reason = "the file is larger than 8 MiB; import it in parts";
        if (size > IMPORT_READ_MAX)
                return PV_ETOOLARGE;
        if (strcmp(kind, "auto") == 0)
                r = guess(bytes, size, &kind, ret_reason);
        if (r)
                return r;
        *ret_reason = "the kind of a file is phones, delivery, settings, folder or auto";
        if (strcmp(kind, "phones") == 0) {
                result->found = "phones";
                r = read_phones(result, name, bytes, size, false);
        } else if (strcmp(kind, "delivery") == 0) {
                result->found = "delivery";
                r = read_phones(result, name, bytes, size, true);
        } else if (strcmp(kind, "settings") == 0) {
                result->found = "settings";
                r = import_file_read(result, &result->settings, name, bytes, size);
        } else if (strcmp(kind, "folder") == 0) {
                result->found = "folder";
                r = import_folder_read(result, name, bytes, size);
        } else {
                return PV_EREFUSED;
        }
        if (r == PV_ETOOLARGE && !result->has_error)
                import_result_problem(result, true, name, 0, "", "this is more than one import can hold; import it in parts");
        if (r == PV_ETOOLARGE)
                import_result_empty(result);
        return r == PV_ENOMEM ? r : 0;
}
