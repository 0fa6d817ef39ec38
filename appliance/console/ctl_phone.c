/*
 * ctl_phone: provostctl phone.
 *
 * In:   words of a person; a SIP secret only from a file or standard input.
 * Out:  calls of store and settings.
 * Not:  no secret is ever shown.
 */
#include "appliance/console/ctl_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define RESYNC_MS 40000

static const char *class_in_words(const char *vpn_class)
{
        return text_equal(vpn_class, "legacy") ? "old phones' process (legacy)" : text_equal(vpn_class, "modern") ? "modern" : vpn_class;
}

static const char *delivered_in_words(const char *delivered)
{
        return text_equal(delivered, "tunnel") ? "in its tunnel" : text_equal(delivered, "lan") ? "on the phone LAN" : delivered;
}

static void print_certificate(FILE *out, sd_json_variant *p)
{
        char text[TABLE_TIME_SIZE];

        ctl_show_line(out, "certificate serial", table_text(p, "certificate_serial"));
        ctl_show_line(out, "certificate SHA-256", table_text(p, "certificate_sha256"));
        if (table_number(p, "certificate_not_after"))
                ctl_show_line(out, "certificate until", table_time(table_number(p, "certificate_not_after"), -1, text));
        if (*table_text(p, "certificate_serial") && table_number(p, "generation")) {
                (void)snprintf(text, sizeof text, "%lld", (long long)table_number(p, "generation"));
                ctl_show_line(out, "of CA generation", text);
        }
        ctl_show_line(out, "its next serial", table_text(p, "next_serial"));
        if (table_number(p, "next_not_after"))
                ctl_show_line(out, "its next until", table_time(table_number(p, "next_not_after"), -1, text));
        ctl_show_line(out, "bundle handed out", delivered_in_words(table_text(p, "delivered")));
}

static void print_phone(FILE *out, sd_json_variant *p)
{
        static const struct { const char *name, *label; } texts[] = {
                {"mac", "MAC"}, {"name", "name"}, {"model", "model"}, {"firmware", "firmware"}, {"state", "state"},
        }, more[] = {
                {"replaces", "takes the place of"}, {"replaced_by", "its place is taken by"}, {"key_type", "key type"},
                {"lan_address", "reserved LAN address"}, {"tunnel_address", "tunnel address"}, {"sip_user", "SIP user"},
        };
        static const struct { const char *name, *label; } times[] = {
                {"window_until", "window until"}, {"added_at", "added"}, {"seen_at", "seen"}, {"approved_at", "approved"},
                {"enrolled_at", "enrolled"}, {"connected_at", "connected"}, {"served_at", "settings fetched"}, {"revoked_at", "revoked"},
        };
        char time_text[TABLE_TIME_SIZE];

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                ctl_show_line(out, texts[i].label, table_text(p, texts[i].name));
        ctl_show_line_own(out, "waits for", table_text(p, "waiting_for"));
        ctl_show_line(out, "listed beforehand", table_flag(p, "expected") ? "yes" : "");
        for (size_t i = 0; i < sizeof more / sizeof *more; i++)
                ctl_show_line(out, more[i].label, table_text(p, more[i].name));
        ctl_show_line_own(out, "OpenVPN class", class_in_words(table_text(p, "vpn_class")));
        print_certificate(out, p);
        ctl_show_line(out, "SIP secret", table_flag(p, "has_sip_secret") ? "stored (never shown)" : "none");
        ctl_show_line_list(out, "profiles", sd_json_variant_by_key(p, "profiles"));
        ctl_show_line(out, "settings", ctl_phone_settings_word(p));
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
                if (table_number(p, times[i].name))
                        ctl_show_line(out, times[i].label, table_time(table_number(p, times[i].name), -1, time_text));
}

/* Sends `parameters`, which it takes over, and shows the phone that comes back. */
static int call_and_show(struct ctl *ctl, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", method, parameters, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_phone(ctl->out, sd_json_variant_by_key(reply, "phone"));
        sd_json_variant_unref(reply);
        return r;
}

