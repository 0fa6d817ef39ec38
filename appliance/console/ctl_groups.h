#ifndef PROVOST_CONSOLE_CTL_GROUPS_H
#define PROVOST_CONSOLE_CTL_GROUPS_H

#include "appliance/console/ctl.h"

/* The commands, one list per file; each ends with .words == NULL. */
extern const struct ctl_command ctl_groups_alarm[];
extern const struct ctl_command ctl_groups_backup[];
extern const struct ctl_command ctl_groups_box[];
extern const struct ctl_command ctl_groups_catalogue[];
extern const struct ctl_command ctl_groups_clock[];
extern const struct ctl_command ctl_groups_complete[];
extern const struct ctl_command ctl_groups_dhcp[];
extern const struct ctl_command ctl_groups_disk[];
extern const struct ctl_command ctl_groups_ends[];
extern const struct ctl_command ctl_groups_enrol[];
extern const struct ctl_command ctl_groups_firmware[];
extern const struct ctl_command ctl_groups_import[];
extern const struct ctl_command ctl_groups_known[];
extern const struct ctl_command ctl_groups_legacy[];
extern const struct ctl_command ctl_groups_log[];
extern const struct ctl_command ctl_groups_out[];
extern const struct ctl_command ctl_groups_page[];
extern const struct ctl_command ctl_groups_phone[];
extern const struct ctl_command ctl_groups_phone_list[];
extern const struct ctl_command ctl_groups_preview[];
extern const struct ctl_command ctl_groups_reach[];
extern const struct ctl_command ctl_groups_receipt[];
extern const struct ctl_command ctl_groups_replace[];
extern const struct ctl_command ctl_groups_revision[];
extern const struct ctl_command ctl_groups_rogue[];
extern const struct ctl_command ctl_groups_score[];
extern const struct ctl_command ctl_groups_seal[];
extern const struct ctl_command ctl_groups_secret[];
extern const struct ctl_command ctl_groups_settings[];
extern const struct ctl_command ctl_groups_site[];
extern const struct ctl_command ctl_groups_update[];

/* Commands of one file that another one's list names. */
int ctl_settings_set_phone(struct ctl *ctl, const struct args *args);
int ctl_import_settings(struct ctl *ctl, const struct args *args);
int ctl_import_expected(struct ctl *ctl, const struct args *args);

/* Whether it has the settings it should have: "current", "older", "" when it never fetched any. */
const char *ctl_phone_settings_word(sd_json_variant *phone);
/* The plain words for an alarm's kind; the kind itself when there are none. */
const char *ctl_alarm_in_words(const char *kind);

#define CTL_EXPECTED_SENTENCE \
        "Listed phones come in by themselves when they show their factory certificate; `provostctl enrol open` lets one in that has none.\n"

#include "appliance/console/ctl_setting.h"
#include "appliance/console/ctl_words.h"

#endif
