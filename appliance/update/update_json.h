#ifndef PROVOST_UPDATE_UPDATE_JSON_H
#define PROVOST_UPDATE_UPDATE_JSON_H

#include "appliance/update/update.h"

/* {"state": {...}} of Status and Watch. */
int update_json_state(const struct update *update, sd_json_variant **ret) PV_MUST_CHECK;

#endif
