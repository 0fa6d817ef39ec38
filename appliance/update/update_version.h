#ifndef PROVOST_UPDATE_UPDATE_VERSION_H
#define PROVOST_UPDATE_UPDATE_VERSION_H

#include <stdbool.h>

/* A version is numbers with dots between them ("0.6.1523"), 20 characters at most; each number has 9 digits at most. */
#define UPDATE_VERSION_SIZE 21

bool update_version_is(const char *text);
/* Less than, equal to or greater than 0, number by number; "0.6" is before "0.6.0". What is no version is before every version. */
int update_version_compare(const char *a, const char *b);

#endif
