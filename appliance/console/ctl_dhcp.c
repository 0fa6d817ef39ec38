/*
 * ctl_dhcp: provostctl dhcp: beside a DHCP server of somebody else.
 *
 * In:   the site; the lines for each kind of server (advice/); what responder heard when it asked as a phone.
 * Out:  the lines with this site's URL in them; whether a server on the wire says it.
 * Not:  nothing is changed anywhere.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"
#include "appliance/people/advice.h"

#define LISTEN_TIMES 12                 /* a server looks whether an address is free before it offers it: three seconds and more */
#define LISTEN_NS 500000000

static int load_url(struct ctl *ctl, char *ret, size_t size)
{
        sd_json_variant *site = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site);

        if (r != CTL_OK)
                return r;
        if (advice_url(ctl_site_value(site, "bootstrap_url"), ctl_site_value(site, "lan_address"), ret, size) < 0)
                r = ctl_fail(ctl, "The site has no lan_address yet: `provostctl site set lan_address=ADDRESS/PREFIX`.");
        sd_json_variant_unref(site);
        return r;
}

static int print_lines(struct ctl *ctl, const char *server, const char *url)
{
        char *lines = NULL;

        if (advice_lines(server, url, &lines) < 0)
                return ctl_fail(ctl, "no memory");
        fputs(lines, ctl->out);
        free(lines);
        return CTL_OK;
}

static int dhcp_advise(struct ctl *ctl, const struct args *args)
{
        const char *word = args->n_words ? args->words[0] : NULL, *server;
        bool is_first = true;
        char url[512];
        int r = load_url(ctl, url, sizeof url);

        for (size_t i = 0; r == CTL_OK && (server = advice_server(i)); i++) {
                if (word && !text_equal(word, server))
                        continue;
                fputs(is_first ? "" : "\n", ctl->out);
                r = print_lines(ctl, server, url);
                is_first = false;
        }
        if (r == CTL_OK && is_first)
                return ctl_misused(ctl, "There are lines for isc, kea, dnsmasq, windows, mikrotik and opnsense; any other server: option 66 = %s", url);
        return r;
}

/* --- on the wire ------------------------------------------------------------- */

static int report(struct ctl *ctl, sd_json_variant *reply, int64_t since)
{
        size_t n_ours = 0, n_others = 0;
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "rogues", i)); i++) {
                char offered[256];
                const char *kind = table_text(v, "kind"), *text = table_text(v, "offered");
                if (table_number(v, "last_at") < since || !text_starts(kind, "dhcp-"))
                        continue;
                text_escape(offered, sizeof offered, text, strlen(text));
                n_ours += text_equal(kind, "dhcp-ours");
                n_others++;
                fprintf(ctl->out, "%s (MAC %s) %s%s\n", table_text(v, "address"), table_text(v, "mac"),
                        text_equal(kind, "dhcp-ours")     ? "names our source: phones find the appliance through it. "
                        : text_equal(kind, "dhcp-source") ? "names a source that is not ours or not trusted: "
                                                          : "answers phones without naming our source. ",
                        offered);
        }
        if (!n_others)
                fputs("No other DHCP server answered a phone on this LAN.\n", ctl->out);
        if (n_ours)
                return CTL_OK;
        return ctl_fail(ctl, n_others ? "Take the lines of `provostctl dhcp advise` into that server."
                                      : "Nobody but the appliance can tell phones where to go; that is right with dhcp_mode=server.");
}

static bool has_ours(sd_json_variant *reply, int64_t since)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "rogues", i)); i++)
                if (text_equal(table_text(v, "kind"), "dhcp-ours") && table_number(v, "last_at") >= since)
                        return true;
        return false;
}

/* Until one names our source, or all had their time. */
static int listen_for(struct ctl *ctl, int64_t since, sd_json_variant **ret_reply)
{
        sd_json_variant *reply = NULL;
        int r = CTL_OK;

        for (int i = 0; r == CTL_OK && i < LISTEN_TIMES && !has_ours(reply, since); i++) {
                struct timespec pause = {.tv_nsec = LISTEN_NS};
                while (nanosleep(&pause, &pause) < 0)
                        ;
                reply = sd_json_variant_unref(reply);
                r = ctl_call(ctl, "responder", "io.provost.Responder.ListRogues", NULL, CTL_CALL_MS, &reply);
        }
        *ret_reply = reply;
        return r;
}

