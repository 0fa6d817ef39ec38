/*
 * ctl_rogue: provostctl rogue.
 *
 * In:   what responder heard of other hosts that answer phones; the site's known_servers.
 * Out:  a list; the site value with one MAC more or less.
 * Not:  nothing is done against such a host: that is for the admin and the switch.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define KNOWN_SIZE 512

static const char *kind_in_words(const char *kind)
{
        static const struct { const char *kind, *words; } table[] = {
                {"dhcp-source", "DHCP server that names a source which is not trusted"},
                {"dhcp-server", "second DHCP server"},
                {"pnp", "answers SIP PnP"},
                {"dhcp-plain", "DHCP server without a source: harmless"},
                {"dhcp-ours", "DHCP server that names our source: as it should be"},
                {"pnp-ours", "answers SIP PnP with our source"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(kind, table[i].kind))
                        return table[i].words;
        return kind;
}

static int rogue_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                {.head = "WHAT", .field = "kind", .in_words = kind_in_words}, TABLE_COLUMN("MAC", "mac", TEXT),
                TABLE_COLUMN("ADDRESS", "address", TEXT), TABLE_COLUMN("OFFERS", "offered", TEXT),
                {.head = "KNOWN", .field = "known", .kind = TABLE_FLAG, .word = "yes", .otherwise = "no"},
                TABLE_COLUMN("FIRST", "first_at", TIME), TABLE_COLUMN("LAST", "last_at", TIME), {0},
        };

        (void)args;
        return ctl_list(ctl, "responder", "io.provost.Responder.ListRogues", NULL, "rogues", columns);
}

static int rogue_ask(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "responder", "io.provost.Responder.AskRogues", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Asked by DHCP and by PnP, as a phone that does not exist. Who answers is in `provostctl rogue list` a moment later.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

/* The words of `known` without this MAC. */
static void take_out(const char *known, const struct mac *mac, char *ret, size_t size)
{
        char copy[KNOWN_SIZE], *rest = copy, *word;
        struct mac other;

        *ret = '\0';
        (void)!text_copy(copy, sizeof copy, known);
        while ((word = strsep(&rest, " "))) {
                size_t used = strlen(ret);
                if (*word && !(mac_parse_text(word, &other) == 0 && mac_equal(&other, mac)))
                        (void)snprintf(ret + used, size - used, "%s%s", used ? " " : "", word);
        }
}

static int set_known(struct ctl *ctl, const char *value)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                                                SD_JSON_BUILD_PAIR_STRING("name", "known_servers"), SD_JSON_BUILD_PAIR_STRING("value", value))))) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.SetSite", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, *value ? "Known servers: %s\n" : "No server is known now.\n", value);
        sd_json_variant_unref(reply);
        return r;
}

static int change_known(struct ctl *ctl, const struct args *args, bool add)
{
        char value[KNOWN_SIZE], text[MAC_TEXT_SIZE];
        sd_json_variant *site = NULL;
        struct mac mac;
        int r;

        if (mac_parse_text(args->words[0], &mac) < 0)
                return ctl_misused(ctl, "That is no MAC; `provostctl rogue list` shows those that were heard.");
        r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site);
        if (r != CTL_OK)
                return r;
        take_out(ctl_site_value(site, "known_servers"), &mac, value, sizeof value);
        sd_json_variant_unref(site);
        if (add) {
                size_t used = strlen(value);
                (void)snprintf(value + used, sizeof value - used, "%s%s", used ? " " : "", mac_format(&mac, text));
        }
        return set_known(ctl, value);
}

static int rogue_known(struct ctl *ctl, const struct args *args)
{
        return change_known(ctl, args, true);
}

static int rogue_unknown(struct ctl *ctl, const struct args *args)
{
        return change_known(ctl, args, false);
}

const struct ctl_command ctl_groups_rogue[] = {
        {"rogue list", "", "Lists other hosts that answered phones since the responder started, harmless ones too, and what they offered.\n", "", 0, 0, rogue_list},
        {"rogue ask", "", "Asks now who answers phones; the appliance does so once a minute by itself.\n", "", 0, 0, rogue_ask},
        {"rogue known", "MAC", "This host may answer: no alarm for it. For all of them: provostctl site set rogue_watch=off.\n", "", 1, 1, rogue_known},
        {"rogue unknown", "MAC", "Takes that back.\n", "", 1, 1, rogue_unknown},
        {0},
};
