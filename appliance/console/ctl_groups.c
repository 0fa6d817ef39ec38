/*
 * ctl_groups: every command of provostctl.
 *
 * In:   nothing.
 * Out:  the lists of the other ctl_ files.
 * Not:  no code.
 */
#include "appliance/console/ctl_groups.h"

#include <stddef.h>

const struct ctl_command *const ctl_groups[] = {ctl_groups_site, ctl_groups_phone, ctl_groups_preview, ctl_groups_catalogue, ctl_groups_log,
                                               ctl_groups_box, NULL};
