#ifndef PROVOST_BOX_FACTS_H
#define PROVOST_BOX_FACTS_H

#include <stdint.h>

/* What a person wants to know of the machine. Sizes in bytes; 0 or "" where it does not say. */
struct facts {
        char version[64];
        const char *way;                /* "container" "vm" "metal" */
        char architecture[16], kernel[80];
        int64_t booted_at;              /* seconds since 1970; of a container: its own start */
        uint64_t memory_total, memory_available, data_total, data_free;
};

void facts_read(int64_t now, struct facts *ret);

/* Pure parts. */
/* VERSION_ID of os-release's text; "" when it is not there. */
const char *facts_version(const char *os_release, char ret[static 64]);
/* A row of /proc/meminfo, "MemTotal", in bytes. */
uint64_t facts_memory(const char *meminfo, const char *row);
/* From /proc/cpuinfo: hypervisors say that they are there. */
const char *facts_way(int is_container, const char *cpuinfo);

#endif
