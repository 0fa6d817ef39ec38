#ifndef PROVOST_CONSOLE_CTL_CATALOGUE_H
#define PROVOST_CONSOLE_CTL_CATALOGUE_H

#include <stdbool.h>
#include <stdio.h>

/* Whether the catalogue knows this setting as a secret. */
bool ctl_catalogue_is_secret(const char *name);
/* The rows of the hardening profile that settings belong to, blank apart, each once. */
void ctl_catalogue_print_rows(FILE *file);

#endif