static int with_mac(struct ctl *ctl, const struct args *args, const char *method)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        return r != CTL_OK ? r : call_and_show(ctl, method, parameters);
}

#define DATA_OPTIONS "--name= --model= --profile= --profiles= --key-type= --address= --sip-user= --sip-secret-file="

static int add_secret(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        const char *path = args_option(args, "--sip-secret-file");
        char *secret = NULL;
        int r;

        if (!path)
                return CTL_OK;
        r = ctl_read(ctl, path, true, &secret);
        if (r != CTL_OK)
                return r;
        if (ctl_add(parameters, "sip_secret", secret) < 0)
                r = ctl_misused(ctl, "The SIP secret is not UTF-8 text.");
        else
                sd_json_variant_sensitive(*parameters);
        explicit_bzero(secret, strlen(secret));
        free(secret);
        return r;
}

/* --profiles=a,b as the array "profiles"; "" is none. */
static int add_profiles(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        const char *at = args_option(args, "--profiles");
        sd_json_variant *list = NULL;
        int r;

        if (!at)
                return CTL_OK;
        r = sd_json_variant_new_array(&list, NULL, 0);
        while (*at && r >= 0) {
                size_t n = strcspn(at, ",");
                char *name = strndup(at, n);

                r = name && n ? sd_json_variant_append_arrayb(&list, SD_JSON_BUILD_STRING(name)) : -EINVAL;
                free(name);
                at += n;
                if (*at == ',' && !*++at)
                        r = -EINVAL;
        }
        if (r >= 0)
                r = sd_json_variant_set_field(parameters, "profiles", list);
        sd_json_variant_unref(list);
        return r < 0 ? ctl_misused(ctl, "--profiles takes names with commas between them, like default,reception.") : CTL_OK;
}

