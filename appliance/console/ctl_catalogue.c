/*
 * ctl_catalogue: provostctl catalogue.
 *
 * In:   provisioning/model/settings.catalogue, the same file that lint goes by, built in as text.
 * Out:  its rows as tables or JSON.
 * Not:  no station is asked; whether a value is legal is judged by store and settings.
 */
#include "appliance/console/ctl_catalogue.h"

#include <string.h>
#include <strings.h>

#include "appliance/base/rows.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_groups.h"
#include "appliance/console/table.h"
#include "gen/settings.catalogue.embed.h"

#define CELL_SIZE 512

enum { NAME, INDEX, TYPE, DEFAULT, SECRET, CHANGE, ROW, RECOMMENDED, WHERE, SOURCE, PURPOSE, N_CELLS };

static const char *const names[N_CELLS] = {"name", "index", "type", "default", "secret", "change", "row", "recommended", "where", "source",
                                           "purpose"};

/* Words for people; the rest stands there as it is. */
static const struct { unsigned cell; const char *word, *plain; } plain[] = {
        {INDEX, "-", "none"}, {INDEX, "identity", "the account, 1 to 12: NAME[1]"}, {INDEX, "key", "the key, from 0: NAME[0]"},
        {INDEX, "either", "none, or the account: NAME[1]"}, {TYPE, "switch", "on or off"}, {TYPE, "clock", "HH:MM"},
        {DEFAULT, "?", "not known"}, {DEFAULT, "\"\"", "empty"}, {SECRET, "-", "no"}, {SECRET, "secret", "yes"},
        {SECRET, "login", "yes, it opens the phone: weak values are refused"}, {SECRET, "account", "yes, of the SIP account"},
        {SECRET, "pin", "yes, digits somebody types"}, {CHANGE, "admin", "the administrator: permission R"},
        {CHANGE, "user", "the user too: permission RW"}, {CHANGE, "rw", "must have the permission RW"},
        {CHANGE, "appliance", "this appliance alone"}, {RECOMMENDED, "\"\"", "empty"}, {RECOMMENDED, "own", "another for each phone"},
        {SOURCE, "S", "Snom's documents"}, {SOURCE, "G", "Gigaset's documents of the same firmware"},
        {SOURCE, "T", "third-party templates"}, {SOURCE, "I", "concluded"},
};

struct row {
        char cells[N_CELLS][CELL_SIZE];
};

static struct rows all(void)
{
        return rows_of(embed_settings_catalogue, embed_settings_catalogue_len);
}

static bool next(struct rows *rows, struct row *ret_row)
{
        struct cursor cells[N_CELLS];

        if (rows_next(rows, N_CELLS, cells) <= 0)
                return false;
        for (size_t i = 0; i < N_CELLS; i++)
                if (cursor_to_text(&cells[i], ret_row->cells[i], CELL_SIZE))
                        return false;
        return true;
}

bool ctl_catalogue_is_secret(const char *name)
{
        struct rows rows = all();
        struct row row;

        while (next(&rows, &row))
                if (text_equal(row.cells[NAME], name))
                        return !text_equal(row.cells[SECRET], "-");
        return false;
}

/* Whether a row of the catalogue before this line names it too. */
static bool was_named(const char *name, unsigned line)
{
        struct rows rows = all();
        struct row row;

        while (next(&rows, &row) && rows.line < line)
                if (text_equal(row.cells[ROW], name))
                        return true;
        return false;
}

void ctl_catalogue_print_rows(FILE *file)
{
        struct rows rows = all();
        struct row row;
        size_t n = 0;

        while (next(&rows, &row))
                if (!text_equal(row.cells[ROW], "-") && !was_named(row.cells[ROW], rows.line))
                        fprintf(file, "%s%s", n++ ? " " : "", row.cells[ROW]);
}

static const char *in_words(size_t cell, const char *text)
{
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
                if (plain[i].cell == cell && text_equal(plain[i].word, text))
                        return plain[i].plain;
        return text;
}

