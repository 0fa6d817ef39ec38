/*
 * ctl_phone: provostctl phone.
 *
 * In:   words of a person; a SIP secret only from a file or standard input.
 * Out:  calls of store and session.
 * Not:  no secret is ever shown.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define CALL_MS 10000
#define CONFIRM_MS 6000

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
        int r = ctl_call(ctl, "store", "io.provost.Store.ListPhones", NULL, CALL_MS, &reply);

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        r = ctl_call(ctl, "store", "io.provost.Store.ListLeases", NULL, CALL_MS, &leases);
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

static void print_phone(FILE *out, sd_json_variant *p)
{
        static const struct { const char *name, *label; } texts[] = {
                {"mac", "MAC"}, {"name", "name"}, {"model", "model"}, {"firmware", "firmware"}, {"state", "state"},
                {"profile", "profile"}, {"key_type", "key type"}, {"lan_address", "reserved LAN address"},
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
        line(out, "settings", settings_word(p));
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
                if (table_number(p, times[i].name))
                        line(out, times[i].label, table_time(table_number(p, times[i].name), -1, time_text));
}

/* Sends `parameters`, which it takes over, and shows the phone that comes back. */
static int call_and_show(struct ctl *ctl, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", method, parameters, CALL_MS, &reply);

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

#define DATA_OPTIONS "--name= --model= --profile= --key-type= --address= --sip-user= --sip-secret-file="

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

static int phone_set(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_mac(ctl, args->words[0], &parameters);

        if (r == CTL_OK)
                r = ctl_setting_add_all(ctl, args, 1, &parameters);
        if (r == CTL_OK) {
                r = ctl_call(ctl, "store", "io.provost.Store.SetPhoneSettings", parameters, CALL_MS, &reply);
                parameters = NULL;
        }
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Stored; the phone fetches it when it next asks.\n", ctl->out);
        sd_json_variant_unref(parameters);
        sd_json_variant_unref(reply);
        return r;
}

static int phone_approve(struct ctl *ctl, const struct args *args)
{
        return with_mac(ctl, args, "io.provost.Store.ApprovePhone");
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
        r = ctl_call(ctl, "store", "io.provost.Store.RevokePhone", parameters, CALL_MS, &reply);
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
        r = ctl_call(ctl, "store", "io.provost.Store.DeletePhone", parameters, CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Deleted; one line in the audit stays.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

#define DATA_USAGE \
        "[--name NAME] [--model MODEL] [--profile PROFILE] [--key-type p256|rsa2048] [--address LAN-ADDRESS]\n" \
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
        {"phone set", "MAC SETTING=VALUE... [--remove SETTING]...", CTL_SETTING_HELP, "--remove=", 1, ARGS_WORDS_MAX,
         phone_set},
        {"phone approve", "MAC", "Lets the phone enrol: provisioning options, bundle, tunnel, settings.\n", "", 1, 1,
         phone_approve},
        {"phone window", "MAC SECONDS|close",
         "Opens or closes a one-time window in which the phone may enrol without a factory certificate.\n", "", 2, 2,
         phone_window},
        {"phone revoke", "MAC",
         "Ends the phone's rights at once: closes its tunnel, refuses the next, withdraws bundle, settings and secrets.\n",
         "", 1, 1, phone_revoke},
        {"phone delete", "MAC", "Removes every trace of the phone but one line of the audit.\n", "", 1, 1, phone_delete},
        {0},
};