static int dhcp_check(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int64_t since = (int64_t)time(NULL);
        int r = ctl_call(ctl, "responder", "io.provost.Responder.AskRogues", NULL, CTL_CALL_MS, &reply);

        (void)args;
        reply = sd_json_variant_unref(reply);
        if (r == CTL_OK)
                r = listen_for(ctl, since, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                r = report(ctl, reply, since);
        sd_json_variant_unref(reply);
        return r;
}

/* --- who is the DHCP server ----------------------------------------------------- */

static const struct mode { const char *word, *dhcp, *unknown, *pnp, *sentence; } modes[] = {
        {"server", "server", "plain", "on",
         "We are the DHCP server: everybody on the phone LAN gets an address; our phones are also told where to fetch their settings, by DHCP and by PnP.\n"
         "There must be no other DHCP server: `provostctl dhcp check` asks.\n"},
        {"ours", "server", "silent", "on",
         "We serve only our phones: approved and expected phones get an address and their source from us; everybody else hears nothing.\n"
         "Another DHCP server on this LAN serves the others; give the two different address ranges.\n"},
        {"pnp", "off", "silent", "on",
         "Somebody else is the DHCP server: we answer no DHCP at all. Our phones find us by PnP, which Snom phones ask first.\n"
         "PnP is multicast and is not routed: phones in another network need the lines of `provostctl dhcp advise` in that server.\n"},
};
#define N_MODES (sizeof modes / sizeof *modes)

/* The value that holds, the default where none is set. */
static const char *value_or(sd_json_variant *site, const char *name, const char *otherwise)
{
        const char *value = ctl_site_value(site, name);

        return *value ? value : otherwise;
}

/* How the site stands; with DHCP off it does not matter who would be unknown. NULL: a mixture of its own. */
static const struct mode *mode_of(sd_json_variant *site)
{
        for (size_t i = 0; i < N_MODES; i++)
                if (text_equal(value_or(site, "dhcp_mode", "server"), modes[i].dhcp) && text_equal(value_or(site, "pnp_mode", "on"), modes[i].pnp) &&
                    (text_equal(modes[i].dhcp, "off") || text_equal(value_or(site, "unknown_clients", "plain"), modes[i].unknown)))
                        return &modes[i];
        return NULL;
}

static int set_mode(struct ctl *ctl, const struct mode *mode)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_ARRAY(
                SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "dhcp_mode"), SD_JSON_BUILD_PAIR_STRING("value", mode->dhcp)),
                SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "unknown_clients"), SD_JSON_BUILD_PAIR_STRING("value", mode->unknown)),
                SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pnp_mode"), SD_JSON_BUILD_PAIR_STRING("value", mode->pnp))))) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.SetSite", parameters, CTL_CALL_MS, &reply);
        sd_json_variant_unref(reply);
        return r;
}

static void print_mode(struct ctl *ctl, sd_json_variant *site)
{
        const struct mode *mode = mode_of(site);
        sd_json_variant *v;

        if (mode)
                fprintf(ctl->out, "%-6s  %s", mode->word, mode->sentence);
        else
                fprintf(ctl->out, "A mixture of its own: dhcp_mode=%s unknown_clients=%s pnp_mode=%s. `provostctl dhcp mode server`, `ours` or `pnp` sets all three.\n",
                        value_or(site, "dhcp_mode", "server"), value_or(site, "unknown_clients", "plain"), value_or(site, "pnp_mode", "on"));
        for (size_t i = 0; (v = table_item(site, "missing", i)); i++)
                fprintf(ctl->out, "%s%s", i ? ", " : "Still needed before anybody is served: ", sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "");
        if (table_item(site, "missing", 0))
                fputs(" (provostctl site set NAME=VALUE)\n", ctl->out);
}

static int dhcp_mode(struct ctl *ctl, const struct args *args)
{
        const struct mode *wanted = NULL;
        sd_json_variant *site = NULL;
        int r = CTL_OK;

        for (size_t i = 0; args->n_words && i < N_MODES; i++)
                if (text_equal(args->words[0], modes[i].word))
                        wanted = &modes[i];
        if (args->n_words && !wanted)
                return ctl_misused(ctl, "The modes are server (we are the DHCP server), ours (we serve only our phones) and pnp (somebody else is the DHCP "
                                        "server, we answer PnP only).");
        if (wanted)
                r = set_mode(ctl, wanted);
        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site);
        if (r == CTL_OK && !ctl_as_json(ctl, site))
                print_mode(ctl, site);
        sd_json_variant_unref(site);
        return r;
}

const struct ctl_command ctl_groups_dhcp[] = {
        {"dhcp mode", "[server|ours|pnp]",
         "Who is the DHCP server of the phone LAN, in plain words. server: we are. ours: we serve only our phones, others hear nothing.\n"
         "pnp: somebody else is, we answer PnP only. Sets dhcp_mode, unknown_clients and pnp_mode together.\n", "", 0, 1, dhcp_mode},
        {"dhcp advise", "[isc|kea|dnsmasq|windows|mikrotik|opnsense]",
         "The lines for the site's own DHCP server, so that it sends phones to the appliance. With dhcp_mode=off.\n", "", 0, 1, dhcp_advise},
        {"dhcp check", "", "Asks on the phone LAN as a phone would, and says which DHCP server names our source. Takes six seconds at most.\n", "", 0, 0,
         dhcp_check},
        {0},
};
