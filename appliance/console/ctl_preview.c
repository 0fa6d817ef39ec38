/*
 * ctl_preview: provostctl phone preview.
 *
 * In:   a MAC; PreviewDocument of store, which holds no secret.
 * Out:  the settings the phone will get, from where each is, and what lint says.
 * Not:  no judgement here.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define CALL_MS 10000

static void name_cell(struct table *table, sd_json_variant *setting)
{
        sd_json_variant *index = sd_json_variant_by_key(setting, "index");

        if (index && sd_json_variant_is_integer(index))
                table_cell_format(table, "%s[%lld]", table_text(setting, "name"), (long long)sd_json_variant_integer(index));
        else
                table_cell(table, table_text(setting, "name"));
}

static void print_settings(struct ctl *ctl, sd_json_variant *reply)
{
        static const char *const heads[] = {"SETTING", "PERM", "FROM", "VALUE", "", NULL};
        struct table *table = table_new(heads);
        sd_json_variant *s;

        for (size_t i = 0; (s = table_item(reply, "settings", i)); i++) {
                name_cell(table, s);
                table_cell(table, table_text(s, "permission"));
                table_cell(table, table_text(s, "origin"));
                table_cell(table, table_flag(s, "secret") ? "(secret)" : table_text(s, "value"));
                table_cell(table, table_flag(s, "known") ? "" : "(not in the catalogue)");
        }
        table_print(table, ctl->out);
        table_free(table);
}

/* Sentences hold our own words and what was escaped before; anything else is escaped here. */
static size_t print_findings(struct ctl *ctl, sd_json_variant *reply, const char *severity)
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

static void print_hardening(struct ctl *ctl, sd_json_variant *reply)
{
        static const char *const heads[] = {"HARDENING", "STATE", "MISSING", NULL};
        struct table *table = table_new(heads);
        sd_json_variant *row;

        for (size_t i = 0; (row = table_item(reply, "hardening", i)); i++) {
                table_cell(table, table_text(row, "row"));
                table_cell(table, table_text(row, "state"));
                table_cell_own(table, table_text(row, "missing"));
        }
        fprintf(ctl->out, "\n%lld of %lld rows of the hardening profile are met.\n", (long long)table_number(reply, "hardening_met"),
                (long long)table_number(reply, "hardening_total"));
        table_print(table, ctl->out);
        table_free(table);
}

static int phone_preview(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        size_t n_errors;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r != CTL_OK)
                return r;
        r = ctl_call(ctl, "store", "io.provost.Store.PreviewDocument", parameters, CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                print_settings(ctl, reply);
                print_hardening(ctl, reply);
                n_errors = print_findings(ctl, reply, "error");
                (void)print_findings(ctl, reply, "warning");
                fputs(n_errors ? "\nThe phone does not get these settings until the errors are gone; it keeps those it has.\n"
                               : "\nNothing holds these settings back.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_preview[] = {
        {"phone preview", "MAC",
         "Shows the settings the phone will get, where each comes from, how far they are\n"
         "hardened, and what is wrong with them.\n"
         "Secrets are never shown. An error holds the settings back, a warning does not.\n", "", 1, 1, phone_preview},
        {0},
};
