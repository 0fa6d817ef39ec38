/*
 * ctl_site: provostctl site and source.
 *
 * In:   words of a person.
 * Out:  calls of the store.
 * Not:  values are judged by the store, not here.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

/* --- site --------------------------------------------------------------------- */

static size_t count(const char *text, const char *wanted)
{
        size_t n = 0;

        for (; (text = strstr(text, wanted)); text += strlen(wanted))
                n++;
        return n;
}

static int site_show(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"NAME", "VALUE", NULL};
        sd_json_variant *reply = NULL, *v;
        struct table *table;
        int r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "values", i)); i++) {
                const char *value = table_text(v, "value");

                table_cell(table, table_text(v, "name"));
                if (strstr(value, "-----BEGIN"))
                        table_cell_format(table, "(%zu certificates)", count(value, "-----BEGIN CERTIFICATE"));
                else
                        table_cell(table, *value ? value : "(default)");
        }
        table_print(table, ctl->out);
        table_free(table);
        for (size_t i = 0; (v = table_item(reply, "missing", i)); i++)
                fprintf(ctl->out, "%s%s", i ? ", " : "\nStill needed: ", sd_json_variant_string(v));
        fputs(table_flag(reply, "complete") ? "\nThe site is complete.\n" : "\n", ctl->out);
out:
        sd_json_variant_unref(reply);
        return r;
}

/* NAME=VALUE, NAME=@FILE or NAME=@- as {"name":, "value":} appended to `values`. */
static int site_value(struct ctl *ctl, const char *word, sd_json_variant **values)
{
        const char *equals = strchr(word, '=');
        sd_json_variant *v = NULL;
        char *name = NULL, *file = NULL;
        int r;

        if (!equals || equals == word)
                return ctl_misused(ctl, "\"%s\" is not NAME=VALUE.", text_is_printable(word) ? word : "?");
        if (equals[1] == '@') {
                r = ctl_read(ctl, equals + 2, false, &file);
                if (r != CTL_OK)
                        return r;
        }
        name = strndup(word, (size_t)(equals - word));
        if (!name || ctl_add(&v, "name", name) < 0 || ctl_add(&v, "value", file ? file : equals + 1) < 0 ||
            sd_json_variant_append_array(values, v) < 0)
                r = ctl_misused(ctl, "\"%s\" cannot be sent: it is not UTF-8 text.", name ? name : "?");
        else
                r = CTL_OK;
        sd_json_variant_unref(v);
        free(name);
        free(file);
        return r;
}

static int site_set(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *values = NULL, *parameters = NULL, *reply = NULL;
        int r = CTL_OK;

        for (size_t i = 0; i < args->n_words && r == CTL_OK; i++)
                r = site_value(ctl, args->words[i], &values);
        if (r == CTL_OK && sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_VARIANT("values", values)) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.SetSite", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "Stored; the site is at revision %lld.\n", (long long)table_number(reply, "revision"));
        sd_json_variant_unref(values);
        sd_json_variant_unref(reply);
        return r;
}

/* --- sources -------------------------------------------------------------------- */

static int source_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("URL", "url", TEXT),
                {.head = "", .field = "builtin", .kind = TABLE_FLAG, .word = "built in"}, {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListSources", NULL, "sources", columns);
}

/* A call with one or two texts and an empty answer. */
static int simple(struct ctl *ctl, const char *method, const char *name, const char *second, const char *value,
                  const char *said)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (ctl_add(&parameters, "name", name) < 0 || (second && ctl_add(&parameters, second, value) < 0)) {
                sd_json_variant_unref(parameters);
                return ctl_misused(ctl, "This is not UTF-8 text.");
        }
        r = ctl_call(ctl, "store", method, parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\n", said);
        sd_json_variant_unref(reply);
        return r;
}

static int source_set(struct ctl *ctl, const struct args *args)
{
        return simple(ctl, "io.provost.Store.SetSource", args->words[0], "url", args->words[1],
                      "Stored: phones may be sent to URLs that begin like this.");
}

static int source_remove(struct ctl *ctl, const struct args *args)
{
        return simple(ctl, "io.provost.Store.RemoveSource", args->words[0], NULL, NULL, "Removed.");
}

const struct ctl_command ctl_groups_site[] = {
        {"site show", "", "Shows the values of the site and what is still needed.\n", "", 0, 0, site_show},
        {"site set", "NAME=VALUE...",
         "Changes values of the site, all of them or none. NAME= goes back to the default.\n"
         "NAME=@FILE takes the content of a file, NAME=@- standard input (for phone_ca).\n",
         "", 1, ARGS_WORDS_MAX, site_set},
        {"source list", "", "Lists the trusted provisioning sources.\n", "", 0, 0, source_list},
        {"source set", "NAME URL", "Adds or changes a trusted source. No phone is ever sent anywhere else.\n", "", 2, 2,
         source_set},
        {"source remove", "NAME", "Removes a trusted source.\n", "", 1, 1, source_remove},
        {0},
};
