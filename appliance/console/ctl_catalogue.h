#ifndef PROVOST_CONSOLE_CTL_CATALOGUE_H
#define PROVOST_CONSOLE_CTL_CATALOGUE_H

#include <stdbool.h>

/* Whether the catalogue knows this setting as a secret. */
bool ctl_catalogue_is_secret(const char *name);

#endif
