#ifndef PROVOST_CONSOLE_MANUAL_H
#define PROVOST_CONSOLE_MANUAL_H

#include <stdio.h>

/* The man page provostctl(1), from the same tables as the help. docs/provostctl.1 is this; a test holds them together. */
void manual_write(FILE *file);

#endif
