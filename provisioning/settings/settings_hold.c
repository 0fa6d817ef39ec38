/*
 * settings_hold: the gate before a phone: no document with an error goes out.
 *
 * In:   the settings as they would be written, what is known of the phone.
 * Out:  go, or hold with a sentence for the admin.
 * Not:  no rules (lint), no XML (settings_document).
 *
 * store refuses such values when they are set; what arrives here anyway is
 * older than a rule, or wrong only together with others.
 */
#include "provisioning/settings/settings_hold.h"

#include <stdio.h>
#include <stdlib.h>

int settings_hold(const struct settings_document_setting *settings, size_t n_settings, const struct lint_phone *phone,
                  struct settings_document_problem *ret_problem)
{
        struct lint_setting *looked_at = calloc(n_settings + 1, sizeof *looked_at);
        struct lint_finding finding;
        int r;

        if (!looked_at)
                return PV_ENOMEM;
        for (size_t i = 0; i < n_settings; i++)
                looked_at[i] = (struct lint_setting){settings[i].name, settings[i].index, settings[i].value,
                                                     settings[i].permission ? settings[i].permission : ""};
        r = lint_check_document(looked_at, n_settings, phone, &finding);
        if (r)
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "%s", finding.sentence);
        free(looked_at);
        return r;
}
