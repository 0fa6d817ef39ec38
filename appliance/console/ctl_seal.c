/*
 * ctl_seal: provostctl seal.
 *
 * In:   the number on a tamper seal, where it is, that it was looked at.
 * Out:  the list of seals, with those whose inspection is overdue.
 * Not:  a phone cannot check its own seal.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/console/table.h"

static const struct table_column columns[] = {
        TABLE_COLUMN("MAC", "mac", TEXT), TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("SEAL", "number", TEXT),
        TABLE_COLUMN("PLACE", "place", TEXT), TABLE_COLUMN("INSPECTED", "inspected_at", TIME), TABLE_COLUMN("DUE", "due_at", TIME),
        {.head = "", .field = "overdue", .kind = TABLE_FLAG, .word = "overdue"}, {0},
};

static int seal_list(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_variant_set_field_boolean(&parameters, "overdue", args_has(args, "--overdue")) < 0)
                return ctl_fail(ctl, "no memory");
        return ctl_list(ctl, "store", "io.provost.Store.ListSeals", parameters, "seals", columns);
}

/* number and place: NULL leaves as is. */
static int set(struct ctl *ctl, const struct args *args, const char *number, const char *place, bool inspected, const char *said)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK && (ctl_add(&parameters, "number", number) < 0 || ctl_add(&parameters, "place", place) < 0))
                r = ctl_misused(ctl, "The seal's number or place is not UTF-8 text.");
        if (r == CTL_OK && sd_json_variant_set_field_boolean(&parameters, "inspected", inspected) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.SetSeal", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\n", said);
        sd_json_variant_unref(reply);
        return r;
}

static int seal_set(struct ctl *ctl, const struct args *args)
{
        return set(ctl, args, args->words[1], args_option(args, "--place"), args_has(args, "--inspected"), "Stored.");
}

static int seal_inspect(struct ctl *ctl, const struct args *args)
{
        return set(ctl, args, NULL, NULL, true, "Stored: looked at now, and whole.");
}

static int seal_remove(struct ctl *ctl, const struct args *args)
{
        return set(ctl, args, "", NULL, false, "Removed.");
}

const struct ctl_command ctl_groups_seal[] = {
        {"seal list", "[--overdue]", "Lists the tamper seals and when each is to be looked at again.\n", "--overdue", 0, 0, seal_list},
        {"seal set", "MAC NUMBER [--place TEXT] [--inspected]",
         "Notes the seal on a phone: its number, where it sits, and with --inspected that it is whole.\n", "--place= --inspected", 2, 2,
         seal_set},
        {"seal inspect", "MAC", "Notes that the seal was looked at now and is whole.\n", "", 1, 1, seal_inspect},
        {"seal remove", "MAC", "Forgets the phone's seal.\n", "", 1, 1, seal_remove},
        {0},
};
