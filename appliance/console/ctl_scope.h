#ifndef PROVOST_CONSOLE_CTL_SCOPE_H
#define PROVOST_CONSOLE_CTL_SCOPE_H

#include "appliance/console/ctl.h"

#define CTL_SCOPE_HELP "SCOPE is one of: site, model NAME (as phones name it: snomD785), profile NAME, phone MAC.\n"

/*
 * Reads "site", "model NAME", "profile NAME" or "phone MAC" at word *at, adds
 * "scope" and "owner" to `parameters` and moves *at past it. CTL_USAGE with the sentence on err.
 */
int ctl_scope(struct ctl *ctl, const struct args *args, size_t *at, sd_json_variant **parameters);
/* The same for words of our own. */
int ctl_scope_add(struct ctl *ctl, const char *scope, const char *owner, sd_json_variant **parameters);
/* Refuses words from `at` on. */
int ctl_scope_ends(struct ctl *ctl, const struct args *args, size_t at);

#endif
