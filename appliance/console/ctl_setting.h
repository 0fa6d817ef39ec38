#ifndef PROVOST_CONSOLE_CTL_SETTING_H
#define PROVOST_CONSOLE_CTL_SETTING_H

#include "appliance/console/ctl.h"

#define CTL_SETTING_HELP \
        "Changes settings: NAME=VALUE, with an index NAME[1]=VALUE, with a permission\n" \
        "NAME:R=VALUE or NAME[1]:RW=VALUE (R, RW or !). VALUE may be empty.\n" \
        "--remove NAME or --remove NAME[1] takes a setting away.\n"

struct ctl_setting {
        char name[64];
        bool has_index;
        uint32_t index;
        char permission[4];             /* "" none given */
        const char *value;              /* borrowed from the word; NULL for --remove */
};

/* Reads "NAME[1]:R=VALUE", without "=VALUE" when is_removal. PV_EMALFORMED. */
int ctl_setting_parse(const char *word, bool is_removal, struct ctl_setting *ret_setting) PV_MUST_CHECK;
/* All words from `first` on and all --remove options as the array "settings" of `parameters`. */
int ctl_setting_add_all(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters);

#endif
