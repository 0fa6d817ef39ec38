#ifndef PROVOST_SETTINGS_SETTINGS_UPLOAD_H
#define PROVOST_SETTINGS_SETTINGS_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

/*
 * The folder of firmware files, and uploads into it. A file has its name only when all of it is there, of the size and
 * hash that were announced, and on the disk; what was not finished is gone after a restart.
 */

#define SETTINGS_UPLOAD_MAX_BYTES (INT64_C(512) << 20)
#define SETTINGS_UPLOAD_PART_MAX (1 << 20)
#define SETTINGS_UPLOAD_OPEN_MAX 2
#define SETTINGS_UPLOAD_IDLE_MS (10 * 60 * 1000)        /* then it is given up for another one */
#define SETTINGS_UPLOAD_SPARE_BYTES (INT64_C(128) << 20)        /* of the disk stay free: the database is on it too */

/* What is announced. Texts are borrowed for the call. */
struct settings_upload_claim {
        const char *file, *model, *version, *kind, *sha256;
        int64_t size;
};

/* Why it is refused: an error of io.provost.Settings by its last name, and what to do. */
struct settings_upload_problem {
        const char *error;              /* "InvalidValue" "NoSuchUpload" "NotAllowed" "StorageTrouble" */
        const char *name;               /* of the value, for InvalidValue */
        char reason[224];
};

/* What an upload became. */
struct settings_upload_done {
        char file[97], model[33], version[41], kind[16], sha256[65];
        int64_t size;
};

struct settings_upload;

/*
 * Opens the folder and removes what was left unfinished in it. PV_ESYSTEM: it is not there, or not ours.
 * spare_bytes: of its disk always stay free.
 */
int settings_upload_new(const char *folder, int64_t spare_bytes, struct settings_upload **ret_upload) PV_MUST_CHECK;
void settings_upload_free(struct settings_upload *upload);

/* PV_EREFUSED: see *ret_problem. */
int settings_upload_begin(struct settings_upload *upload, const struct settings_upload_claim *claim, uint64_t now_ms,
                          int64_t *ret_number, struct settings_upload_problem *ret_problem) PV_MUST_CHECK;
/* Parts come in order; one that does not fit leaves all as it was. */
int settings_upload_append(struct settings_upload *upload, int64_t number, int64_t offset, const void *bytes, size_t size,
                           uint64_t now_ms, struct settings_upload_problem *ret_problem) PV_MUST_CHECK;
/* The upload is over, well or not. 0: the file has its name. */
int settings_upload_finish(struct settings_upload *upload, int64_t number, struct settings_upload_done *ret_done,
                           struct settings_upload_problem *ret_problem) PV_MUST_CHECK;
/* Removes every file that has its name and is not kept, and tells how many. PV_ESYSTEM: the folder cannot be read. */
int settings_upload_tidy(struct settings_upload *upload, bool (*is_kept)(const char *file, void *userdata), void *userdata,
                         size_t *ret_removed) PV_MUST_CHECK;
/* PV_EUNSET: there is none. */
int settings_upload_remove(struct settings_upload *upload, const char *file) PV_MUST_CHECK;

#endif
