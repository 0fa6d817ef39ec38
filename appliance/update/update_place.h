#ifndef PROVOST_UPDATE_UPDATE_PLACE_H
#define PROVOST_UPDATE_UPDATE_PLACE_H

#include "appliance/update/update.h"

/* Methods about sticks, disks and the data partition; each returns what a handler returns. */
int place_list_sticks(struct update *update, sd_varlink *link);
int place_list_disks(struct update *update, sd_varlink *link);
int place_install_on(struct update *update, sd_varlink *link, const char *device, bool erase);
int place_get_data(struct update *update, sd_varlink *link);
int place_new_recovery_key(struct update *update, sd_varlink *link);
int place_factory_reset(struct update *update, sd_varlink *link);

#endif
