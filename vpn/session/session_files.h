#ifndef PROVOST_SESSION_SESSION_FILES_H
#define PROVOST_SESSION_SESSION_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

enum session_files_change { SESSION_FILES_SAME, SESSION_FILES_NEW, SESSION_FILES_CHANGED };

/* Puts this text into the file, whole or not at all, readable by owner and group. NEW: there was none. */
int session_files_put(const char *directory, const char *name, const char *text, size_t size,
                      enum session_files_change *ret_change) PV_MUST_CHECK;

/* Takes the file away. ret_was_there: it was there. */
int session_files_remove(const char *directory, const char *name, bool *ret_was_there) PV_MUST_CHECK;

#endif
