/*
 * ctl_out: provostctl phone revoke and phone delete: out, with a receipt.
 *
 * In:   a MAC; what store and session say was done.
 * Out:  a receipt: each step with its time and how it was tried, printed and kept in the store.
 * Not:  no rights are taken here: that is one transaction of the store's, and stands whatever comes of the trials.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/mac.h"
#include "appliance/base/text.h"
#include "appliance/console/ctl_receipt.h"
#include "appliance/console/table.h"
#include "appliance/people/receipt.h"

/* One phone on its way out. */
struct out {
        struct ctl *ctl;
        char mac[MAC_TEXT_SIZE];
        sd_json_variant *reply;         /* of RevokePhone: phone and todo */
        sd_json_variant *tunnel;        /* of ConfirmClosed */
        struct receipt receipt;
        int64_t id;                     /* of the receipt; 0 not kept */
};

static void out_done(struct out *out)
{
        receipt_done(&out->receipt);
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
                receipt_revoked(&out->receipt, phone_of(out));
        return r;
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

/* As ctl_call(), but what goes wrong is a line of the receipt. */
static int call_quietly(void *userdata, const char *station, const char *method, sd_json_variant *parameters, uint64_t deadline_ms,
                        sd_json_variant **ret_reply, char **ret_reason)
{
        (void)userdata;
        return ctl_try(station, method, parameters, deadline_ms, ret_reply, ret_reason) == CTL_OK ? 0 : PV_EREFUSED;
}

static void try_all(struct out *out)
{
        char again[64];
        const struct receipt_maker maker = {.call = call_quietly, .again = again, .restart = "`provostctl reboot`"};

        (void)snprintf(again, sizeof again, "`provostctl phone revoke %s`", out->mac);
        receipt_try(&out->receipt, &maker, phone_of(out), &out->tunnel);
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
                receipt_add(&out.receipt, 0, "deleted", true, "Every row of it is deleted; this receipt and the audit stay.");
                r = finish(&out, "deleted", "deleted");
        } else if (out.reply) {
                receipt_add(&out.receipt, 0, "deleted", false, "Its rows are NOT deleted: repeat `provostctl phone delete %s`.", out.mac);
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
