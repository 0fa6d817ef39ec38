#ifndef PROVOST_CONSOLE_CTL_TAR_H
#define PROVOST_CONSOLE_CTL_TAR_H

#include <stddef.h>

#include "appliance/base/error.h"

#define CTL_TAR_PROBLEM_SIZE 320

/*
 * The regular files below a folder as one tar of at most `max` bytes, in the
 * order of their names; links are not followed and not taken. ret_bytes is the
 * caller's to free. On failure a sentence is in `problem`.
 */
int ctl_tar_of_folder(const char *path, size_t max, char **ret_bytes, size_t *ret_size, char problem[static CTL_TAR_PROBLEM_SIZE])
        PV_MUST_CHECK;

#endif
