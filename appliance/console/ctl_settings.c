/*
 * ctl_settings: provostctl settings, profile and row.
 *
 * In:   a scope (site, model, profile, phone) and what is to be there.
 * Out:  calls of the store.
 * Not:  values are judged by the store, not here.
 */
#include "appliance/console/ctl_groups.h"

#include "appliance/base/text.h"
#include "appliance/console/ctl_catalogue.h"
#include "appliance/console/ctl_change.h"
#include "appliance/console/ctl_scope.h"
#include "appliance/console/table.h"

/* --- settings ------------------------------------------------------------------- */

/* Attributes of a setting, as they are written in braces. */
static void attributes_cell(struct table *table, sd_json_variant *setting)
{
        sd_json_variant *attributes = sd_json_variant_by_key(setting, "attributes");
        size_t n = attributes && sd_json_variant_is_object(attributes) ? sd_json_variant_elements(attributes) : 0;
        char text[TABLE_CELL_SIZE] = "";
        size_t used = 0;

        for (size_t i = 0; i + 1 < n && used < sizeof text; i += 2)
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s", i ? "," : "",
                                         sd_json_variant_string(sd_json_variant_by_index(attributes, i)),
                                         sd_json_variant_string(sd_json_variant_by_index(attributes, i + 1)));
        table_cell(table, text);
}

static void print_settings(struct ctl *ctl, sd_json_variant *reply)
{
        static const char *const heads[] = {"SETTING", "PERM", "VALUE", "WITH", "", NULL};
        static const struct table_column first[] = {
                TABLE_COLUMN("", "name", SETTING), TABLE_COLUMN("", "permission", TEXT), TABLE_COLUMN("", "value", VALUE), {0},
        };
        static const struct table_column last = TABLE_UNKNOWN;
        struct table *table = table_new(heads);
        sd_json_variant *s;

        for (size_t i = 0; (s = table_item(reply, "settings", i)); i++) {
                for (const struct table_column *c = first; c->head; c++)
                        table_cell_of(table, s, c);
                attributes_cell(table, s);
                table_cell_of(table, s, &last);
        }
        table_print(table, ctl->out);
        table_free(table);
}

static int list_scopes(struct ctl *ctl)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("SCOPE", "scope", TEXT), TABLE_COLUMN("OWNER", "owner", TEXT), TABLE_COLUMN("SETTINGS", "settings", NUMBER),
                TABLE_COLUMN("ROWS", "rows", NUMBER), TABLE_COLUMN("PHONES", "phones", NUMBER), {0},
        };

        return ctl_list(ctl, "store", "io.provost.Store.ListScopes", NULL, "scopes", columns);
}

