/*
 * ctl_groups: every command of provostctl.
 *
 * In:   nothing.
 * Out:  the lists of the other ctl_ files, in the order in which help shows them.
 * Not:  no code.
 */
#include "appliance/console/ctl_groups.h"

#include <stddef.h>

const struct ctl_command *const ctl_groups[] = {
        ctl_groups_box, ctl_groups_alarm, ctl_groups_ends, ctl_groups_clock, ctl_groups_site, ctl_groups_phone_list, ctl_groups_phone, ctl_groups_import,
        ctl_groups_known, ctl_groups_enrol, ctl_groups_replace, ctl_groups_out, ctl_groups_receipt, ctl_groups_reach, ctl_groups_legacy,
        ctl_groups_secret, ctl_groups_preview, ctl_groups_score, ctl_groups_settings, ctl_groups_catalogue, ctl_groups_revision,
        ctl_groups_firmware, ctl_groups_seal, ctl_groups_rogue, ctl_groups_dhcp, ctl_groups_log, ctl_groups_page,
        ctl_groups_update, ctl_groups_backup, ctl_groups_disk,
        ctl_groups_complete, NULL,
};
