/*
 * ctl_out: provostctl phone revoke and phone delete: out, with a receipt.
 *
 * In:   a MAC; what store and session say was done.
 * Out:  a receipt: each step with its time and how it was tried, printed and kept in the store.
 * Not:  no rights are taken here: that is one transaction of the store's, and stands whatever comes of the trials.
 *
 * What the store says is done; what can be tried is tried: session is asked whether a tunnel is still open and what it would
 * answer this certificate, bootstrap and settings are asked as the edge would ask them for this phone, with its factory
 * certificate and without.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_receipt.h"
#include "appliance/console/table.h"
#include "appliance/console/trial.h"

#define CONFIRM_MS 6000
#define TRIAL_MS 5000
#define PATH_SIZE 80

/* One phone on its way out. */
struct out {
        struct ctl *ctl;
        char mac[MAC_TEXT_SIZE], upper[MAC_TEXT_SIZE];
        sd_json_variant *reply;         /* of RevokePhone: phone and todo */
        sd_json_variant *tunnel;        /* of ConfirmClosed */
        struct ctl_receipt receipt;
        int64_t id;                     /* of the receipt; 0 not kept */
};

static void out_done(struct out *out)
{
        ctl_receipt_done(&out->receipt);
        sd_json_variant_unref(out->tunnel);
        sd_json_variant_unref(out->reply);
}

static int out_init(struct ctl *ctl, const char *word, struct out *ret_out)
{
        struct out out = {.ctl = ctl};
        sd_json_variant *checked = NULL;
        struct mac mac;
        int r = ctl_mac(ctl, word, &checked);

        if (r == CTL_OK && mac_parse_text(table_text(checked, "mac"), &mac) < 0)
                r = CTL_USAGE;
        sd_json_variant_unref(checked);
        if (r != CTL_OK)
                return r;
        mac_format(&mac, out.mac);
        mac_format_upper(&mac, out.upper);
        *ret_out = out;
        return CTL_OK;
}

static sd_json_variant *phone_of(const struct out *out)
{
        return sd_json_variant_by_key(out->reply, "phone");
}

static int with_mac(const struct out *out, sd_json_variant **ret_parameters)
{
        return ctl_add(ret_parameters, "mac", out->mac) < 0 ? ctl_fail(out->ctl, "no memory") : CTL_OK;
}

/* --- the store: rights, bundle, settings, secrets ------------------------------------ */

static int revoke(struct out *out, const struct args *args)
{
        bool is_stolen = args_has(args, "--stolen");
        sd_json_variant *parameters = NULL;
        int r = with_mac(out, &parameters);

        if (r == CTL_OK && is_stolen && sd_json_variant_set_field_boolean(&parameters, "stolen", true) < 0)
                r = ctl_fail(out->ctl, "no memory");
        if (r == CTL_OK)
                r = ctl_add_reason(out->ctl, args, &parameters);
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(out->ctl, "store", "io.provost.Store.RevokePhone", parameters, CTL_CALL_MS, &out->reply);
        if (r == CTL_OK)
                ctl_receipt_add(&out->receipt, table_number(phone_of(out), "revoked_at") * 1000, "revoked", true,
                                "Its rights ended, on the disk at this moment: no provisioning source by DHCP or PnP, no bundle, no settings; its "
                                "passwords and PINs are deleted.");
        return r;
}

/* --- session: tunnel, firewall, certificate -------------------------------------------- */

static void confirm_closed(struct out *out)
{
        struct ctl_receipt *receipt = &out->receipt;
        sd_json_variant *parameters = NULL;
        char *reason = NULL;
        bool is_closed;

        if (with_mac(out, &parameters) != CTL_OK ||
            ctl_try("session", "io.provost.Session.ConfirmClosed", parameters, CONFIRM_MS, &out->tunnel, &reason) != CTL_OK) {
                ctl_receipt_add(receipt, 0, "tunnel-closed", false, "Session did not confirm that its tunnel is closed: %s Repeat `provostctl phone revoke %s`.",
                                reason ? reason : "no memory.", out->mac);
                free(reason);
                return;
        }
        is_closed = table_flag(out->tunnel, "closed");
        if (!is_closed)
                ctl_receipt_add(receipt, 0, "tunnel-closed", false, "Its tunnel is NOT closed yet: repeat `provostctl phone revoke %s`; if it stays open, "
                                "`provostctl reboot` ends every tunnel.", out->mac);
        else if (table_flag(out->tunnel, "was_connected"))
                ctl_receipt_add(receipt, table_number(out->tunnel, "closed_at_ms"), "tunnel-closed", true, "Its tunnel was open and was closed.");
        else
                ctl_receipt_add(receipt, 0, "tunnel-closed", true, "It has no tunnel open.");
        if (table_flag(out->tunnel, "blocked"))
                ctl_receipt_add(receipt, 0, "address-blocked", true, "The firewall drops everything from its tunnel address.");
}

