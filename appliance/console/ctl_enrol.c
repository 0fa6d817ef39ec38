/*
 * ctl_enrol: provostctl enrol: listed phones without a certificate are let in, for a while.
 *
 * In:   minutes, a number of phones.
 * Out:  how long it is open, for how many, who came in by it.
 * Not:  no phone is let in that is not on the list (the store's rule).
 */
#include "appliance/console/ctl_groups.h"

#include <time.h>

#include "appliance/base/clock.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define MINUTES_DEFAULT 10
#define MINUTES_MAX 1440
#define PHONES_MAX 10000

static void print_enrolment(struct ctl *ctl, sd_json_variant *reply)
{
        sd_json_variant *e = sd_json_variant_by_key(reply, "enrolment");
        int64_t until = table_number(e, "open_until"), left = table_number(e, "phones_left"), left_s = until - clock_wall_s();
        char span[CTL_SHOW_SPAN_SIZE], time_text[TABLE_TIME_SIZE];

        if (until && left_s > 0 && left > 0)
                fprintf(ctl->out, "Open for %s, until %s, for %lld listed %s without a certificate.\n"
                        "Whoever on the phone LAN says the MAC of a listed phone first gets its bundle: watch the phones, and close it when they are in.\n",
                        ctl_show_span(left_s, span), table_time(until, -1, time_text), (long long)left, ctl_show_many(left, "phone", "phones"));
        else
                fputs("Closed: a listed phone without a certificate waits. `provostctl enrol open` lets the next one in.\n", ctl->out);
        ctl_show_line_list(ctl->out, "let in", sd_json_variant_by_key(e, "let_in"));
}

static int call(struct ctl *ctl, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", method, parameters, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_enrolment(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

static int enrol_open(struct ctl *ctl, const struct args *args)
{
        const char *phones_text = args_option(args, "--phones");
        uint32_t minutes = MINUTES_DEFAULT, phones = 1;
        sd_json_variant *parameters = NULL;

        if (args->n_words && (text_to_u32(args->words[0], MINUTES_MAX, &minutes) < 0 || minutes == 0))
                return ctl_misused(ctl, "It can be open for 1 to %d minutes.", MINUTES_MAX);
        if (phones_text && (text_to_u32(phones_text, PHONES_MAX, &phones) < 0 || phones == 0))
                return ctl_misused(ctl, "--phones takes a number from 1 to %d.", PHONES_MAX);
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_UNSIGNED("seconds", minutes * 60), SD_JSON_BUILD_PAIR_UNSIGNED("phones", phones)) < 0)
                return ctl_fail(ctl, "no memory");
        return call(ctl, "io.provost.Store.OpenEnrolment", parameters);
}

static int enrol_close(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;

        (void)args;
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_UNSIGNED("seconds", 0)) < 0)
                return ctl_fail(ctl, "no memory");
        return call(ctl, "io.provost.Store.OpenEnrolment", parameters);
}

static int enrol_show(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return call(ctl, "io.provost.Store.GetEnrolmentWindow", NULL);
}

const struct ctl_command ctl_groups_enrol[] = {
        {"enrol open", "[MINUTES] [--phones N]",
         "Lets listed phones in that have no factory certificate: N of them (1), for MINUTES (10). Each gets one bundle.\n"
         "Phones are listed with `provostctl phone expect`.\n", "--phones=", 0, 1, enrol_open},
        {"enrol show", "", "Says whether it is open, for how many phones, and who came in.\n", "", 0, 0, enrol_show},
        {"enrol close", "", "Closes it.\n", "", 0, 0, enrol_close},
        {0},
};
