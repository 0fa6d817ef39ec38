/*
 * settings_tar: the files of a tar archive, in memory.
 *
 * In:   the bytes of an archive, any bytes at all.
 * Out:  names and contents, which point into those bytes.
 * Not:  no file is written, no link followed, no memory taken, nothing unpacked.
 */
#include "provisioning/import/settings_tar.h"

#include <string.h>

#define BLOCK 512
#define PAX_MAX 65536

/* POSIX 1003.1, pax, "ustar Interchange Format". */
#define NAME_AT 0
#define NAME_SIZE 100
#define SIZE_AT 124
#define SUM_AT 148
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_SIZE 155

/* Octal digits, then blanks or NULs. */
static int octal(const uint8_t *field, size_t size, uint64_t *ret)
{
        uint64_t value = 0;
        size_t i = 0;

        while (i < size && field[i] == ' ')
                i++;
        if (i == size || field[i] < '0' || field[i] > '7')
                return PV_EMALFORMED;
        for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
                value = value << 3 | (uint64_t)(field[i] - '0');
        for (; i < size; i++)
                if (field[i] != ' ' && field[i] != 0)
                        return PV_EMALFORMED;
        *ret = value;
        return 0;
}

static bool is_zero(const uint8_t *block)
{
        for (size_t i = 0; i < BLOCK; i++)
                if (block[i])
                        return false;
        return true;
}

static bool sum_fits(const uint8_t *block)
{
        uint64_t said, sum = 0;

        for (size_t i = 0; i < BLOCK; i++)
                sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : block[i];
        return octal(block + SUM_AT, 8, &said) == 0 && said == sum;
}

bool settings_tar_is(const void *bytes, size_t size)
{
        return size >= BLOCK && memcmp((const uint8_t *)bytes + MAGIC_AT, "ustar", 5) == 0;
}

struct settings_tar settings_tar_of(const void *bytes, size_t size)
{
        return (struct settings_tar){.at = cursor_of(bytes, size)};
}

/* --- names --------------------------------------------------------------------- */

static size_t field_size(const uint8_t *field, size_t size)
{
        return strnlen((const char *)field, size);
}

/* A long name, when one came before, or prefix and name. */
static void take_name(struct settings_tar *tar, const uint8_t *block, char ret[static SETTINGS_TAR_NAME_MAX + 1])
{
        size_t prefix = memcmp(block + MAGIC_AT, "ustar\0", 6) == 0 ? field_size(block + PREFIX_AT, PREFIX_SIZE) : 0;
        size_t size = field_size(block + NAME_AT, NAME_SIZE);

        if (tar->long_name[0]) {
                memcpy(ret, tar->long_name, sizeof tar->long_name);
                return;
        }
        memcpy(ret, block + PREFIX_AT, prefix);
        if (prefix)
                ret[prefix++] = '/';
        memcpy(ret + prefix, block + NAME_AT, size);
        ret[prefix + size] = 0;
}

static bool climbs(const char *name)
{
        if (*name == '/')
                return true;
        for (;;) {
                if (name[0] == '.' && name[1] == '.' && (name[2] == '/' || !name[2]))
                        return true;
                name = strchr(name, '/');
                if (!name)
                        return false;
                name++;
        }
}

static int keep_name(struct settings_tar *tar, const struct cursor *content)
{
        size_t size = strnlen((const char *)content->at, cursor_left(content));

        if (!size || size > SETTINGS_TAR_NAME_MAX)
                return PV_ETOOLARGE;
        memcpy(tar->long_name, content->at, size);
        tar->long_name[size] = 0;
        return 0;
}

/* Records "LENGTH KEY=VALUE\n"; only the path matters here. */
static int keep_pax(struct settings_tar *tar, struct cursor content)
{
        if (cursor_left(&content) > PAX_MAX)
                return PV_ETOOLARGE;
        while (cursor_left(&content)) {
                const uint8_t *start = content.at;
                size_t left = cursor_left(&content), length = 0, digits = 0;

                while (digits < left && digits < 6 && start[digits] >= '0' && start[digits] <= '9')
                        length = length * 10 + (size_t)(start[digits++] - '0');
                if (!digits || length > left || length < digits + 3 || start[digits] != ' ' || start[length - 1] != '\n')
                        return PV_EMALFORMED;
                struct cursor record = cursor_sub(&content, length);
                cursor_skip(&record, digits + 1);
                if (cursor_left(&record) > 6 && memcmp(record.at, "path=", 5) == 0) {
                        struct cursor path = {.at = record.at + 5, .end = record.end - 1};

                        if (keep_name(tar, &path))
                                return PV_ETOOLARGE;
                }
        }
        return 0;
}

/* --- entries ------------------------------------------------------------------- */

/* 1: *ret_block is a header and *ret_content what belongs to it; 0: the end. */
static int next_block(struct settings_tar *tar, const uint8_t **ret_block, struct cursor *ret_content, const char **ret_reason)
{
        static const char broken[] = "the archive is damaged here: no header of a file where one should be; make it anew";
        const uint8_t *block = tar->at.at;
        uint64_t size;

        if (cursor_left(&tar->at) == 0)
                return 0;
        *ret_reason = broken;
        cursor_skip(&tar->at, BLOCK);
        if (tar->at.error)
                return PV_EMALFORMED;
        if (is_zero(block))
                return 0;
        if (memcmp(block + MAGIC_AT, "ustar", 5) != 0 || !sum_fits(block) || octal(block + SIZE_AT, 12, &size) < 0)
                return PV_EMALFORMED;
        *ret_reason = "the archive breaks off in the middle of a file; make it anew";
        if (size > cursor_left(&tar->at))
                return PV_EMALFORMED;
        *ret_content = cursor_sub(&tar->at, size);
        if (size % BLOCK && cursor_left(&tar->at) < BLOCK - size % BLOCK)
                cursor_skip(&tar->at, cursor_left(&tar->at));
        else if (size % BLOCK)
                cursor_skip(&tar->at, BLOCK - size % BLOCK);
        *ret_block = block;
        return 1;
}

static const char *refusal_of(uint8_t type, const char *name)
{
        if (climbs(name))
                return "its name leads out of the folder; it was left out";
        switch (type) {
        case '0':
        case 0:
        case '7':
                return NULL;
        case '1':
        case '2':
                return "it is a link, and links are not followed; put the file itself into the archive";
        default:
                return "it is no ordinary file; it was left out";
        }
}

int settings_tar_next(struct settings_tar *tar, struct settings_tar_entry *ret, const char **ret_reason)
{
        const uint8_t *block;
        struct cursor content;
        int r;

        while ((r = next_block(tar, &block, &content, ret_reason)) == 1) {
                uint8_t type = block[TYPE_AT];

                if (++tar->n_entries > SETTINGS_TAR_ENTRIES_MAX) {
                        *ret_reason = "the archive has more than 20000 entries; import it in parts";
                        return PV_ETOOLARGE;
                }
                if (type == 'L' || type == 'x') {
                        *ret_reason = "the archive has a name that is too long or broken; rename the file";
                        r = type == 'L' ? keep_name(tar, &content) : keep_pax(tar, content);
                        if (r)
                                return PV_EMALFORMED;
                        continue;
                }
                if (type == 'g' || type == 'K')
                        continue;
                take_name(tar, block, ret->name);
                tar->long_name[0] = 0;
                if (type == '5')
                        continue;
                ret->content = content;
                ret->refused = refusal_of(type, ret->name);
                return 1;
        }
        return r;
}
