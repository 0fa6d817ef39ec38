/*
 * ctl_phone: provostctl phone.
 *
 * In:   words of a person; a SIP secret only from a file or standard input.
 * Out:  calls of store and session.
 * Not:  no secret is ever shown.
 */
#include "appliance/console/ctl_groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define CONFIRM_MS 6000
#define RESYNC_MS 40000

static const char *settings_word(sd_json_variant *phone)
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

static int phone_list(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"MAC", "NAME", "MODEL", "STATE", "SETTINGS", "TUNNEL", "LAN", "SEEN", NULL};
        sd_json_variant *reply = NULL, *leases = NULL, *v;
        struct table *table;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListPhones", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        r = ctl_call(ctl, "store", "io.provost.Store.ListLeases", NULL, CTL_CALL_MS, &leases);
        if (r != CTL_OK)
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "phones", i)); i++) {
                table_cell(table, table_text(v, "mac"));
                table_cell(table, table_text(v, "name"));
                table_cell(table, table_text(v, "model"));
                table_cell(table, table_text(v, "state"));
                table_cell(table, settings_word(v));
                table_cell(table, table_text(v, "tunnel_address"));
                table_cell(table, lan_address_of(v, leases));
                table_cell_time(table, table_number(v, "seen_at"));
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(leases);
        sd_json_variant_unref(reply);
        return r;
}

static void line(FILE *out, const char *label, const char *value)
{
        char escaped[256];

        if (*value)
                fprintf(out, "%-22s %s\n", label, text_escape(escaped, sizeof escaped, value, strlen(value)));
}

static void line_list(FILE *out, const char *label, sd_json_variant *list)
{
        size_t n = list && sd_json_variant_is_array(list) ? sd_json_variant_elements(list) : 0;
        char text[1024] = "";
        size_t used = 0;

        for (size_t i = 0; i < n && used < sizeof text; i++)
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "",
                                         sd_json_variant_string(sd_json_variant_by_index(list, i)));
        line(out, label, text);
}

