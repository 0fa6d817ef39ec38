#ifndef PROVOST_ADMIN_BODY_H
#define PROVOST_ADMIN_BODY_H

#include <stddef.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * A request's body as one JSON object: at most 16 levels deep and 100,000 values, no name twice in an object of it, UTF-8 without NUL, nothing
 * behind it. PV_EMALFORMED with a sentence (static) in ret_why; PV_ENOMEM. Marked sensitive: its memory is wiped.
 */
int body_parse(const void *bytes, size_t size, sd_json_variant **ret_object, const char **ret_why) PV_MUST_CHECK;

#endif
