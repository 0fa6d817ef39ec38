/* facts: what the start found and did, for the stations: /run/provost/boot.json. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rootfs/image/init/data.h"

struct facts {
        const char *slot, *device, *version, *root_hash, *esp, *profile;
        const struct data *data;
};

/* The JSON text; false when it does not fit. */
bool facts_write(const struct facts *facts, char *ret_text, size_t size);

/* VERSION_ID of an os-release file; "" when it has none. */
void facts_version(const char *path, char *ret_version, size_t size);

/* Puts the text where the stations find it. */
void facts_save(const char *path, const char *folder, const char *text);
