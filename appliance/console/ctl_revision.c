/*
 * ctl_revision: provostctl revision and rollout.
 *
 * In:   the store's revisions of the shared settings and its roll-out.
 * Out:  what changed, how far it is, why it stopped.
 * Not:  the store alone goes from ring to ring.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>
#include <time.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_change.h"
#include "appliance/console/table.h"

#define LIMIT_DEFAULT 20

/* --- revisions ------------------------------------------------------------------- */

static const struct table_column revision_columns[] = {
        TABLE_COLUMN("REVISION", "number", NUMBER), TABLE_COLUMN("AT", "at", TIME), TABLE_COLUMN("BY", "actor", TEXT),
        TABLE_COLUMN("STATE", "state", TEXT), TABLE_COLUMN("PHONES", "phones", NUMBER), TABLE_COLUMN("WHAT", "summary", TEXT),
        TABLE_COLUMN("REASON", "reason", TEXT), {0},
};

static int revision_list(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_add_limit(ctl, args, LIMIT_DEFAULT, &parameters);

        if (r == CTL_OK)
                return ctl_list(ctl, "store", "io.provost.Store.ListRevisions", parameters, "revisions", revision_columns);
        sd_json_variant_unref(parameters);
        return r;
}

static int number_of(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        uint32_t number;

        if (text_to_u32(args->words[0], UINT32_MAX, &number) < 0)
                return ctl_misused(ctl, "A revision is a number; provostctl revision list has them.");
        return sd_json_variant_set_field_unsigned(parameters, "number", number) < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static void print_revision(struct ctl *ctl, sd_json_variant *reply)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("SCOPE", "scope", TEXT), TABLE_COLUMN("OWNER", "owner", TEXT), TABLE_COLUMN("SETTING", "name", SETTING),
                TABLE_COLUMN("BEFORE", "old", VALUE), TABLE_COLUMN("AFTER", "new", VALUE), {0},
        };
        sd_json_variant *r = sd_json_variant_by_key(reply, "revision");
        char at[TABLE_TIME_SIZE], escaped[400];
        const char *reason = table_text(r, "reason"), *summary = table_text(r, "summary");

        fprintf(ctl->out, "Revision %lld of %s by %s: %s, %lld phones.\n", (long long)table_number(r, "number"),
                table_time(table_number(r, "at"), -1, at), table_text(r, "actor"), table_text(r, "state"),
                (long long)table_number(r, "phones"));
        if (*summary)
                fprintf(ctl->out, "%s\n", text_is_printable(summary) ? summary : "?");
        if (*reason)
                fprintf(ctl->out, "Reason: %s\n",
                        text_is_printable(reason) ? reason : text_escape(escaped, sizeof escaped, reason, strlen(reason)));
        fputc('\n', ctl->out);
        table_list(reply, "changes", columns, ctl->out);
}

static int revision_show(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = number_of(ctl, args, &parameters);

        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.GetRevision", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_revision(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

static int revision_restore(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = number_of(ctl, args, &parameters);

        return r != CTL_OK ? r : ctl_change_call(ctl, args, "io.provost.Store.RestoreRevision", parameters);
}

/* --- roll-outs ------------------------------------------------------------------- */

/* "ring 2 of 3, 4 of 5 back; 7 of 40 phones have it" in one line. */
static void print_progress(struct ctl *ctl, sd_json_variant *rollout)
{
        const char *state = table_text(rollout, "state");
        long long done = (long long)table_number(rollout, "done"), total = (long long)table_number(rollout, "total");
        long long waiting = (long long)table_number(rollout, "waiting");

        fprintf(ctl->out, "revision %lld %s: ", (long long)table_number(rollout, "revision"), state);
        if (text_equal(state, "running"))
                fprintf(ctl->out, "ring %lld of %lld, %lld of %lld back; ", (long long)table_number(rollout, "ring"),
                        (long long)table_number(rollout, "rings"), (long long)table_number(rollout, "ring_back"),
                        (long long)table_number(rollout, "ring_phones"));
        fprintf(ctl->out, "%lld of %lld phones have it", done, total);
        if (waiting)
                fprintf(ctl->out, ", %lld not connected", waiting);
        fputc('\n', ctl->out);
}

static void print_rollout(struct ctl *ctl, sd_json_variant *rollout)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("FAILED", "mac", TEXT), TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("STATE", "state", TEXT),
                TABLE_COLUMN("REASON", "reason", TEXT), {0},
        };
        const char *state = table_text(rollout, "state"), *reason = table_text(rollout, "reason");
        int64_t ends = table_number(rollout, "ring_ends_at");
        char at[TABLE_TIME_SIZE];

        if (text_equal(state, "none")) {
                fputs("Nothing has been rolled out.\n", ctl->out);
                return;
        }
        print_progress(ctl, rollout);
        if (text_equal(state, "running") && ends)
                fprintf(ctl->out, "Phones of this ring have until %s to come back.\n", table_time(ends, -1, at));
        if (*reason)
                fprintf(ctl->out, "%s\n", text_is_printable(reason) ? reason : "?");
        if (table_item(rollout, "failed", 0)) {
                fputc('\n', ctl->out);
                table_list(rollout, "failed", columns, ctl->out);
        }
}

