#ifndef PROVOST_CONSOLE_CTL_SETTING_H
#define PROVOST_CONSOLE_CTL_SETTING_H

#include "appliance/console/ctl.h"

#define CTL_SETTING_HELP \
        "Changes settings: NAME=VALUE, with an index NAME[1]=VALUE, with a permission\n" \
        "NAME:R=VALUE or NAME[1]:RW=VALUE (R, RW or !). VALUE may be empty.\n" \
        "What an item needs beside its value stands in braces behind the index:\n" \
        "'fkey[3]{label=Anna,context=1}:RW=speed 100'; in there \\, \\} and \\\\ stand for , } and \\.\n" \
        "A VALUE of @FILE is the content of a file, @- standard input (for passwords and other\n" \
        "secrets); @@ at its beginning stands for one @.\n" \
        "--remove NAME or --remove NAME[1] takes a setting away.\n"

#define CTL_SETTING_ATTRIBUTES_MAX 16

struct ctl_setting {
        char name[64];
        bool has_index;
        uint32_t index;
        struct {char name[32], value[256];} attributes[CTL_SETTING_ATTRIBUTES_MAX];
        size_t n_attributes;
        char permission[4];             /* "" none given */
        const char *value;              /* borrowed from the word; NULL for --remove */
};

/* Reads "NAME[1]{label=x}:R=VALUE", only NAME[1] when is_removal. PV_EMALFORMED, PV_ETOOLARGE for too many attributes. */
int ctl_setting_parse(const char *word, bool is_removal, struct ctl_setting *ret_setting) PV_MUST_CHECK;
/* All words from `first` on and all --remove options as the array "settings" of `parameters`. */
int ctl_setting_add_all(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters);
/* The words from `first` on as settings to be taken away. */
int ctl_setting_add_removals(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters);

#endif
