/*
 * ctl_replace: provostctl phone replace: a new phone in the place of another.
 *
 * In:   two MACs.
 * Out:  how the replacement stands.
 * Not:  what goes from one to the other is the store's one transaction.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

static int add_mac(struct ctl *ctl, const char *word, const char *name, sd_json_variant **parameters)
{
        sd_json_variant *one = NULL;
        int r = ctl_mac(ctl, word, &one);

        if (r == CTL_OK && ctl_add(parameters, name, table_text(one, "mac")) < 0)
                r = ctl_fail(ctl, "no memory");
        sd_json_variant_unref(one);
        return r;
}

static void print_pending(struct ctl *ctl, sd_json_variant *v)
{
        char time_text[TABLE_TIME_SIZE], span[CTL_SHOW_SPAN_SIZE];
        int64_t until = table_number(v, "until");

        fprintf(ctl->out, "%s has the place of %s now: name, profiles, settings, number and addresses; %s is out.\n", table_text(v, "new"),
                table_text(v, "old"), table_text(v, "old"));
        fprintf(ctl->out, "Plug %s in. When it has its settings in its tunnel the replacement is done; if it has not until %s (%s),\n"
                "all of it is undone and %s is as it was. By hand: provostctl phone replace undo %s\n", table_text(v, "new"), table_time(until, -1, time_text),
                ctl_show_span(until - clock_wall_s(), span), table_text(v, "old"), table_text(v, "new"));
}

static int phone_replace(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = add_mac(ctl, args->words[0], "old", &parameters);

        if (r == CTL_OK)
                r = add_mac(ctl, args->words[1], "new", &parameters);
        if (r == CTL_OK && args_has(args, "--without-certificate") &&
            sd_json_variant_set_field_boolean(&parameters, "without_certificate", true) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ReplacePhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                print_pending(ctl, sd_json_variant_by_key(reply, "replacement"));
                if (args_has(args, "--without-certificate"))
                        fputs("Until then it may fetch its bundle once without a factory certificate: watch it.\n", ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

static int phone_replace_undo(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *v;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK)
                r = ctl_add_reason(ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.UndoReplace", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                v = sd_json_variant_by_key(reply, "replacement");
                fprintf(ctl->out, "Undone: %s is as it was, with the certificate it had; %s has no rights.\n", table_text(v, "old"), table_text(v, "new"));
        }
        sd_json_variant_unref(reply);
        return r;
}

static const char *state_in_words(const char *state)
{
        return text_equal(state, "pending") ? "waits for the new phone" : state;
}

static int phone_replace_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("OLD", "old", TEXT), TABLE_COLUMN("NEW", "new", TEXT), {.head = "STATE", .field = "state", .in_words = state_in_words},
                TABLE_COLUMN("SINCE", "started_at", TIME), TABLE_COLUMN("UNTIL", "until", TIME), TABLE_COLUMN("ENDED", "ended_at", TIME),
                TABLE_COLUMN("REASON", "reason", OWN), {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListReplacements", NULL, "replacements", columns);
}

const struct ctl_command ctl_groups_replace[] = {
        {"phone replace", "OLD NEW [--without-certificate]",
         "The phone NEW takes over name, profiles, settings, number and addresses of OLD; OLD is revoked. Undone as a whole when NEW does not\n"
         "come up in the time of the site value replace_wait_s. --without-certificate: NEW may enrol once without a factory certificate.\n",
         "--without-certificate", 2, 2, phone_replace},
        {"phone replace undo", "MAC [--reason TEXT]", "Takes a replacement back that is not done yet; MAC is either of the two.\n", "--reason=", 1, 1,
         phone_replace_undo},
        {"phone replace list", "", "Lists the replacements and how they ended.\n", "", 0, 0, phone_replace_list},
        {0},
};
