/* wipe: a data partition of which nothing can be read any more. */
#pragma once

/* Goes over the whole partition, saying how far it is. A cut in between leaves a mark, and the next start goes on. 0 or -errno. */
int wipe_partition(const char *device);
