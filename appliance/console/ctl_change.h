#ifndef PROVOST_CONSOLE_CTL_CHANGE_H
#define PROVOST_CONSOLE_CTL_CHANGE_H

#include "appliance/console/ctl.h"

/* Prints the reply's findings of this severity, an empty line before the first; how many these are. */
size_t ctl_change_findings(struct ctl *ctl, sd_json_variant *reply, const char *severity);
/* Says what a change of settings, rows or revisions did, or with --dry-run would do; as JSON when that is asked. */
void ctl_change_say(struct ctl *ctl, const struct args *args, sd_json_variant *reply);
/* Calls the store with a change, --dry-run and --reason added where they were given, and says what came of it. Takes over `parameters`. */
int ctl_change_call(struct ctl *ctl, const struct args *args, const char *method, sd_json_variant *parameters);

#endif
