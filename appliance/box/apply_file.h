#ifndef PROVOST_BOX_APPLY_FILE_H
#define PROVOST_BOX_APPLY_FILE_H

#include <stdbool.h>

#include "appliance/base/error.h"

/* True when the file holds exactly this text. */
bool apply_file_holds(const char *path, const char *text);
/* Replaces the file in one step, mode 0644; a reader sees the old or the new text. PV_ESYSTEM with errno. */
int apply_file_write(const char *path, const char *text) PV_MUST_CHECK;
/* The same, and it survives a power cut after this returned. */
int apply_file_keep(const char *path, const char *text) PV_MUST_CHECK;
/* No failure when it is not there. */
int apply_file_remove(const char *path) PV_MUST_CHECK;

#endif
