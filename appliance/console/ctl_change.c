/*
 * ctl_change: what came of a change of settings.
 *
 * In:   the store's reply: revision, phones it concerns, findings of lint.
 * Out:  sentences.
 * Not:  no judgement here.
 */
#include "appliance/console/ctl_change.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

/* Sentences hold our own words and what was escaped before; anything else is escaped here. */
size_t ctl_change_findings(struct ctl *ctl, sd_json_variant *reply, const char *severity)
{
        char escaped[400];
        sd_json_variant *f;
        size_t n = 0;

        for (size_t i = 0; (f = table_item(reply, "findings", i)); i++) {
                const char *reason = table_text(f, "reason");

                if (!text_equal(table_text(f, "severity"), severity))
                        continue;
                fprintf(ctl->out, "%s%-8s %s\n", n++ ? "" : "\n", severity,
                        text_is_printable(reason) ? reason : text_escape(escaped, sizeof escaped, reason, strlen(reason)));
        }
        return n;
}

static void say_phones(struct ctl *ctl, int64_t n, bool is_dry)
{
        const char *verb = is_dry ? "would get" : n == 1 ? "gets" : "get";

        if (n == 0)
                fprintf(ctl->out, "No phone %s other settings by it.\n", is_dry ? "would get" : "gets");
        else
                fprintf(ctl->out, "%lld %s %s other settings by it.\n", (long long)n, n == 1 ? "phone" : "phones", verb);
}

void ctl_change_say(struct ctl *ctl, const struct args *args, sd_json_variant *reply)
{
        bool is_dry = args_has(args, "--dry-run");
        size_t n_errors;

        if (ctl_as_json(ctl, reply))
                return;
        if (is_dry)
                fputs("Nothing is changed: this is what would be.\n", ctl->out);
        else
                fprintf(ctl->out, "Stored: revision %lld.\n", (long long)table_number(reply, "revision"));
        say_phones(ctl, table_number(reply, "phones"), is_dry);
        n_errors = ctl_change_findings(ctl, reply, "error");
        (void)ctl_change_findings(ctl, reply, "warning");
        if (n_errors)
                fputs("\nPhones with an error keep the settings they have.\n", ctl->out);
}

int ctl_change_call(struct ctl *ctl, const struct args *args, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_add_reason(ctl, args, &parameters);

        if (r == CTL_OK && args_has(args, "--dry-run") && sd_json_variant_set_field_boolean(&parameters, "dry_run", true) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", method, parameters, CTL_LONG_CALL_MS, &reply);
        if (r == CTL_OK)
                ctl_change_say(ctl, args, reply);
        sd_json_variant_unref(reply);
        return r;
}
