/*
 * backup_record: what the stream inside a backup is made of.
 *
 * In:   names and sizes; of a file that somebody with the passphrase made, so they are checked as if anybody had.
 * Out:  a kind and the name of a file in a folder that goes with it.
 * Not:  no file is opened, no byte of a record looked at.
 */
#include "appliance/backup/backup_record.h"

#include <stdbool.h>
#include <string.h>

#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define GIB (INT64_C(1) << 30)

static const struct row {
        const char *name;               /* ends in '/': a folder */
        const char *ending;
        enum backup_record_kind kind;
        int64_t size_max;
} rows[] = {
        {"manifest", "", BACKUP_RECORD_MANIFEST, BACKUP_RECORD_SMALL_MAX},
        {"store/provost.db", "", BACKUP_RECORD_DATABASE, 16 * GIB},
        {"credentials/store.key", "", BACKUP_RECORD_CREDENTIAL, 32},
        {"credentials/pki.key", "", BACKUP_RECORD_CREDENTIAL, 32},
        {"pki/", ".sealed", BACKUP_RECORD_PKI, BACKUP_RECORD_SMALL_MAX},
        {"firmware/", "", BACKUP_RECORD_FIRMWARE, 1 * GIB},
        {"backup/schedule.json", "", BACKUP_RECORD_SCHEDULE, BACKUP_RECORD_SMALL_MAX},
};

static bool ends_with(const char *text, const char *ending)
{
        size_t n = strlen(text), m = strlen(ending);

        return n > m && strcmp(text + n - m, ending) == 0;
}

static bool is_file_name(const char *text)
{
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+");

        return n > 0 && text[n] == 0 && text[0] != '.' && text[0] != '-';
}

static bool fits(const struct row *row, const char *name)
{
        size_t n = strlen(row->name);

        return row->name[n - 1] != '/' ? text_equal(row->name, name)
                                       : text_starts(name, row->name) && is_file_name(name + n) && (!*row->ending || ends_with(name, row->ending));
}

int backup_record_parse(const char *name, int64_t size, struct backup_record *ret_record)
{
        const char *slash = strrchr(name, '/');
        struct backup_record record = {.size = size};

        if (!text_is_printable(name) || size < 0)
                return PV_EMALFORMED;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                if (!fits(&rows[i], name))
                        continue;
                if (size > rows[i].size_max || (rows[i].kind == BACKUP_RECORD_CREDENTIAL && size != rows[i].size_max))
                        return PV_EMALFORMED;
                record.kind = rows[i].kind;
                if (text_copy(record.file, sizeof record.file, slash ? slash + 1 : name) < 0)
                        return PV_EMALFORMED;
                *ret_record = record;
                return 0;
        }
        return PV_EREFUSED;
}

int backup_record_put(struct backup_sealer *sealer, const char *name, int64_t size)
{
        uint8_t bytes[2 + BACKUP_RECORD_NAME_SIZE + 8];
        struct writer w = writer_of(bytes, sizeof bytes);

        writer_u16(&w, name ? (uint16_t)strlen(name) : 0);
        if (name) {
                writer_text(&w, name);
                writer_u32(&w, (uint32_t)((uint64_t)size >> 32));
                writer_u32(&w, (uint32_t)size);
        }
        return w.error ? w.error : backup_sealer_write(sealer, bytes, writer_used(&w));
}

int backup_record_next(struct backup_opener *opener, struct backup_record *ret_record)
{
        uint8_t bytes[BACKUP_RECORD_NAME_SIZE + 8];
        char name[BACKUP_RECORD_NAME_SIZE];
        struct cursor c, part;
        uint16_t n;
        int64_t size;
        int r = backup_opener_read(opener, bytes, 2);

        if (r < 0)
                return r;
        c = cursor_of(bytes, 2);
        n = cursor_u16(&c);
        if (n == 0) {
                *ret_record = (struct backup_record){.kind = BACKUP_RECORD_END};
                return 0;
        }
        if (n >= sizeof name)
                return PV_EMALFORMED;
        r = backup_opener_read(opener, bytes, n + 8U);
        if (r < 0)
                return r;
        c = cursor_of(bytes, n + 8U);
        part = cursor_sub(&c, n);
        size = (int64_t)((uint64_t)cursor_u32(&c) << 32);
        size |= cursor_u32(&c);
        r = cursor_to_text(&part, name, sizeof name);
        return r < 0 ? r : backup_record_parse(name, size, ret_record);
}
