/*
 * ctl_dhcp: provostctl dhcp: beside a DHCP server of somebody else.
 *
 * In:   the site; the lines for each kind of server (advice/); what responder heard when it asked as a phone.
 * Out:  the lines with this site's URL in them; whether a server on the wire says it.
 * Not:  nothing is changed anywhere.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"
#include "gen/dnsmasq.txt.embed.h"
#include "gen/isc.txt.embed.h"
#include "gen/kea.txt.embed.h"
#include "gen/mikrotik.txt.embed.h"
#include "gen/opnsense.txt.embed.h"
#include "gen/windows.txt.embed.h"

#define URL_MARK "@URL@"
#define LISTEN_TIMES 12                 /* a server looks whether an address is free before it offers it: three seconds and more */
#define LISTEN_NS 500000000

static const struct { const char *word, *lines; } servers[] = {
        {"isc", embed_isc_txt}, {"kea", embed_kea_txt}, {"dnsmasq", embed_dnsmasq_txt},
        {"windows", embed_windows_txt}, {"mikrotik", embed_mikrotik_txt}, {"opnsense", embed_opnsense_txt},
};
#define N_SERVERS (sizeof servers / sizeof servers[0])

static int load_url(struct ctl *ctl, char *ret, size_t size)
{
        sd_json_variant *site = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site);
        const char *lan, *url;

        if (r != CTL_OK)
                return r;
        lan = ctl_site_value(site, "lan_address");
        url = ctl_site_value(site, "bootstrap_url");
        if (*url)
                (void)snprintf(ret, size, "%s", url);
        else if (*lan)
                (void)snprintf(ret, size, "https://%.*s/{mac}.xml", (int)strcspn(lan, "/"), lan);
        else
                r = ctl_fail(ctl, "The site has no lan_address yet: `provostctl site set lan_address=ADDRESS/PREFIX`.");
        sd_json_variant_unref(site);
        return r;
}

static void print_lines(FILE *out, const char *lines, const char *url)
{
        const char *mark;

        while ((mark = strstr(lines, URL_MARK))) {
                fwrite(lines, 1, (size_t)(mark - lines), out);
                fputs(url, out);
                lines = mark + strlen(URL_MARK);
        }
        fputs(lines, out);
}

static int dhcp_advise(struct ctl *ctl, const struct args *args)
{
        const char *word = args->n_words ? args->words[0] : NULL;
        bool is_first = true;
        char url[512];
        int r = load_url(ctl, url, sizeof url);

        for (size_t i = 0; r == CTL_OK && i < N_SERVERS; i++) {
                if (word && !text_equal(word, servers[i].word))
                        continue;
                fputs(is_first ? "" : "\n", ctl->out);
                print_lines(ctl->out, servers[i].lines, url);
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

const struct ctl_command ctl_groups_dhcp[] = {
        {"dhcp advise", "[isc|kea|dnsmasq|windows|mikrotik|opnsense]",
         "The lines for the site's own DHCP server, so that it sends phones to the appliance. With dhcp_mode=off.\n", "", 0, 1, dhcp_advise},
        {"dhcp check", "", "Asks on the phone LAN as a phone would, and says which DHCP server names our source. Takes six seconds at most.\n", "", 0, 0,
         dhcp_check},
        {0},
};