/* By the function that answers OpenVPN, with the very certificate the phone holds. */
static void try_certificate(struct out *out)
{
        const char *sha256 = table_text(phone_of(out), "certificate_sha256");
        sd_json_variant *parameters = NULL, *reply = NULL;
        char *reason = NULL;

        if (!*sha256) {
                ctl_receipt_add(&out->receipt, 0, "certificate-refused", true, "It never had a VPN certificate: there is none that could be used.");
                return;
        }
        if (!out->tunnel) {             /* it did not answer a moment ago */
                ctl_receipt_add(&out->receipt, 0, "certificate-refused", false, "Its certificate was not tried: session does not answer. Repeat "
                                "`provostctl phone revoke %s`.", out->mac);
                return;
        }
        if (with_mac(out, &parameters) != CTL_OK || ctl_add(&parameters, "sha256", sha256) < 0 ||
            ctl_try("session", "io.provost.Session.TryCertificate", parameters, CONFIRM_MS, &reply, &reason) != CTL_OK)
                ctl_receipt_add(&out->receipt, 0, "certificate-refused", false, "Its certificate was not tried: %s Repeat `provostctl phone revoke %s`.",
                                reason ? reason : "no memory.", out->mac);
        else if (table_flag(reply, "admitted"))
                ctl_receipt_add(&out->receipt, 0, "certificate-refused", false, "Its certificate would still be ADMITTED: repeat `provostctl phone revoke %s`; "
                                "if it stays so, `provostctl reboot`.", out->mac);
        else
                ctl_receipt_add(&out->receipt, 0, "certificate-refused", true, "A handshake with its certificate was tried and refused: %s",
                                table_text(reply, "reason"));
        free(reason);
        sd_json_variant_unref(reply);
}

/* --- bootstrap and settings, asked as the edge asks ------------------------------------------ */

/* what: "Its settings, asked for as from its tunnel,". */
static void try_http(struct out *out, const char *station, const char *word, const char *what, const struct trial *trial)
{
        char path[64];
        unsigned status = 0;
        int r;

        (void)snprintf(path, sizeof path, "/run/provost/http/%s", station);
        r = trial_head(path, trial, TRIAL_MS, &status);
        if (r < 0)
                ctl_receipt_add(&out->receipt, 0, word, false, "%s could not be tried (%s): look at `journalctl -u provost-%s`, then repeat "
                                "`provostctl phone revoke %s`.", what, pv_error_text(r), station, out->mac);
        else if (status >= 200 && status < 400)
                ctl_receipt_add(&out->receipt, 0, word, false, "%s would still be HANDED OUT (%u): repeat `provostctl phone revoke %s`; if it stays so, "
                                "`provostctl reboot`.", what, status, out->mac);
        else if (status == 401 || status == 403 || status == 404 || status == 410)
                ctl_receipt_add(&out->receipt, 0, word, true, "%s tried and refused (%u).", what, status);
        else
                ctl_receipt_add(&out->receipt, 0, word, false, "%s could not be tried (%s answered %u): repeat `provostctl phone revoke %s`.", what, station,
                                status, out->mac);
}

static void try_requests(struct out *out)
{
        const char *serial = table_text(phone_of(out), "certificate_serial"), *address = table_text(phone_of(out), "tunnel_address");
        char document[PATH_SIZE], bundle[PATH_SIZE], subject[PATH_SIZE];
        struct trial trial = {.path = document, .listener = "lan", .address = "127.0.0.1", .verify = "SUCCESS", .subject = subject};

        (void)snprintf(document, sizeof document, "/%s.xml", out->upper);
        (void)snprintf(bundle, sizeof bundle, "/vpn/%s-%.40s.tar", out->upper, *serial ? serial : "1");
        (void)snprintf(subject, sizeof subject, "CN=%s", out->upper);
        try_http(out, "bootstrap", "stage1-refused", "Its first settings, asked for with its factory certificate:", &trial);
        trial.path = bundle;
        try_http(out, "bootstrap", "bundle-refused", "Its VPN bundle, asked for with its factory certificate:", &trial);
        trial.verify = "NONE";
        trial.subject = "";
        try_http(out, "bootstrap", "bundle-refused", "Its VPN bundle, asked for without a certificate:", &trial);
        if (!*address)
                return;
        trial = (struct trial){.path = document, .listener = "tunnel", .address = address, .verify = "NONE", .subject = ""};
        try_http(out, "settings", "settings-refused", "Its settings, asked for as from its tunnel address:", &trial);
        trial.path = bundle;
        try_http(out, "bootstrap", "bundle-refused", "A renewed bundle, asked for as from its tunnel address:", &trial);
}

