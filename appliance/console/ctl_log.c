/*
 * ctl_log: provostctl timeline, audit and lease.
 *
 * In:   what the store wrote down.
 * Out:  the same in plain words, in local time.
 * Not:  nothing is changed.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define CALL_MS 10000
#define LIMIT_DEFAULT 200

static int limit_of(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        const char *text = args_option(args, "--limit");
        uint32_t limit = LIMIT_DEFAULT;

        if (text && (text_to_u32(text, 100000, &limit) < 0 || limit == 0))
                return ctl_misused(ctl, "--limit takes a number from 1 to 100000.");
        return sd_json_variant_set_field_unsigned(parameters, "limit", limit) < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static void cell_time_ms(struct table *table, int64_t at_ms)
{
        char text[TABLE_TIME_SIZE];

        table_cell(table, table_time(at_ms / 1000, (int)(at_ms % 1000), text));
}

static int timeline(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"TIME", "STATION", "WHAT", "DETAIL", NULL};
        sd_json_variant *parameters = NULL, *reply = NULL, *v;
        struct table *table;
        int r = args->n_words ? ctl_mac(ctl, args->words[0], &parameters) : CTL_OK;

        if (r == CTL_OK && !args->n_words && ctl_add(&parameters, "mac", "") < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                r = limit_of(ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.Timeline", parameters, CALL_MS, &reply);
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "events", i)); i++) {
                cell_time_ms(table, table_number(v, "at_ms"));
                table_cell(table, table_text(v, "station"));
                table_cell(table, ctl_words_of(table_text(v, "word")));
                table_cell(table, table_text(v, "detail"));
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

static int audit(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"TIME", "WHO", "DID", "TO", "DETAIL", NULL};
        sd_json_variant *parameters = NULL, *reply = NULL, *v;
        struct table *table;
        int r = limit_of(ctl, args, &parameters);

        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ListAudit", parameters, CALL_MS, &reply);
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "entries", i)); i++) {
                cell_time_ms(table, table_number(v, "at_ms"));
                table_cell(table, table_text(v, "actor"));
                table_cell(table, table_text(v, "action"));
                table_cell(table, table_text(v, "subject"));
                table_cell(table, table_text(v, "detail"));
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

static int lease_list(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"ADDRESS", "MAC", "HOST NAME", "STATE", "UNTIL", NULL};
        sd_json_variant *reply = NULL, *v;
        struct table *table;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListLeases", NULL, CALL_MS, &reply);

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "leases", i)); i++) {
                table_cell(table, table_text(v, "address"));
                table_cell(table, table_text(v, "mac"));
                table_cell(table, table_text(v, "hostname"));
                table_cell(table, table_text(v, "state"));
                table_cell_time(table, table_number(v, "expires_at"));
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_log[] = {
        {"timeline", "[MAC] [--limit N]",
         "What happened to one phone, from DHCP to its settings, newest last; without MAC: to the site.\n", "--limit=",
         0, 1, timeline},
        {"audit", "[--limit N]", "Who changed what, newest last.\n", "--limit=", 0, 0, audit},
        {"lease list", "", "Lists the DHCP leases.\n", "", 0, 0, lease_list},
        {0},
};
