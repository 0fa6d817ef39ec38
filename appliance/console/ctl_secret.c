/*
 * ctl_secret: provostctl phone secrets, reveal and rotate.
 *
 * In:   a MAC, names of secrets.
 * Out:  when each was made; the value of one, to a terminal.
 * Not:  nothing is revealed into a pipe or file unless --yes says so; the store writes the audit.
 */
#include "appliance/console/ctl_groups.h"

#include <string.h>
#include <unistd.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

static int phone_secrets(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("SECRET", "name", TEXT), TABLE_COLUMN("MADE", "made_at", TIME),
                {.head = "", .field = "former", .kind = TABLE_FLAG, .word = "the phone may still use the former one"}, {0},
        };
        sd_json_variant *parameters = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        return r != CTL_OK ? r : ctl_list(ctl, "store", "io.provost.Store.ListSecrets", parameters, "secrets", columns);
}

static void print_value(struct ctl *ctl, const char *label, const char *value)
{
        char escaped[1024];

        if (!text_is_printable(value))
                value = text_escape(escaped, sizeof escaped, value, strlen(value));
        fprintf(ctl->out, "%s%s\n", label, value);
        explicit_bzero(escaped, sizeof escaped);
}

static int phone_reveal(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (!args_has(args, "--yes") && (fileno(ctl->out) < 0 || !isatty(fileno(ctl->out))))
                return ctl_misused(ctl, "A secret is shown at a terminal only; --yes shows it here too.");
        r = ctl_mac(ctl, args->words[0], &parameters);
        if (r == CTL_OK && ctl_add(&parameters, "name", args->words[1]) < 0)
                r = ctl_misused(ctl, "The secret's name is not UTF-8 text.");
        if (r == CTL_OK)
                r = ctl_add_reason(ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.RevealSecret", parameters, CTL_CALL_MS, &reply);
        if (r != CTL_OK)
                return r;
        sd_json_variant_sensitive(reply);
        if (!ctl_as_json(ctl, reply)) {
                print_value(ctl, "", table_text(reply, "value"));
                if (*table_text(reply, "former"))
                        print_value(ctl, "the phone may still use: ", table_text(reply, "former"));
        }
        sd_json_variant_unref(reply);
        return CTL_OK;
}

static int add_names(struct ctl *ctl, const struct args *args, size_t first, sd_json_variant **parameters)
{
        sd_json_variant *names = NULL;
        int r = 0;

        if (first >= args->n_words)
                return CTL_OK;
        for (size_t i = first; i < args->n_words && r >= 0; i++)
                r = sd_json_variant_append_arrayb(&names, SD_JSON_BUILD_STRING(args->words[i]));
        if (r >= 0)
                r = sd_json_variant_set_field(parameters, "names", names);
        sd_json_variant_unref(names);
        return r < 0 ? ctl_misused(ctl, "The names are not UTF-8 text.") : CTL_OK;
}

static int phone_rotate(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        bool is_all = args_has(args, "--all");
        int r;

        if (!is_all && args->n_words == 0)
                return ctl_misused(ctl, "Which phone? Give its MAC address, or --all for all approved phones.");
        r = is_all ? CTL_OK : ctl_mac(ctl, args->words[0], &parameters);
        if (r == CTL_OK)
                r = add_names(ctl, args, is_all ? 0 : 1, &parameters);
        if (r == CTL_OK)
                r = ctl_add_reason(ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.RotateSecrets", parameters, CTL_LONG_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%lld %s new secrets; each phone uses the former ones until it has fetched them.\n",
                        (long long)table_number(reply, "phones"), table_number(reply, "phones") == 1 ? "phone has" : "phones have");
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_secret[] = {
        {"phone secrets", "MAC", "Lists the phone's secrets by name, and since when it has them.\n", "", 1, 1, phone_secrets},
        {"phone reveal", "MAC SECRET [--reason TEXT] [--yes]",
         "Shows one secret, at a terminal only (--yes: anywhere). It is a line in the audit.\n", "--reason= --yes", 2, 2, phone_reveal},
        {"phone rotate", "MAC|--all [SECRET...] [--reason TEXT]",
         "Makes new secrets for one phone or all approved ones: those named, or all that the appliance makes.\n"
         "The former ones are kept until the phone has fetched the new.\n", "--all --reason=", 0, ARGS_WORDS_MAX, phone_rotate},
        {"secret list", "MAC", "The same as phone secrets.\n", "", 1, 1, phone_secrets},
        {"secret reveal", "MAC SECRET [--reason TEXT] [--yes]", "The same as phone reveal.\n", "--reason= --yes", 2, 2, phone_reveal},
        {"secret rotate", "MAC|--all [SECRET...] [--reason TEXT]", "The same as phone rotate.\n", "--all --reason=", 0, ARGS_WORDS_MAX,
         phone_rotate},
        {0},
};
