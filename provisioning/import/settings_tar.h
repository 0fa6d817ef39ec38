#ifndef PROVOST_IMPORT_SETTINGS_TAR_H
#define PROVOST_IMPORT_SETTINGS_TAR_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"

/*
 * The files of a tar archive, as tar and the archivers of today write it: ustar with GNU's or pax's long names.
 * Nothing is unpacked: names are only names. Links, devices and names with ".." are told, not followed.
 */
#define SETTINGS_TAR_NAME_MAX 1024
#define SETTINGS_TAR_ENTRIES_MAX 20000

struct settings_tar {
        struct cursor at;
        unsigned n_entries;
        char long_name[SETTINGS_TAR_NAME_MAX + 1];
};

struct settings_tar_entry {
        char name[SETTINGS_TAR_NAME_MAX + 1];   /* printable or not: foreign bytes */
        struct cursor content;                  /* of a file */
        const char *refused;                    /* NULL: a file; else a sentence why it is none to read */
};

/* Whether the bytes begin with a header of such an archive. */
bool settings_tar_is(const void *bytes, size_t size);
struct settings_tar settings_tar_of(const void *bytes, size_t size);
/* 1: a file or a refusal; 0: the end; PV_EMALFORMED, PV_ETOOLARGE: *ret_reason says why (static), and the rest cannot be read. */
int settings_tar_next(struct settings_tar *tar, struct settings_tar_entry *ret, const char **ret_reason) PV_MUST_CHECK;

#endif