/* Takes over `parameters`. */
static int call_and_show(struct ctl *ctl, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", method, parameters, CTL_LONG_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_rollout(ctl, sd_json_variant_by_key(reply, "rollout"));
        sd_json_variant_unref(reply);
        return r;
}

static int rollout_show(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return call_and_show(ctl, "io.provost.Store.GetRollout", NULL);
}

/* One look; CTL_OK with *ret_over when there is nothing more to wait for. */
static int look(struct ctl *ctl, bool *ret_over, bool *ret_stopped)
{
        sd_json_variant *reply = NULL, *rollout;
        int r = ctl_call(ctl, "store", "io.provost.Store.GetRollout", NULL, CTL_CALL_MS, &reply);

        if (r != CTL_OK)
                return r;
        rollout = sd_json_variant_by_key(reply, "rollout");
        *ret_over = !text_equal(table_text(rollout, "state"), "running");
        *ret_stopped = text_equal(table_text(rollout, "state"), "stopped");
        if (!ctl_as_json(ctl, reply)) {
                if (*ret_over)
                        print_rollout(ctl, rollout);
                else
                        print_progress(ctl, rollout);
        }
        fflush(ctl->out);
        sd_json_variant_unref(reply);
        return CTL_OK;
}

static int rollout_watch(struct ctl *ctl, const struct args *args)
{
        const struct timespec second = {.tv_sec = 1};
        const char *text = args_option(args, "--timeout");
        uint32_t timeout_s = ctl->is_remote ? 30 : 86400;
        bool is_over = false, is_stopped = false;
        uint64_t until_ms;
        int r;

        if (text && text_to_u32(text, 86400, &timeout_s) < 0)
                return ctl_misused(ctl, "--timeout takes a number of seconds up to a day (86400).");
        until_ms = clock_monotonic_ms() + timeout_s * 1000ULL;
        for (;;) {
                r = look(ctl, &is_over, &is_stopped);
                if (r != CTL_OK || is_over)
                        break;
                if (clock_monotonic_ms() >= until_ms)
                        return ctl_fail(ctl, "The roll-out still runs: see provostctl rollout show.");
                (void)nanosleep(&second, NULL);
        }
        return r == CTL_OK && is_stopped ? ctl_fail(ctl, "The roll-out was stopped.") : r;
}

static int control(struct ctl *ctl, const struct args *args, const char *action)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_add(&parameters, "action", action) < 0 ? ctl_fail(ctl, "no memory") : ctl_add_reason(ctl, args, &parameters);

        if (r == CTL_OK)
                return call_and_show(ctl, "io.provost.Store.ControlRollout", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int rollout_next(struct ctl *ctl, const struct args *args)
{
        return control(ctl, args, "next");
}

static int rollout_finish(struct ctl *ctl, const struct args *args)
{
        return control(ctl, args, "finish");
}

static int rollout_back(struct ctl *ctl, const struct args *args)
{
        return control(ctl, args, "back");
}

const struct ctl_command ctl_groups_revision[] = {
        {"revision list", "[--limit N]", "Lists the revisions of the shared settings, newest first.\n", "--limit=", 0, 0, revision_list},
        {"revision show", "N", "Shows what a revision changed.\n", "", 1, 1, revision_show},
        {"revision restore", "N [--reason TEXT]",
         "Makes a new revision with the shared settings as they were after revision N.\n", "--reason=", 1, 1, revision_restore},
        {"rollout show", "", "Shows how far the roll-out is, or how the last one ended.\n", "", 0, 0, rollout_show},
        {"rollout watch", "[--timeout SECONDS]", "One line a second until the roll-out is over; 0 when it is done, 1 when it was stopped.\n",
         "--timeout=", 0, 0, rollout_watch},
        {"rollout next", "[--reason TEXT]", "Goes on to the next ring without waiting for this one.\n", "--reason=", 0, 0, rollout_next},
        {"rollout finish", "[--reason TEXT]", "Gives the revision to all phones at once.\n", "--reason=", 0, 0, rollout_finish},
        {"rollout back", "[--reason TEXT]", "Stops the roll-out and restores what was before.\n", "--reason=", 0, 0, rollout_back},
        {0},
};
