#ifndef PROVOST_BASE_FILE_H
#define PROVOST_BASE_FILE_H

#include <stddef.h>

#include "appliance/base/error.h"

/* All of it from the descriptor's place on, however often the kernel takes a part. PV_ESYSTEM: errno says why; some of it may be there. */
int file_write_all(int fd, const void *data, size_t size) PV_MUST_CHECK;

#endif
