/*
 * facts: the machine, for people.
 *
 * In:   files of the kernel and of the image.
 * Out:  version, memory, room on the data partition, when it was booted.
 * Not:  no units (see units), no network.
 */
#include "appliance/box/facts.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "appliance/base/text.h"

#define FILE_MAX 16384

/* As much as fits; "" when it cannot be read. */
static const char *file_text(const char *path, char ret[static FILE_MAX])
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t used = 0;
        ssize_t n;

        while (fd >= 0 && used < FILE_MAX - 1 && (n = read(fd, ret + used, FILE_MAX - 1 - used)) > 0)
                used += (size_t)n;
        if (fd >= 0)
                close(fd);
        ret[used] = 0;
        return ret;
}

/* What follows "NAME" at the beginning of a line; NULL without such a line. */
static const char *after(const char *text, const char *name)
{
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (text_starts(line, name))
                        return line + strlen(name);
        }
        return NULL;
}

const char *facts_version(const char *os_release, char ret[static 64])
{
        const char *value = after(os_release, "VERSION_ID=");
        size_t size = 0;

        if (value) {
                value += *value == '"';
                size = strcspn(value, "\"\n");
        }
        return text_escape(ret, 64, value ? value : "", size);
}

uint64_t facts_memory(const char *meminfo, const char *row)
{
        const char *value = after(meminfo, row);

        return value && *value == ':' ? strtoull(value + 1, NULL, 10) * 1024 : 0;
}

const char *facts_way(int is_container, const char *cpuinfo)
{
        const char *flags = after(cpuinfo, "flags");
        const char *end = flags ? strchr(flags, '\n') : NULL, *found = flags ? strstr(flags, " hypervisor") : NULL;

        return is_container ? "container" : found && (!end || found < end) ? "vm" : "metal";
}

static double clock_s(clockid_t id)
{
        struct timespec t = {0};

        (void)clock_gettime(id, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of the kernel, or of the container's first process: field 22 of its stat, behind the name, which may hold anything (proc(5)). */
static double uptime_s(int is_container)
{
        char stat[FILE_MAX];
        const char *at = is_container ? strrchr(file_text("/proc/1/stat", stat), ')') : NULL;
        unsigned long long ticks = 0;

        for (int field = 2; at && field < 22; field++)
                at = strchr(at + 1, ' ');
        if (!at || sscanf(at, " %llu", &ticks) != 1)
                return clock_s(CLOCK_BOOTTIME);
        return clock_s(CLOCK_BOOTTIME) - (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

void facts_read(int64_t now, struct facts *ret)
{
        int is_container = access("/run/systemd/container", F_OK) == 0;
        struct statvfs data = {0};
        struct utsname name = {0};
        char text[FILE_MAX];

        *ret = (struct facts){.booted_at = now - (int64_t)uptime_s(is_container)};
        (void)facts_version(file_text("/etc/os-release", text), ret->version);
        ret->way = facts_way(is_container, file_text("/proc/cpuinfo", text));
        (void)file_text("/proc/meminfo", text);
        ret->memory_total = facts_memory(text, "MemTotal");
        ret->memory_available = facts_memory(text, "MemAvailable");
        if (uname(&name) == 0) {
                text_escape(ret->architecture, sizeof ret->architecture, name.machine, strlen(name.machine));
                text_escape(ret->kernel, sizeof ret->kernel, name.release, strlen(name.release));
        }
        if (statvfs("/data", &data) == 0) {
                ret->data_total = (uint64_t)data.f_blocks * data.f_frsize;
                ret->data_free = (uint64_t)data.f_bavail * data.f_frsize;
        }
}
