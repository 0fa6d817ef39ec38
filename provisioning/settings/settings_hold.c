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

#include "provisioning/model/merge.h"

/* Attributes are pairs of texts to both. */
_Static_assert(sizeof(struct merge_attribute) == sizeof(struct settings_document_attribute) &&
               offsetof(struct merge_attribute, value) == offsetof(struct settings_document_attribute, value), "the same pair");

static void look_at(const struct settings_document_setting *setting, struct merge_setting *ret)
{
        ret->name = setting->name;
        ret->index = setting->index;
        ret->value = setting->value;
        ret->permission = setting->permission ? setting->permission : "";
        ret->attributes = (const struct merge_attribute *)setting->attributes;
        ret->n_attributes = setting->n_attributes;
        ret->scope = MERGE_BUILT_IN;
        ret->owner = "";
}

int settings_hold(const struct settings_document_setting *settings, size_t n_settings, const struct lint_phone *phone,
                  struct settings_document_problem *ret_problem)
{
        struct merge_setting *list = reallocarray(NULL, n_settings + 1, sizeof *list);
        struct lint_finding finding;
        int r;

        if (!list)
                return PV_ENOMEM;
        for (size_t i = 0; i < n_settings; i++)
                look_at(&settings[i], &list[i]);
        r = lint_check_settings(list, n_settings, phone, &finding);
        if (r)
                (void)snprintf(ret_problem->reason, sizeof ret_problem->reason, "%s", finding.sentence);
        free(list);
        return r;
}
