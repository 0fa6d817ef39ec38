#ifndef PROVOST_CONSOLE_CTL_GROUPS_H
#define PROVOST_CONSOLE_CTL_GROUPS_H

#include "appliance/console/ctl.h"

/* The commands, one list per file; each ends with .words == NULL. */
extern const struct ctl_command ctl_groups_box[];
extern const struct ctl_command ctl_groups_catalogue[];
extern const struct ctl_command ctl_groups_dhcp[];
extern const struct ctl_command ctl_groups_firmware[];
extern const struct ctl_command ctl_groups_import[];
extern const struct ctl_command ctl_groups_log[];
extern const struct ctl_command ctl_groups_phone[];
extern const struct ctl_command ctl_groups_preview[];
extern const struct ctl_command ctl_groups_revision[];
extern const struct ctl_command ctl_groups_rogue[];
extern const struct ctl_command ctl_groups_score[];
extern const struct ctl_command ctl_groups_seal[];
extern const struct ctl_command ctl_groups_secret[];
extern const struct ctl_command ctl_groups_settings[];
extern const struct ctl_command ctl_groups_site[];

/* Commands of one file that another one's list names. */
int ctl_settings_set_phone(struct ctl *ctl, const struct args *args);
int ctl_import_settings(struct ctl *ctl, const struct args *args);

#include "appliance/console/ctl_setting.h"
#include "appliance/console/ctl_words.h"

#endif
