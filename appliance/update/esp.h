#ifndef PROVOST_UPDATE_ESP_H
#define PROVOST_UPDATE_ESP_H

#include <stdbool.h>

#include "appliance/base/error.h"
#include "appliance/update/uki_name.h"

/* The kernel images in EFI/Linux of a mounted boot partition. `folder` is that directory, open. */

/* The image of this version with the most starts left. PV_EUNSET: there is none. */
int esp_find(int folder, const char *version, struct uki_name *ret) PV_MUST_CHECK;
/* Each image of the version gets so many starts. PV_EUNSET: there is none. */
int esp_mark(int folder, const char *version, int left) PV_MUST_CHECK;
/* Every image but those of `keep`, and what an interrupted writing left. */
int esp_keep_only(int folder, const char *keep) PV_MUST_CHECK;

#endif
