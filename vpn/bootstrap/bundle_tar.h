#ifndef PROVOST_BOOTSTRAP_BUNDLE_TAR_H
#define PROVOST_BOOTSTRAP_BUNDLE_TAR_H

#include <stddef.h>

#include "appliance/base/writer.h"

/*
 * An uncompressed POSIX tar (ustar) with one member at its root: `name`, mode 0700, owner root, always
 * the same time, so that the same bytes in give the same bytes out. Padded to 10240 bytes as tar(1) does.
 * The writer's error says whether it fits.
 */
void bundle_tar_write(struct writer *w, const char *name, const void *data, size_t size);

#endif
