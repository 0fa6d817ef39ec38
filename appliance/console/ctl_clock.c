/*
 * ctl_clock: provostctl clock.
 *
 * In:   what box says of the clock; a moment from a person.
 * Out:  where the time comes from, and whether it can be believed.
 * Not:  the floor is box's and pki's.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

static const char *source_in_words(const char *source)
{
        static const struct { const char *source, *words; } table[] = {
                {"ntp", "a time server (NTP)"}, {"hand", "set by hand"}, {"rtc", "the machine's own clock; no time server has confirmed it"},
                {"floor", "the newest moment known to have passed; the machine's own clock could not be believed"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(source, table[i].source))
                        return table[i].words;
        return source;
}

static void print_clock(struct ctl *ctl, sd_json_variant *reply)
{
        char text[TABLE_TIME_SIZE];

        ctl_show_line(ctl->out, "now", table_time(table_number(reply, "now"), -1, text));
        ctl_show_line_own(ctl->out, "from", source_in_words(table_text(reply, "source")));
        if (table_number(reply, "said"))
                ctl_show_line(ctl->out, "the machine said", table_time(table_number(reply, "said"), -1, text));
        ctl_show_line(ctl->out, "not before", table_time(table_number(reply, "floor"), -1, text));
        ctl_show_line(ctl->out, "can be set here", table_flag(reply, "settable") ? "yes" : "no: in a container the host has the clock");
        ctl_show_line_own(ctl->out, "that means", table_text(reply, "text"));
        if (text_equal(table_text(reply, "source"), "floor"))
                fputs("\nConnect a time server (site value ntp is what phones get; the appliance itself asks over its uplink),\n"
                      "or set it: provostctl clock set \"2026-11-22 08:30\"\n", ctl->out);
}

static int clock_show(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "box", "io.provost.Box.GetClock", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_clock(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

/* "2026-11-22 08:30", "2026-11-22 08:30:15", with a T between as well; a Z behind it: UTC, else local time. */
static bool read_moment(const char *text, int64_t *ret_seconds)
{
        static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"};

        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                struct tm tm = {.tm_isdst = -1};
                const char *end = strptime(text, forms[i], &tm);
                bool is_utc = end && text_equal(end, "Z");

                if (!end || (*end && !is_utc))
                        continue;
                *ret_seconds = is_utc ? (int64_t)timegm(&tm) : (int64_t)mktime(&tm);
                return *ret_seconds > 0;
        }
        return false;
}

static int clock_set(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char text[64], time_text[TABLE_TIME_SIZE];
        int64_t now;
        int r;

        (void)snprintf(text, sizeof text, "%s%s%s", args->words[0], args->n_words > 1 ? " " : "", args->n_words > 1 ? args->words[1] : "");
        if (!read_moment(text, &now))
                return ctl_misused(ctl, "Write the time like \"2026-11-22 08:30\" or 2026-11-22T07:30:00Z.");
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_INTEGER("now", now),
                           SD_JSON_BUILD_PAIR_CONDITION(args_has(args, "--force"), "force", SD_JSON_BUILD_BOOLEAN(true))) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "box", "io.provost.Box.SetClock", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "The clock is set to %s.\n", table_time(now, -1, time_text));
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_clock[] = {
        {"clock show", "", "Says what time it is, from where, and whether it can be believed.\n", "", 0, 0, clock_show},
        {"clock set", "\"YYYY-MM-DD HH:MM[:SS]\" [--force]",
         "Sets the clock, in local time (with a Z behind it: UTC). A moment before the newest one that is known to have passed needs --force.\n", "--force", 1, 2,
         clock_set},
        {0},
};
