/* apart: programs of the verified root, run before it is the root. */
#pragma once

#include <stddef.h>

#define NEW_ROOT "/sysroot"

/*
 * Runs argv in NEW_ROOT, with its own view of /dev, /proc, /sys and an empty /tmp. Waits. 0, or -1 when it failed; what it said last is
 * in ret_last then. Each line goes to the journal.
 */
int apart_run(char *const argv[], char *ret_last, size_t size);

/* The same for a program whose output is a secret: it is in ret_text alone, and nowhere is it logged. */
int apart_read(char *const argv[], char *ret_text, size_t size);
