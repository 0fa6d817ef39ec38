/*
 * ctl_box: provostctl status, box, session, reboot and poweroff.
 *
 * In:   the status of box, responder and session.
 * Out:  what is ready and what is missing.
 * Not:  nothing is repaired here.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <time.h>

#include "appliance/base/clock.h"
#include "appliance/base/option.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define CALL_MS 5000
#define LOOK_AGAIN_MS 50

/* What one look at the stations gave. */
struct look {
        sd_json_variant *box, *responder, *session, *site;
        bool ready;
        char waiting_for[300];
};

static void look_done(struct look *look)
{
        sd_json_variant_unref(look->box);
        sd_json_variant_unref(look->responder);
        sd_json_variant_unref(look->session);
        sd_json_variant_unref(look->site);
}

static bool serves_dhcp(sd_json_variant *site)
{
        return !text_equal(ctl_site_value(site, "dhcp_mode"), "off");
}

/* One station's status; its failure becomes what we wait for. */
static sd_json_variant *ask(struct look *look, const char *station, const char *method)
{
        sd_json_variant *reply = NULL;
        char *reason = NULL;

        if (ctl_try(station, method, NULL, CALL_MS, &reply, &reason) != CTL_OK && !*look->waiting_for)
                (void)snprintf(look->waiting_for, sizeof look->waiting_for, "%s", reason ? reason : "no memory");
        free(reason);
        return reply;
}

static void take_look(struct look *ret_look)
{
        struct look look = {0};

        look.box = ask(&look, "box", "io.provost.Box.Status");
        look.site = ask(&look, "store", "io.provost.Store.GetSite");
        if (IS_ENABLED(PROVOST_RESPONDER))
                look.responder = ask(&look, "responder", "io.provost.Responder.Status");
        if (IS_ENABLED(PROVOST_SESSION))
                look.session = ask(&look, "session", "io.provost.Session.Status");
        if (!*look.waiting_for && !table_flag(look.box, "ready"))
                (void)snprintf(look.waiting_for, sizeof look.waiting_for, "%s", table_text(look.box, "waiting_for"));
        if (!*look.waiting_for && look.responder && serves_dhcp(look.site) && !table_flag(look.responder, "serving"))
                (void)snprintf(look.waiting_for, sizeof look.waiting_for, "DHCP does not serve yet: %s",
                               table_text(look.responder, "reason"));
        if (!*look.waiting_for && look.session && !table_flag(look.session, "server_up"))
                (void)snprintf(look.waiting_for, sizeof look.waiting_for, "OpenVPN is not up yet.");
        look.ready = !*look.waiting_for;
        *ret_look = look;
}

static void legacy_row(struct table *table, const struct look *look)
{
        if (!text_equal(ctl_site_value(look->site, "legacy"), "on"))
                return;
        table_cell(table, "old phones");
        table_cell(table, table_flag(look->session, "legacy_up") ? "up" : "down");
        table_cell(table, "their OpenVPN process; provostctl legacy show");
}

/* What somebody has to look at. */
static void alarm_row(struct table *table)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *reason = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_BOOLEAN("open", true)) >= 0 &&
            ctl_try("store", "io.provost.Store.ListAlarms", parameters, CALL_MS, &reply, &reason) == CTL_OK) {
                table_cell(table, "alarms");
                table_cell_format(table, "%zu open", ctl_show_n(reply, "alarms"));
                table_cell(table, ctl_show_n(reply, "alarms") ? "provostctl alarm list" : "");
        }
        free(reason);
        sd_json_variant_unref(reply);
}

static void print_look(struct ctl *ctl, const struct look *look)
{
        static const char *const heads[] = {"PART", "STATE", "DETAIL", NULL};
        struct table *table = table_new(heads);
        size_t n = 0, n_up = 0;
        sd_json_variant *v;

        for (; (v = table_item(look->session, "tunnels", n)); n++)
                n_up += text_equal(table_text(v, "state"), "up");
        table_cell(table, "box");
        table_cell(table, table_flag(look->box, "ready") ? "ready" : "waiting");
        table_cell(table, table_text(look->box, "waiting_for"));
        table_cell(table, "responder");
        table_cell(table, !IS_ENABLED(PROVOST_RESPONDER) ? "left out" : table_flag(look->responder, "serving") ? "serving" : "not serving");
        if (table_flag(look->responder, "serving"))
                table_cell_format(table, "%lld leases, %lld requests, %lld answers",
                                  (long long)table_number(look->responder, "leases"),
                                  (long long)table_number(look->responder, "requests"),
                                  (long long)table_number(look->responder, "answers"));
        else
                table_cell(table, table_text(look->responder, "reason"));
        table_cell(table, "session");
        table_cell(table, !IS_ENABLED(PROVOST_SESSION) ? "left out" : table_flag(look->session, "server_up") ? "up" : "down");
        table_cell_format(table, "%zu %s up", n_up, ctl_show_many((int64_t)n_up, "tunnel", "tunnels"));
        legacy_row(table, look);
        alarm_row(table);
        table_print(table, ctl->out);
        table_free(table);
        fputs(look->ready ? "\nThe appliance is ready.\n" : "\nNot ready.\n", ctl->out);
}