/* Calls the store for what scope and owner have; takes over `parameters`. */
static int list_of(struct ctl *ctl, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListSettings", parameters, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_settings(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

static int scope_list(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return list_scopes(ctl);
}

static int settings_list(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        size_t at = 0;
        int r;

        if (args->n_words == 0)
                return list_scopes(ctl);
        r = ctl_scope(ctl, args, &at, &parameters);
        if (r == CTL_OK)
                r = ctl_scope_ends(ctl, args, at);
        if (r == CTL_OK)
                return list_of(ctl, parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int settings_change(struct ctl *ctl, const struct args *args, bool is_removal)
{
        sd_json_variant *parameters = NULL;
        size_t at = 0;
        int r = ctl_scope(ctl, args, &at, &parameters);

        if (r == CTL_OK)
                r = is_removal ? ctl_setting_add_removals(ctl, args, at, &parameters) : ctl_setting_add_all(ctl, args, at, &parameters);
        if (r == CTL_OK && args_has(args, "--replace") && sd_json_variant_set_field_boolean(&parameters, "replace", true) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                return ctl_change_call(ctl, args, "io.provost.Store.SetSettings", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int settings_set(struct ctl *ctl, const struct args *args)
{
        return settings_change(ctl, args, false);
}

static int settings_remove(struct ctl *ctl, const struct args *args)
{
        return settings_change(ctl, args, true);
}

static int settings_clear(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        size_t at = 0;
        int r = ctl_scope(ctl, args, &at, &parameters);

        if (r == CTL_OK)
                r = ctl_scope_ends(ctl, args, at);
        if (r == CTL_OK)
                return ctl_change_call(ctl, args, "io.provost.Store.RemoveScope", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

/* --- rows of the hardening profile ------------------------------------------------ */

static const struct table_column row_columns[] = {
        TABLE_COLUMN("SCOPE", "scope", TEXT), TABLE_COLUMN("OWNER", "owner", TEXT), TABLE_COLUMN("ROW", "row", TEXT),
        {.head = "IS", .field = "on", .kind = TABLE_FLAG, .word = "on", .otherwise = "off"}, TABLE_COLUMN("BY", "actor", TEXT),
        TABLE_COLUMN("SINCE", "at", TIME), TABLE_COLUMN("REASON", "reason", TEXT), {0},
};

static int row_list(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        size_t at = 0;
        int r = args->n_words ? ctl_scope(ctl, args, &at, &parameters) : CTL_OK;

        if (r == CTL_OK)
                r = ctl_scope_ends(ctl, args, at);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_list(ctl, "store", "io.provost.Store.ListRows", parameters, "rows", row_columns);
        if (r == CTL_OK && !args->n_words && !ctl->json) {
                fputs("\nRows there are: ", ctl->out);
                ctl_catalogue_print_rows(ctl->out);
                fputs(" seals. Each is on where it is not switched off.\n", ctl->out);
        }
        return r;
}

static int row_set(struct ctl *ctl, const struct args *args, const char *state)
{
        sd_json_variant *parameters = NULL;
        size_t at = 1;
        int r = ctl_scope(ctl, args, &at, &parameters);

        if (r == CTL_OK)
                r = ctl_scope_ends(ctl, args, at);
        if (r == CTL_OK && text_equal(state, "off") && !args_has(args, "--reason"))
                r = ctl_misused(ctl, "A row is switched off with --reason=\"...\": it is kept in the audit and shown beside the score.");
        if (r == CTL_OK && (ctl_add(&parameters, "row", args->words[0]) < 0 || ctl_add(&parameters, "state", state) < 0))
                r = ctl_misused(ctl, "The row's name is not UTF-8 text.");
        if (r == CTL_OK)
                return ctl_change_call(ctl, args, "io.provost.Store.SetRow", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int row_on(struct ctl *ctl, const struct args *args)
{
        return row_set(ctl, args, "on");
}

static int row_off(struct ctl *ctl, const struct args *args)
{
        return row_set(ctl, args, "off");
}

static int row_inherit(struct ctl *ctl, const struct args *args)
{
        return row_set(ctl, args, "inherit");
}

/* --- the short forms ---------------------------------------------------------------- */

/* Keeps the scopes that are profiles. */
static int profiles_of(sd_json_variant *reply, sd_json_variant **ret_list)
{
        sd_json_variant *v;
        int r = sd_json_variant_new_array(ret_list, NULL, 0);

        for (size_t i = 0; r >= 0 && (v = table_item(reply, "scopes", i)); i++)
                if (text_equal(table_text(v, "scope"), "profile"))
                        r = sd_json_variant_append_array(ret_list, v);
        return r;
}

static int profile_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("PROFILE", "owner", TEXT), TABLE_COLUMN("SETTINGS", "settings", NUMBER), TABLE_COLUMN("ROWS", "rows", NUMBER),
                TABLE_COLUMN("PHONES", "phones", NUMBER), {0},
        };
        sd_json_variant *reply = NULL, *list = NULL, *profiles = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListScopes", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && (profiles_of(reply, &list) < 0 || sd_json_buildo(&profiles, SD_JSON_BUILD_PAIR_VARIANT("scopes", list)) < 0))
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK && !ctl_as_json(ctl, profiles))
                table_list(profiles, "scopes", columns, ctl->out);
        sd_json_variant_unref(profiles);
        sd_json_variant_unref(list);
        sd_json_variant_unref(reply);
        return r;
}

static int profile_show(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_scope_add(ctl, "profile", args->words[0], &parameters);

        if (r == CTL_OK)
                return list_of(ctl, parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int set_owned(struct ctl *ctl, const struct args *args, const char *scope)
{
        const struct args owner = {.words = {scope, args->words[0]}, .n_words = 2};
        sd_json_variant *parameters = NULL;
        size_t at = 0;
        int r = ctl_scope(ctl, &owner, &at, &parameters);

        if (r == CTL_OK)
                r = ctl_setting_add_all(ctl, args, 1, &parameters);
        if (r == CTL_OK)
                return ctl_change_call(ctl, args, "io.provost.Store.SetSettings", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

static int profile_set(struct ctl *ctl, const struct args *args)
{
        return set_owned(ctl, args, "profile");
}

int ctl_settings_set_phone(struct ctl *ctl, const struct args *args)
{
        return set_owned(ctl, args, "phone");
}

static int profile_remove(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_scope_add(ctl, "profile", args->words[0], &parameters);

        if (r == CTL_OK)
                return ctl_change_call(ctl, args, "io.provost.Store.RemoveScope", parameters);
        sd_json_variant_unref(parameters);
        return r;
}

#define CHANGE_USAGE "[--reason TEXT] [--dry-run]"

const struct ctl_command ctl_groups_settings[] = {
        {"scope list", "", "Lists the site, models, profiles and phones that have settings or switched rows of their own.\n", "", 0, 0,
         scope_list},
        {"settings list", "[SCOPE]",
         "Lists the settings of the site, a model, a profile or a phone; without words as scope list.\n"
         "Later ones win: built in, site, model, profiles in order, phone. Secrets are not shown.\n" CTL_SCOPE_HELP,
         "", 0, 2, settings_list},
        {"settings set", "SCOPE SETTING=VALUE... [--remove SETTING]... [--replace] " CHANGE_USAGE,
         CTL_SCOPE_HELP CTL_SETTING_HELP "--replace takes away every setting that is not named. --dry-run shows what would be.\n",
         "--remove= --replace --reason= --dry-run", 1, ARGS_WORDS_MAX, settings_set},
        {"settings remove", "SCOPE SETTING... " CHANGE_USAGE, "Takes settings away: NAME or NAME[1].\n" CTL_SCOPE_HELP,
         "--reason= --dry-run", 2, ARGS_WORDS_MAX, settings_remove},
        {"settings clear", "SCOPE [--reason TEXT]",
         "Takes all settings and switched rows away. A profile that phones use stays.\n" CTL_SCOPE_HELP, "--reason=", 1, 2, settings_clear},
        {"settings import", "SCOPE FILE|- [--replace] " CHANGE_USAGE,
         "Takes a Snom settings file (XML, the classic text form, .htm) as settings of this scope.\n"
         "--replace takes away every setting that is not in it.\n" CTL_SCOPE_HELP, "--replace --reason= --dry-run", 2, 3, ctl_import_settings},
        {"profile list", "", "Lists the profiles.\n", "", 0, 0, profile_list},
        {"profile show", "NAME", "Short for settings list profile NAME.\n", "", 1, 1, profile_show},
        {"profile set", "NAME SETTING=VALUE... [--remove SETTING]... " CHANGE_USAGE,
         "Short for settings set profile NAME.\n" CTL_SETTING_HELP, "--remove= --reason= --dry-run", 1, ARGS_WORDS_MAX, profile_set},
        {"profile remove", "NAME [--reason TEXT]", "Removes a profile that no phone uses.\n", "--reason=", 1, 1, profile_remove},
        {"row list", "[SCOPE]", "Lists the switched rows of the hardening profile with the reasons, and the names of all.\n" CTL_SCOPE_HELP, "", 0, 2, row_list},
        {"row off", "ROW SCOPE --reason TEXT [--dry-run]",
         "Switches a row of the hardening profile off, with the reason (provostctl row list names them).\n" CTL_SCOPE_HELP,
         "--reason= --dry-run", 2, 3, row_off},
        {"row on", "ROW SCOPE " CHANGE_USAGE, "Switches a row on, whatever a wider scope says.\n" CTL_SCOPE_HELP,
         "--reason= --dry-run", 2, 3, row_on},
        {"row inherit", "ROW SCOPE " CHANGE_USAGE, "Leaves a row to the wider scopes again.\n" CTL_SCOPE_HELP,
         "--reason= --dry-run", 2, 3, row_inherit},
        {0},
};
