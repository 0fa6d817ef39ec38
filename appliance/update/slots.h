#ifndef PROVOST_UPDATE_SLOTS_H
#define PROVOST_UPDATE_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"
#include "appliance/update/update_version.h"

#define SLOTS 2

/* A slot: its partition, and the kernel image that starts it. */
struct slot {
        char version[UPDATE_VERSION_SIZE];      /* "" empty */
        bool has_kernel;
        int tries_left;                         /* -1: not counted */
};
struct slots {
        struct slot slot[SLOTS];
        size_t n;
};

/* As provost-update-disk says it: [{"version": "", "has_kernel": false, "tries_left": -1}, ...]. */
int slots_parse(sd_json_variant *list, struct slots *ret) PV_MUST_CHECK;
int slots_build(const struct slots *slots, sd_json_variant **ret) PV_MUST_CHECK;
/* "a" "b" */
const char *slots_name(size_t i);
/* "running" "good" "bad" "empty" */
const char *slots_state(const struct slot *slot, const char *running);
/* The one that this version is in, or NULL; the one that it is not in. */
const struct slot *slots_find(const struct slots *slots, const char *version);
const struct slot *slots_other(const struct slots *slots, const char *running);

#endif
