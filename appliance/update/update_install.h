#ifndef PROVOST_UPDATE_UPDATE_INSTALL_H
#define PROVOST_UPDATE_UPDATE_INSTALL_H

#include "appliance/update/update.h"

/* Methods; each returns what a handler returns. */
int install_bundle(struct update *update, sd_varlink *link, bool has_restart);
int install_restart(struct update *update, sd_varlink *link);
int install_go_back(struct update *update, sd_varlink *link);

/* What an interrupted writing left is made unable to start. */
void install_clear(struct update *update);
/* Starts that are left to versions; "" for none. Blocks for a moment. PV_ESYSTEM: the ESP could not be written. */
int install_mark(struct update *update, const char *version, int left, const char *other, int other_left) PV_MUST_CHECK;

/* The boot loader that the committed bundle brought takes the place of the present one, when it is another. */
void install_loader(struct update *update);

/* A committed version may fail so often in a row before the other slot is taken; one that is tried. */
#define INSTALL_TRIES 3
#define INSTALL_TRIAL_TRIES 2

#endif
