/*
 * ctl_log: provostctl timeline, audit and lease.
 *
 * In:   what the store wrote down.
 * Out:  the same in plain words, in local time.
 * Not:  nothing is changed.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/console/table.h"

#define LIMIT_DEFAULT 200

static int timeline(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("TIME", "at_ms", TIME_MS), TABLE_COLUMN("STATION", "station", TEXT),
                {.head = "WHAT", .field = "word", .in_words = ctl_words_of}, TABLE_COLUMN("DETAIL", "detail", TEXT), {0},
        };
        sd_json_variant *parameters = NULL;
        int r = args->n_words ? ctl_mac(ctl, args->words[0], &parameters) : CTL_OK;

        if (r == CTL_OK && !args->n_words && ctl_add(&parameters, "mac", "") < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                r = ctl_add_limit(ctl, args, LIMIT_DEFAULT, &parameters);
        if (r == CTL_OK)
                return ctl_list(ctl, "store", "io.provost.Store.Timeline", parameters, "events", columns);
        sd_json_variant_unref(parameters);
        return r;
}

static int audit(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("TIME", "at_ms", TIME_MS), TABLE_COLUMN("WHO", "actor", TEXT),
                TABLE_COLUMN("DID", "action", TEXT), TABLE_COLUMN("TO", "subject", TEXT),
                TABLE_COLUMN("DETAIL", "detail", TEXT), {0},
        };
        sd_json_variant *parameters = NULL;
        int r = ctl_add_limit(ctl, args, LIMIT_DEFAULT, &parameters);

        if (r == CTL_OK)
                return ctl_list(ctl, "store", "io.provost.Store.ListAudit", parameters, "entries", columns);
        sd_json_variant_unref(parameters);
        return r;
}

static int lease_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("ADDRESS", "address", TEXT), TABLE_COLUMN("MAC", "mac", TEXT),
                TABLE_COLUMN("HOST NAME", "hostname", TEXT), TABLE_COLUMN("STATE", "state", TEXT),
                TABLE_COLUMN("UNTIL", "expires_at", TIME), {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListLeases", NULL, "leases", columns);
}

const struct ctl_command ctl_groups_log[] = {
        {"timeline", "[MAC] [--limit N]",
         "What happened to one phone, from DHCP to its settings, newest last; without MAC: to the site.\n", "--limit=",
         0, 1, timeline},
        {"audit", "[--limit N]", "Who changed what, newest last.\n", "--limit=", 0, 0, audit},
        {"lease list", "", "Lists the DHCP leases.\n", "", 0, 0, lease_list},
        {0},
};
