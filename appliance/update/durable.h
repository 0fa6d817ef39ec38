#ifndef PROVOST_UPDATE_DURABLE_H
#define PROVOST_UPDATE_DURABLE_H

#include <stddef.h>

#include "appliance/base/error.h"

/* Small files of one directory, replaced in one step that survives a power cut. */
int durable_write(int directory, const char *name, const char *text) PV_MUST_CHECK;
/* The text is the caller's (free). PV_EUNSET: no such file; PV_ETOOLARGE. */
int durable_read(int directory, const char *name, size_t max, char **ret_text) PV_MUST_CHECK;
/* Gone is good as well. */
int durable_remove(int directory, const char *name);

#endif
