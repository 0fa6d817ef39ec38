#ifndef PROVOST_SETTINGS_SETTINGS_METHODS_H
#define PROVOST_SETTINGS_SETTINGS_METHODS_H

#include "appliance/service/service.h"
#include "provisioning/settings/settings_resync.h"
#include "provisioning/settings/settings_try.h"
#include "provisioning/settings/settings_upload.h"

/* io.provost.Settings; userdata is a struct settings_desk. */
struct settings_desk {
        struct service *service;
        struct service_peer *store;
        struct settings_resync *resync;
        struct settings_try *try;
        struct settings_upload *upload;         /* NULL: the folder could not be opened */
        bool has_taken;                 /* a file, since the start: the store may not list it yet */
};

extern const struct service_method settings_methods[];

/* Fills `desk`, which service_new() was given as userdata. folder: of the firmware files. */
int settings_desk_open(struct settings_desk *desk, struct service *service, const struct settings_resync_options *options,
                       const char *folder) PV_MUST_CHECK;
void settings_desk_close(struct settings_desk *desk);

#endif