static int print_look_json(struct ctl *ctl, const struct look *look)
{
        sd_json_variant *all = NULL;
        int r = sd_json_buildo(&all, SD_JSON_BUILD_PAIR_BOOLEAN("ready", look->ready),
                               SD_JSON_BUILD_PAIR_STRING("waiting_for", look->waiting_for),
                               SD_JSON_BUILD_PAIR_CONDITION(!!look->box, "box", SD_JSON_BUILD_VARIANT(look->box)),
                               SD_JSON_BUILD_PAIR_CONDITION(!!look->responder, "responder",
                                                            SD_JSON_BUILD_VARIANT(look->responder)),
                               SD_JSON_BUILD_PAIR_CONDITION(!!look->session, "session",
                                                            SD_JSON_BUILD_VARIANT(look->session)));

        if (r < 0)
                return ctl_fail(ctl, "no memory");
        ctl_as_json(ctl, all);
        sd_json_variant_unref(all);
        return CTL_OK;
}

static int status(struct ctl *ctl, const struct args *args)
{
        const char *wait = args_option(args, "--wait");
        struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000L};
        uint64_t until_ms;
        uint32_t wait_s = 0;
        struct look look;
        int r = CTL_OK;

        if (wait && text_to_u32(wait, 3600, &wait_s) < 0)
                return ctl_misused(ctl, "--wait takes a number of seconds up to 3600.");
        until_ms = clock_monotonic_ms() + wait_s * 1000ULL;
        for (;;) {
                take_look(&look);
                if (look.ready || clock_monotonic_ms() >= until_ms)
                        break;
                look_done(&look);
                (void)nanosleep(&pause, NULL);
        }
        if (ctl->json)
                r = print_look_json(ctl, &look);
        else
                print_look(ctl, &look);
        if (!look.ready)
                r = ctl_fail(ctl, "%s", look.waiting_for);
        look_done(&look);
        return r;
}

static int box_status(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "box", "io.provost.Box.Status", NULL, CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\n", table_flag(reply, "ready") ? "ready" : table_text(reply, "waiting_for"));
        sd_json_variant_unref(reply);
        return r;
}

static int session_list(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"MAC", "TUNNEL", "STATE", "FROM", "IN", "OUT", "OPENVPN", "CIPHER", "BY", NULL};
        sd_json_variant *reply = NULL, *v;
        struct table *table;
        int r = ctl_call(ctl, "session", "io.provost.Session.Status", NULL, CALL_MS, &reply);

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "tunnels", i)); i++) {
                table_cell(table, table_text(v, "mac"));
                table_cell(table, table_text(v, "address"));
                table_cell(table, table_text(v, "state"));
                table_cell(table, table_text(v, "peer"));
                table_cell_format(table, "%lld", (long long)table_number(v, "bytes_in"));
                table_cell_format(table, "%lld", (long long)table_number(v, "bytes_out"));
                table_cell(table, table_text(v, "version"));
                table_cell(table, table_text(v, "cipher"));
                table_cell_format(table, "%s%s%s", table_text(v, "protocol"), text_equal(table_text(v, "vpn_class"), "legacy") ? ", old phones" : "",
                                  text_equal(table_text(v, "data_channel"), "kernel") ? ", kernel" : "");
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

static int power(struct ctl *ctl, const char *method, const char *said)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "box", method, NULL, CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\n", said);
        sd_json_variant_unref(reply);
        return r;
}

static int reboot_box(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return power(ctl, "io.provost.Box.Reboot", "The appliance restarts.");
}

static int power_off(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return power(ctl, "io.provost.Box.PowerOff", "The appliance powers off.");
}

const struct ctl_command ctl_groups_box[] = {
        {"status", "[--wait SECONDS]",
         "Says whether network, DHCP and OpenVPN serve the site. --wait waits for it that long.\n", "--wait=", 0, 0,
         status},
        {"box status", "", "Says what box works on: network, firewall, clock and web edge.\n", "", 0, 0, box_status},
        {"session list", "", "Lists the tunnels.\n", "", 0, 0, session_list},
        {"reboot", "", "Restarts the appliance.\n", "", 0, 0, reboot_box},
        {"poweroff", "", "Powers the appliance off.\n", "", 0, 0, power_off},
        {"box reboot", "", "Restarts the appliance.\n", "", 0, 0, reboot_box},
        {"box poweroff", "", "Powers the appliance off.\n", "", 0, 0, power_off},
        {0},
};
