/*
 * ctl_preview: provostctl phone preview, diff and score.
 *
 * In:   a MAC; PreviewDocument and DiffDocument of store, which hold no secret.
 * Out:  the settings the phone will get, from where each is, what lint says, what changes.
 * Not:  no judgement here.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/console/ctl_change.h"
#include "appliance/console/table.h"

static const struct table_column setting_columns[] = {
        TABLE_COLUMN("SETTING", "name", SETTING), TABLE_COLUMN("PERM", "permission", TEXT), TABLE_COLUMN("FROM", "origin", ORIGIN),
        TABLE_COLUMN("VALUE", "value", VALUE), TABLE_UNKNOWN, {0},
};

static const struct table_column hardening_columns[] = {
        TABLE_COLUMN("HARDENING", "row", TEXT), TABLE_COLUMN("STATE", "state", TEXT), TABLE_COLUMN("MISSING", "missing", OWN), {0},
};

static void print_hardening(struct ctl *ctl, sd_json_variant *reply)
{
        fprintf(ctl->out, "\n%lld of %lld rows of the hardening profile are met.\n", (long long)table_number(reply, "hardening_met"),
                (long long)table_number(reply, "hardening_total"));
        table_list(reply, "hardening", hardening_columns, ctl->out);
}

static int preview(struct ctl *ctl, const struct args *args, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        return r != CTL_OK ? r : ctl_call(ctl, "store", "io.provost.Store.PreviewDocument", parameters, CTL_CALL_MS, ret_reply);
}

static int phone_preview(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        size_t n_errors;
        int r = preview(ctl, args, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                table_list(reply, "settings", setting_columns, ctl->out);
                print_hardening(ctl, reply);
                n_errors = ctl_change_findings(ctl, reply, "error");
                (void)ctl_change_findings(ctl, reply, "warning");
                fputs(n_errors ? "\nThe phone does not get these settings until the errors are gone; it keeps those it has.\n"
                               : "\nNothing holds these settings back.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

/* The part of a preview that is the score, under the same names. */
static int score_as_json(struct ctl *ctl, sd_json_variant *reply)
{
        static const char *const names[] = {"hardening", "hardening_met", "hardening_total"};
        sd_json_variant *part = NULL;
        int r = ctl_add(&part, "mac", table_text(sd_json_variant_by_key(reply, "phone"), "mac"));

        for (size_t i = 0; i < sizeof names / sizeof *names && r >= 0; i++)
                r = sd_json_variant_set_field(&part, names[i], sd_json_variant_by_key(reply, names[i]));
        if (r >= 0)
                ctl_as_json(ctl, part);
        sd_json_variant_unref(part);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static int phone_score(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = preview(ctl, args, &reply);

        if (r == CTL_OK && ctl->json) {
                r = score_as_json(ctl, reply);
        } else if (r == CTL_OK) {
                table_list(reply, "hardening", hardening_columns, ctl->out);
                fprintf(ctl->out, "\n%lld of %lld rows are met.\n", (long long)table_number(reply, "hardening_met"),
                        (long long)table_number(reply, "hardening_total"));
        }
        sd_json_variant_unref(reply);
        return r;
}

static void print_diff(struct ctl *ctl, sd_json_variant *reply)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("SETTING", "name", SETTING), TABLE_COLUMN("HAS", "was", VALUE), TABLE_COLUMN("WILL GET", "will", VALUE),
                TABLE_COLUMN("FROM", "origin", ORIGIN), {0},
        };
        int64_t served = table_number(reply, "revision_served"), revision = table_number(reply, "revision");

        if (!served)
                fprintf(ctl->out, "The phone has fetched no settings in the tunnel; it would get revision %lld:\n", (long long)revision);
        else if (!table_item(reply, "rows", 0))
                fprintf(ctl->out, "The phone has what it should have (revision %lld).\n", (long long)served);
        else
                fprintf(ctl->out, "The phone has revision %lld and would get revision %lld:\n", (long long)served, (long long)revision);
        if (table_item(reply, "rows", 0))
                table_list(reply, "rows", columns, ctl->out);
}

static int phone_diff(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.DiffDocument", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_diff(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_preview[] = {
        {"phone preview", "MAC",
         "Shows the settings the phone will get, where each comes from, how far they are\n"
         "hardened, and what is wrong with them.\n"
         "Secrets are never shown. An error holds the settings back, a warning does not.\n", "", 1, 1, phone_preview},
        {"phone diff", "MAC", "Shows what would change at the phone: what it fetched last beside what it would get now.\n", "", 1, 1,
         phone_diff},
        {"phone score", "MAC", "Shows each row of the hardening profile for this phone: met, waived (by whom and why), open.\n", "", 1, 1,
         phone_score},
        {0},
};
