#ifndef PROVOST_PACKET_LWIP_CC_H
#define PROVOST_PACKET_LWIP_CC_H

/* What lwIP must know of the machine: only what differs from its own defaults. */

#include <endian.h>

/* A broken assumption inside lwIP: say where, end the process, systemd starts it anew. */
__attribute__((noreturn)) void packet_lwip_assert(const char *what, const char *file, int line);

#define LWIP_PLATFORM_ASSERT(what) packet_lwip_assert((what), __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(arguments) do { } while (0)

#endif