static void print_phone(FILE *out, sd_json_variant *p)
{
        static const struct { const char *name, *label; } texts[] = {
                {"mac", "MAC"}, {"name", "name"}, {"model", "model"}, {"firmware", "firmware"}, {"state", "state"},
                {"key_type", "key type"}, {"lan_address", "reserved LAN address"},
                {"tunnel_address", "tunnel address"}, {"sip_user", "SIP user"},
                {"certificate_serial", "certificate serial"}, {"certificate_sha256", "certificate SHA-256"},
        };
        static const struct { const char *name, *label; } times[] = {
                {"certificate_not_after", "certificate until"}, {"window_until", "window until"},
                {"added_at", "added"}, {"seen_at", "seen"}, {"approved_at", "approved"}, {"enrolled_at", "enrolled"},
                {"connected_at", "connected"}, {"served_at", "settings fetched"}, {"revoked_at", "revoked"},
        };
        char time_text[TABLE_TIME_SIZE];

        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                line(out, texts[i].label, table_text(p, texts[i].name));
        line(out, "SIP secret", table_flag(p, "has_sip_secret") ? "stored (never shown)" : "none");
        line_list(out, "profiles", sd_json_variant_by_key(p, "profiles"));
        line(out, "settings", settings_word(p));
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
                if (table_number(p, times[i].name))
                        line(out, times[i].label, table_time(table_number(p, times[i].name), -1, time_text));
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

/* --- the end of a phone ------------------------------------------------------- */

static void print_receipt(struct ctl *ctl, sd_json_variant *phone, sd_json_variant *tunnel)
{
        char time_text[TABLE_TIME_SIZE];
        int64_t closed_ms = table_number(tunnel, "closed_at_ms");

        fprintf(ctl->out, "Phone %s is revoked, on disk since %s.\n", table_text(phone, "mac"),
                table_time(table_number(phone, "revoked_at"), -1, time_text));
        if (!table_flag(tunnel, "closed"))
                fputs("Its tunnel is NOT confirmed closed; see provostctl timeline.\n", ctl->out);
        else if (table_flag(tunnel, "was_connected"))
                fprintf(ctl->out, "Its tunnel was open and closed at %s.\n",
                        table_time(closed_ms / 1000, (int)(closed_ms % 1000), time_text));
        else
                fputs("It had no tunnel open.\n", ctl->out);
        if (table_flag(tunnel, "blocked"))
                fprintf(ctl->out, "The firewall drops everything from its tunnel address %s.\n",
                        table_text(phone, "tunnel_address"));
        fputs("From now on: no provisioning options by DHCP, no stage 1, no bundle, no VPN handshake with its\n"
              "certificate, no settings; its secrets are deleted.\n", ctl->out);
}

static int confirm(struct ctl *ctl, const char *mac, sd_json_variant *reply)
{
        sd_json_variant *parameters = NULL, *tunnel = NULL, *both = sd_json_variant_ref(reply);
        char *reason = NULL;
        int r = CTL_FAILED;

        if (ctl_add(&parameters, "mac", mac) >= 0)
                r = ctl_try("session", "io.provost.Session.ConfirmClosed", parameters, CONFIRM_MS, &tunnel, &reason);
        if (r != CTL_OK)
                ctl_fail(ctl, "The phone is revoked, but session did not confirm that its tunnel is closed: %s",
                         reason ? reason : "no memory");
        if (ctl->json) {
                if (tunnel && sd_json_variant_set_field(&both, "tunnel", tunnel) < 0)
                        r = ctl_fail(ctl, "no memory");
                ctl_as_json(ctl, both);
        } else {
                print_receipt(ctl, sd_json_variant_by_key(reply, "phone"), tunnel);
        }
        if (r == CTL_OK && !table_flag(tunnel, "closed"))
                r = CTL_FAILED;
        sd_json_variant_unref(both);
        sd_json_variant_unref(tunnel);
        free(reason);
        return r;
}

static int phone_revoke(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);
        char *mac = NULL;

        if (r != CTL_OK)
                return r;
        mac = strdup(table_text(parameters, "mac"));
        r = ctl_call(ctl, "store", "io.provost.Store.RevokePhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK)
                r = mac ? confirm(ctl, mac, reply) : ctl_fail(ctl, "no memory");
        free(mac);
        sd_json_variant_unref(reply);
        return r;
}

static int phone_delete(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r != CTL_OK)
                return r;
        r = ctl_call(ctl, "store", "io.provost.Store.DeletePhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Deleted; one line in the audit stays.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

#define DATA_USAGE \
        "[--name NAME] [--model MODEL] [--profiles PROFILE,...] [--key-type p256|rsa2048] [--address LAN-ADDRESS]\n" \
        "        [--sip-user USER] [--sip-secret-file FILE|-]"
#define SECRET_HELP "The SIP secret is the first line of a file or of standard input (-), never a word here.\n"

const struct ctl_command ctl_groups_phone[] = {
        {"phone list", "", "Lists all phones.\n", "", 0, 0, phone_list},
        {"phone show", "MAC", "Shows one phone.\n", "", 1, 1, phone_show},
        {"phone add", "MAC " DATA_USAGE " [--approve]",
         "Makes a phone known; with --approve it may enrol at once.\n" SECRET_HELP, DATA_OPTIONS " --approve", 1, 1,
         phone_add},
        {"phone change", "MAC " DATA_USAGE, "Changes what is given and leaves the rest.\n" SECRET_HELP, DATA_OPTIONS, 1,
         1, phone_change},
        {"phone set", "MAC SETTING=VALUE... [--remove SETTING]... [--reason TEXT] [--dry-run]",
         "Short for settings set phone MAC.\n" CTL_SETTING_HELP, "--remove= --reason= --dry-run", 1, ARGS_WORDS_MAX,
         ctl_settings_set_phone},
        {"phone approve", "MAC...|--all", "Lets the phone enrol: provisioning options, bundle, tunnel, settings. --all: every phone that waits.\n",
         "--all", 0, ARGS_WORDS_MAX, phone_approve},
        {"phone resync", "MAC [--reboot]", "Tells the phone in its tunnel to fetch its settings now, with --reboot to restart.\n", "--reboot",
         1, 1, phone_resync},
        {"phone window", "MAC SECONDS|close",
         "Opens or closes a one-time window in which the phone may enrol without a factory certificate.\n", "", 2, 2,
         phone_window},
        {"phone revoke", "MAC",
         "Ends the phone's rights at once: closes its tunnel, refuses the next, withdraws bundle, settings and secrets.\n",
         "", 1, 1, phone_revoke},
        {"phone delete", "MAC", "Removes every trace of the phone but one line of the audit.\n", "", 1, 1, phone_delete},
        {0},
};