/* What is not known or not there is null. */
static int add_json(sd_json_variant **list, const struct row *row)
{
        sd_json_variant *object = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < N_CELLS; i++) {
                const char *text = row->cells[i];

                if (!text_equal(text, "-") && !text_equal(text, "?"))
                        r = sd_json_variant_set_field_string(&object, names[i], text_equal(text, "\"\"") ? "" : text);
                else
                        r = sd_json_variant_set_field(&object, names[i], NULL);
        }
        if (r >= 0)
                r = sd_json_variant_append_array(list, object);
        sd_json_variant_unref(object);
        return r;
}

static int print_json(struct ctl *ctl, sd_json_variant *list)
{
        sd_json_variant *reply = NULL;

        if (sd_json_buildo(&reply, SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_VARIANT(list))) < 0)
                return ctl_fail(ctl, "no memory");
        ctl_as_json(ctl, reply);
        sd_json_variant_unref(reply);
        return CTL_OK;
}

static bool holds(const struct row *row, const char *word)
{
        return !word || strcasestr(row->cells[NAME], word) || strcasestr(row->cells[PURPOSE], word) || !strcasecmp(row->cells[ROW], word);
}

static int list(struct ctl *ctl, const char *word)
{
        static const char *const heads[] = {"SETTING", "INDEX", "VALUES", "ROW", "RECOMMENDED", "PURPOSE", NULL};
        static const unsigned shown[] = {NAME, INDEX, TYPE, ROW, RECOMMENDED, PURPOSE};
        struct table *table = table_new(heads);
        struct rows rows = all();
        sd_json_variant *json = NULL;
        struct row row;
        size_t n = 0;
        int r = CTL_OK;

        while (r == CTL_OK && next(&rows, &row)) {
                if (!holds(&row, word))
                        continue;
                n++;
                if (ctl->json && add_json(&json, &row) < 0)
                        r = ctl_fail(ctl, "no memory");
                for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
                        table_cell_own(table, row.cells[shown[i]]);
        }
        if (r == CTL_OK && word && !n)
                r = ctl_fail(ctl, "No known setting has this word in its name or purpose.");
        else if (r == CTL_OK && ctl->json)
                r = print_json(ctl, json);
        else if (r == CTL_OK)
                table_print(table, ctl->out);
        sd_json_variant_unref(json);
        table_free(table);
        return r;
}

static int catalogue_list(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return list(ctl, NULL);
}

static int catalogue_search(struct ctl *ctl, const struct args *args)
{
        return list(ctl, args->words[0]);
}

static int catalogue_show(struct ctl *ctl, const struct args *args)
{
        struct rows rows = all();
        sd_json_variant *json = NULL;
        struct row row;
        int r = CTL_OK;

        while (next(&rows, &row)) {
                if (!text_equal(row.cells[NAME], args->words[0]))
                        continue;
                if (ctl->json) {
                        r = add_json(&json, &row) < 0 ? ctl_fail(ctl, "no memory") : print_json(ctl, json);
                        sd_json_variant_unref(json);
                        return r;
                }
                for (size_t i = 0; i < N_CELLS; i++)
                        fprintf(ctl->out, "%-14s %s\n", names[i], in_words(i, row.cells[i]));
                return CTL_OK;
        }
        return ctl_fail(ctl, "This setting is not in the catalogue. It may be used all the same; its value is not checked then.");
}

const struct ctl_command ctl_groups_catalogue[] = {
        {"catalogue list", "", "Lists the settings of phones that are known.\n", "", 0, 0, catalogue_list},
        {"catalogue show", "SETTING", "Shows what is known of one setting, and from where.\n", "", 1, 1, catalogue_show},
        {"catalogue search", "WORD", "Lists the settings with this word in their name or purpose, or of this row of the hardening profile.\n",
         "", 1, 1, catalogue_search},
        {0},
};