/* --- the end ------------------------------------------------------------------------------------ */

static void print(struct out *out, const char *done)
{
        const char *name = table_text(phone_of(out), "name");
        char escaped[80];

        fprintf(out->ctl->out, "Phone %s%s%s%s is %s.\n\n", out->mac, *name ? " (" : "", text_escape(escaped, sizeof escaped, name, strlen(name)),
                *name ? ")" : "", done);
        ctl_receipt_print(out->ctl, out->receipt.lines, sd_json_variant_by_key(out->reply, "todo"));
        if (out->id)
                fprintf(out->ctl->out, "\nKept: provostctl receipt show %lld\n", (long long)out->id);
}

/* What RevokePhone answered, session's answer as "tunnel", and the receipt. */
static int print_json(struct out *out)
{
        sd_json_variant *all = sd_json_variant_ref(out->reply), *receipt = NULL;
        int r = sd_json_buildo(&receipt, SD_JSON_BUILD_PAIR_INTEGER("id", out->id), SD_JSON_BUILD_PAIR_VARIANT("lines", out->receipt.lines));

        if (r >= 0 && out->tunnel)
                r = sd_json_variant_set_field(&all, "tunnel", out->tunnel);
        if (r >= 0)
                r = sd_json_variant_set_field(&all, "receipt", receipt);
        if (r >= 0)
                ctl_as_json(out->ctl, all);
        sd_json_variant_unref(receipt);
        sd_json_variant_unref(all);
        return r < 0 ? ctl_fail(out->ctl, "no memory") : CTL_OK;
}

static int finish(struct out *out, const char *cause, const char *done)
{
        int r = ctl_receipt_keep(out->ctl, &out->receipt, out->mac, cause, sd_json_variant_by_key(out->reply, "todo"), &out->id);

        if (!out->ctl->json)
                print(out, done);
        else if (print_json(out) != CTL_OK)
                return CTL_FAILED;
        if (out->receipt.n_open)
                return ctl_fail(out->ctl, "The phone is %s, but not all of it is confirmed (%zu OPEN): each such line says what to do.", done,
                                out->receipt.n_open);
        return r;
}

static void try_all(struct out *out)
{
        confirm_closed(out);
        try_certificate(out);
        try_requests(out);
}

static int phone_revoke(struct ctl *ctl, const struct args *args)
{
        bool is_stolen = args_has(args, "--stolen");
        struct out out;
        int r = out_init(ctl, args->words[0], &out);

        if (r != CTL_OK)
                return r;
        r = revoke(&out, args);
        if (r == CTL_OK) {
                try_all(&out);
                r = finish(&out, is_stolen ? "stolen" : "revoked", is_stolen ? "revoked as stolen" : "revoked");
        }
        out_done(&out);
        return r;
}

/* Revoked first, whatever it was: so it is out even when the appliance stops in the middle. */
static int phone_delete(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        struct out out;
        int r = out_init(ctl, args->words[0], &out);

        if (r != CTL_OK)
                return r;
        r = revoke(&out, args);
        if (r == CTL_OK) {
                try_all(&out);
                r = with_mac(&out, &parameters);
        }
        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.DeletePhone", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK) {
                ctl_receipt_add(&out.receipt, 0, "deleted", true, "Every row of it is deleted; this receipt and the audit stay.");
                r = finish(&out, "deleted", "deleted");
        } else if (out.reply) {
                ctl_receipt_add(&out.receipt, 0, "deleted", false, "Its rows are NOT deleted: repeat `provostctl phone delete %s`.", out.mac);
                r = finish(&out, "revoked", "revoked");
        }
        sd_json_variant_unref(reply);
        out_done(&out);
        return r;
}

const struct ctl_command ctl_groups_out[] = {
        {"phone revoke", "MAC [--stolen] [--reason TEXT]",
         "Ends the phone's rights at once: closes its tunnel, refuses the next, withdraws bundle, settings and secrets. Tries each of it and\n"
         "prints a receipt, which is kept. --stolen: an alarm is raised when anybody comes with what this phone had. Once more: tries again.\n",
         "--stolen --reason=", 1, 1, phone_revoke},
        {"phone delete", "MAC [--reason TEXT]", "Revokes the phone, with its receipt, and removes every row of it; receipt and audit stay.\n", "--reason=", 1, 1,
         phone_delete},
        {0},
};