/* MAC and data of a phone. */
static int phone_parameters(struct ctl *ctl, const struct args *args, sd_json_variant **ret_parameters)
{
        static const struct { const char *option, *name; } fields[] = {
                {"--name", "name"}, {"--model", "model"}, {"--profile", "profile"}, {"--key-type", "key_type"},
                {"--address", "lan_address"}, {"--sip-user", "sip_user"},
        };
        sd_json_variant *parameters = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        for (size_t i = 0; i < sizeof fields / sizeof *fields && r == CTL_OK; i++)
                if (ctl_add(&parameters, fields[i].name, args_option(args, fields[i].option)) < 0)
                        r = ctl_misused(ctl, "The value of %s is not UTF-8 text.", fields[i].option);
        if (r == CTL_OK && args_has(args, "--profile") && args_has(args, "--profiles"))
                r = ctl_misused(ctl, "Give --profile or --profiles, not both.");
        if (r == CTL_OK)
                r = add_profiles(ctl, args, &parameters);
        if (r == CTL_OK)
                r = add_secret(ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        *ret_parameters = parameters;
        return CTL_OK;
}

static int phone_add(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = phone_parameters(ctl, args, &parameters);

        if (r != CTL_OK)
                return r;
        if (sd_json_variant_set_field_boolean(&parameters, "approve", args_has(args, "--approve")) < 0) {
                sd_json_variant_unref(parameters);
                return ctl_fail(ctl, "no memory");
        }
        return call_and_show(ctl, "io.provost.Store.AddPhone", parameters);
}

/* A MAC, or the file of a delivery note. */
static int phone_expect(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        struct mac mac;
        int r;

        if (mac_parse_text(args->words[0], &mac) == PV_EMALFORMED)
                return args->n_options > args_has(args, "--dry-run") + (size_t)args_has(args, "--json")
                               ? ctl_misused(ctl, "\"%s\" is no MAC address, and a delivery note has the names and models in it: leave the other options away.",
                                             text_is_printable(args->words[0]) ? args->words[0] : "?")
                               : ctl_import_expected(ctl, args);
        if (args_has(args, "--dry-run"))
                return ctl_misused(ctl, "--dry-run is for a delivery note.");
        r = phone_parameters(ctl, args, &parameters);
        if (r != CTL_OK)
                return r;
        if (sd_json_variant_set_field_boolean(&parameters, "approve", false) < 0 || sd_json_variant_set_field_boolean(&parameters, "expected", true) < 0) {
                sd_json_variant_unref(parameters);
                return ctl_fail(ctl, "no memory");
        }
        r = ctl_call(ctl, "store", "io.provost.Store.AddPhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                print_phone(ctl->out, sd_json_variant_by_key(reply, "phone"));
                fputs("\n" CTL_EXPECTED_SENTENCE, ctl->out);
        }
        sd_json_variant_unref(reply);
        return r;
}

static int phone_change(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        int r = phone_parameters(ctl, args, &parameters);

        return r != CTL_OK ? r : call_and_show(ctl, "io.provost.Store.ChangePhone", parameters);
}

/* --- approval --------------------------------------------------------------------- */

/* The words as MAC addresses in "macs". */
static int add_macs(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        sd_json_variant *list = NULL;
        int r = CTL_OK;

        for (size_t i = 0; i < args->n_words && r == CTL_OK; i++) {
                sd_json_variant *one = NULL;

                r = ctl_mac(ctl, args->words[i], &one);
                if (r == CTL_OK && sd_json_variant_append_array(&list, sd_json_variant_by_key(one, "mac")) < 0)
                        r = ctl_fail(ctl, "no memory");
                sd_json_variant_unref(one);
        }
        if (r == CTL_OK && sd_json_variant_set_field(parameters, "macs", list) < 0)
                r = ctl_fail(ctl, "no memory");
        sd_json_variant_unref(list);
        return r;
}

static int print_approved(struct ctl *ctl, sd_json_variant *reply)
{
        sd_json_variant *v;
        size_t n = 0;

        if (!ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%lld approved.\n", (long long)table_number(reply, "approved"));
        for (; (v = table_item(reply, "problems", n)); n++)
                (void)ctl_fail(ctl, "%s%s%s", table_text(v, "field"), *table_text(v, "field") ? ": " : "", table_text(v, "reason"));
        return n ? CTL_FAILED : CTL_OK;
}

static int approve_many(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = args->n_words ? add_macs(ctl, args, &parameters) : CTL_OK;

        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ApprovePhones", parameters, CTL_LONG_CALL_MS, &reply);
        if (r == CTL_OK)
                r = print_approved(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

static int phone_approve(struct ctl *ctl, const struct args *args)
{
        bool is_all = args_has(args, "--all");

        if (is_all == (args->n_words > 0))
                return ctl_misused(ctl, is_all ? "Give MAC addresses or --all, not both."
                                               : "Which phone? Give its MAC address, or --all for all that wait.");
        return args->n_words == 1 ? with_mac(ctl, args, "io.provost.Store.ApprovePhone") : approve_many(ctl, args);
}

static int phone_show(struct ctl *ctl, const struct args *args)
{
        return with_mac(ctl, args, "io.provost.Store.GetPhone");
}

static int phone_window(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL;
        uint32_t seconds = 0;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r != CTL_OK)
                return r;
        if (!text_equal(args->words[1], "close") && text_to_u32(args->words[1], 7 * 86400, &seconds) < 0)
                r = ctl_misused(ctl, "The window is \"close\" or a number of seconds up to a week (%d).", 7 * 86400);
        else if (sd_json_variant_set_field_unsigned(&parameters, "seconds", seconds) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        return call_and_show(ctl, "io.provost.Store.OpenWindow", parameters);
}

/* --- old phones ------------------------------------------------------------------ */

static void warn_when_off(struct ctl *ctl)
{
        sd_json_variant *site = NULL;

        if (ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &site) == CTL_OK && !text_equal(ctl_site_value(site, "legacy"), "on"))
                fputs("The old phones' process is off, so it finds nobody yet: provostctl site set legacy=on\n", ctl->out);
        sd_json_variant_unref(site);
}

static int phone_class(struct ctl *ctl, const struct args *args)
{
        const char *word = args->words[1];
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK && !text_equal(word, "modern") && !text_equal(word, "legacy"))
                r = ctl_misused(ctl, "The class is modern, or legacy for a phone whose OpenVPN is too old (`provostctl legacy show` counts them).");
        if (r == CTL_OK && ctl_add(&parameters, "vpn_class", word) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ChangePhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                print_phone(ctl->out, sd_json_variant_by_key(reply, "phone"));
                fputs("\nAnother class is another certificate, address and network: the phone has to fetch its bundle again on the phone LAN.\n"
                      "Restart it there; one without factory certificate needs `provostctl phone window MAC 600` first.\n", ctl->out);
                if (text_equal(word, "legacy"))
                        warn_when_off(ctl);
        }
        sd_json_variant_unref(reply);
        return r;
}

/* --- told to fetch ------------------------------------------------------------ */

static int phone_resync(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);
        bool is_taken;

        if (r == CTL_OK && sd_json_variant_set_field_boolean(&parameters, "reboot", args_has(args, "--reboot")) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "settings", "io.provost.Settings.Resync", parameters, RESYNC_MS, &reply);
        if (r != CTL_OK)
                return r;
        is_taken = text_equal(table_text(reply, "outcome"), "taken");
        if (!ctl_as_json(ctl, reply) && is_taken)
                fprintf(ctl->out, "Told: %s. That it fetched its settings shows on its timeline.\n", table_text(reply, "detail"));
        if (!is_taken)
                r = ctl_fail(ctl, "The phone was not reached: %s.", table_text(reply, "detail"));
        sd_json_variant_unref(reply);
        return r;
}

#define DATA_USAGE \
        "[--name NAME] [--model MODEL] [--profiles PROFILE,...] [--key-type p256|rsa2048] [--address LAN-ADDRESS]\n" \
        "        [--sip-user USER] [--sip-secret-file FILE|-]"
#define SECRET_HELP "The SIP secret is the first line of a file or of standard input (-), never a word here.\n"

const struct ctl_command ctl_groups_phone[] = {
        {"phone show", "MAC", "Shows one phone.\n", "", 1, 1, phone_show},
        {"phone add", "MAC " DATA_USAGE " [--approve]",
         "Makes a phone known; with --approve it may enrol at once.\n" SECRET_HELP, DATA_OPTIONS " --approve", 1, 1,
         phone_add},
        {"phone expect", "MAC " DATA_USAGE "\n        or FILE|- [--dry-run]",
         "Lists a phone, or those of a delivery note (a table with MAC addresses in it), before it comes: it is told where the appliance is, and let\n"
         "in by itself when it shows its factory certificate (site value listed_phones). One without a certificate waits for `enrol open`.\n",
         DATA_OPTIONS " --dry-run", 1, 1, phone_expect},
        {"phone change", "MAC " DATA_USAGE, "Changes what is given and leaves the rest.\n" SECRET_HELP, DATA_OPTIONS, 1,
         1, phone_change},
        {"phone set", "MAC SETTING=VALUE... [--remove SETTING]... [--reason TEXT] [--dry-run]",
         "Short for settings set phone MAC.\n" CTL_SETTING_HELP, "--remove= --reason= --dry-run", 1, ARGS_WORDS_MAX,
         ctl_settings_set_phone},
        {"phone approve", "MAC...|--all", "Lets the phone enrol: provisioning options, bundle, tunnel, settings. --all: every phone that waits and was added or listed.\n",
         "--all", 0, ARGS_WORDS_MAX, phone_approve},
        {"phone class", "MAC modern|legacy",
         "Which OpenVPN process the phone uses: legacy is the separate one for old phones (site value legacy).\n", "", 2, 2, phone_class},
        {"phone resync", "MAC [--reboot]", "Tells the phone in its tunnel to fetch its settings now, with --reboot to restart.\n", "--reboot",
         1, 1, phone_resync},
        {"phone window", "MAC SECONDS|close",
         "Opens or closes a one-time window in which the phone may enrol without a factory certificate.\n", "", 2, 2,
         phone_window},
        {0},
};
