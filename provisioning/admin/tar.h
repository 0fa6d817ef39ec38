#ifndef PROVOST_ADMIN_TAR_H
#define PROVOST_ADMIN_TAR_H

#include <stdint.h>
#include <stdio.h>

#include "appliance/base/error.h"

/* A tar (POSIX.1-1988 "ustar") of texts, made in memory. */

/* name: up to 99 bytes. Writes to the stream; its errors are the stream's. PV_ETOOLARGE for a longer name. */
int tar_add(FILE *tar, const char *name, int64_t at_s, const void *bytes, size_t size) PV_MUST_CHECK;
/* Nothing comes behind. */
void tar_end(FILE *tar);

#endif
