#ifndef PROVOST_UPDATE_TOOL_H
#define PROVOST_UPDATE_TOOL_H

#include <stddef.h>

#include "appliance/base/error.h"

/* Each line that the program says, without its end. */
typedef void (*tool_line)(const char *line, void *userdata);

/* Runs a program by its path and list of words, and waits. 0: it ended with status 0. PV_EREFUSED: with another one. PV_ESYSTEM: it could not run. */
int tool_run(const char *const *words, tool_line line, void *userdata) PV_MUST_CHECK;

#endif
