/* mapper: device-mapper targets, by the kernel's ioctls. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* A read-only device of one target over so many sectors. 0 and its path, or -errno. */
int mapper_open(const char *name, const char *target, uint64_t sectors, const char *parameters, char *ret_path, size_t size);

/* Takes a device away. 0 or -errno. */
int mapper_close(const char *name);
