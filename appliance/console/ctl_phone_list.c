/*
 * ctl_phone_list: provostctl phone list.
 *
 * In:   phones and leases of the store; a state to show alone.
 * Out:  one line a phone, with what it waits for.
 * Not:  nothing is decided here.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

const char *ctl_phone_settings_word(sd_json_variant *phone)
{
        int64_t served = table_number(phone, "revision_served");

        return !served ? "" : served == table_number(phone, "revision") ? "current" : "older";
}

/* The address it has on the phone LAN now, else the one that is kept for it. */
static const char *lan_address_of(sd_json_variant *phone, sd_json_variant *leases)
{
        sd_json_variant *l;

        for (size_t i = 0; (l = table_item(leases, "leases", i)); i++)
                if (text_equal(table_text(l, "mac"), table_text(phone, "mac")) && text_equal(table_text(l, "state"), "bound"))
                        return table_text(l, "address");
        return table_text(phone, "lan_address");
}

/* --- filters ------------------------------------------------------------------ */

/* What a filter shows beside the state of its name. */
static bool is_open(sd_json_variant *p)
{
        return *table_text(p, "waiting_for") && (text_equal(table_text(p, "state"), "waiting") || text_equal(table_text(p, "state"), "expected"));
}

static bool is_listed(sd_json_variant *p)
{
        return table_flag(p, "expected");
}

static bool is_legacy(sd_json_variant *p)
{
        return text_equal(table_text(p, "vpn_class"), "legacy");
}

static bool is_moving(sd_json_variant *p)
{
        return *table_text(p, "replaces") || *table_text(p, "replaced_by");
}

static const struct { const char *word; bool (*shows)(sd_json_variant *); } filters[] = {
        {"seen", NULL}, {"expected", is_listed}, {"waiting", NULL}, {"approved", NULL}, {"enrolled", NULL}, {"connected", NULL},
        {"current", NULL}, {"revoked", NULL}, {"open", is_open}, {"legacy", is_legacy}, {"replacing", is_moving},
};

#define FILTER_WORDS "seen, expected, waiting, approved, enrolled, connected, current, revoked, open, legacy or replacing"

static bool is_filter(const char *word)
{
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
                if (text_equal(word, filters[i].word))
                        return true;
        return false;
}

/* word NULL: all. */
static bool is_shown(const char *word, sd_json_variant *phone)
{
        if (!word || text_equal(table_text(phone, "state"), word))
                return true;
        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
                if (text_equal(word, filters[i].word))
                        return filters[i].shows && filters[i].shows(phone);
        return false;
}

static int print_json(struct ctl *ctl, const char *word, sd_json_variant *reply)
{
        sd_json_variant *list = NULL, *all = NULL, *v;
        int r = sd_json_variant_new_array(&list, NULL, 0);

        for (size_t i = 0; r >= 0 && (v = table_item(reply, "phones", i)); i++)
                if (is_shown(word, v))
                        r = sd_json_variant_append_array(&list, v);
        if (r >= 0)
                r = sd_json_variant_set_field(&all, "phones", list);
        if (r >= 0)
                ctl_as_json(ctl, all);
        sd_json_variant_unref(list);
        sd_json_variant_unref(all);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

/* --- the table ------------------------------------------------------------------ */

static void row(struct table *table, sd_json_variant *v, sd_json_variant *leases)
{
        table_cell(table, table_text(v, "mac"));
        table_cell(table, table_text(v, "name"));
        table_cell(table, table_text(v, "model"));
        table_cell(table, table_text(v, "state"));
        table_cell(table, ctl_phone_settings_word(v));
        table_cell(table, table_text(v, "tunnel_address"));
        table_cell(table, lan_address_of(v, leases));
        table_cell_time(table, table_number(v, "seen_at"));
        table_cell_own(table, table_text(v, "waiting_for"));
}

static int print_table(struct ctl *ctl, const char *word, sd_json_variant *reply)
{
        static const char *const heads[] = {"MAC", "NAME", "MODEL", "STATE", "SETTINGS", "TUNNEL", "LAN", "SEEN", "WAITS FOR", NULL};
        sd_json_variant *leases = NULL, *v;
        struct table *table;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListLeases", NULL, CTL_CALL_MS, &leases);

        if (r != CTL_OK)
                return r;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "phones", i)); i++)
                if (is_shown(word, v))
                        row(table, v, leases);
        table_print(table, ctl->out);
        table_free(table);
        sd_json_variant_unref(leases);
        return CTL_OK;
}

static int phone_list(struct ctl *ctl, const struct args *args)
{
        const char *word = args->n_words ? args->words[0] : NULL;
        sd_json_variant *reply = NULL;
        int r;

        if (word && !is_filter(word))
                return ctl_misused(ctl, "A list can show phones that are " FILTER_WORDS ".");
        r = ctl_call(ctl, "store", "io.provost.Store.ListPhones", NULL, CTL_CALL_MS, &reply);
        if (r != CTL_OK)
                return r;
        if (!ctl->json)
                r = print_table(ctl, word, reply);
        else if (word)
                r = print_json(ctl, word, reply);
        else
                ctl_as_json(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_phone_list[] = {
        {"phone list", "[STATE|open|legacy|replacing]",
         "Lists all phones, or those of one state: " FILTER_WORDS ".\n"
         "expected: all that were listed beforehand and are not in yet; open: those that somebody has to do something about;\n"
         "legacy: those of the old phones' process; replacing: those of a replacement that is not settled.\n", "", 0, 1, phone_list},
        {0},
};
