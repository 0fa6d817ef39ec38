#ifndef PROVOST_CONSOLE_CTL_GROUPS_H
#define PROVOST_CONSOLE_CTL_GROUPS_H

#include "appliance/console/ctl.h"

/* The commands, one list per file; each ends with .words == NULL. */
extern const struct ctl_command ctl_groups_site[];
extern const struct ctl_command ctl_groups_phone[];
extern const struct ctl_command ctl_groups_preview[];
extern const struct ctl_command ctl_groups_catalogue[];
extern const struct ctl_command ctl_groups_log[];
extern const struct ctl_command ctl_groups_box[];

#include "appliance/console/ctl_setting.h"
#include "appliance/console/ctl_words.h"

#endif
