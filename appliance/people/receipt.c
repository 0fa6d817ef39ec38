/*
 * receipt: how a receipt is made.
 *
 * In:   a phone that was revoked; what session, bootstrap and settings answer.
 * Out:  lines with their time and how they were tried.
 * Not:  no rights are taken here: that is one transaction of the store's, and stands whatever comes of the trials.
 */
#include "appliance/people/receipt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "appliance/base/clock.h"
#include "appliance/base/mac.h"
#include "appliance/people/reply.h"
#include "appliance/people/trial.h"

#define TEXT_SIZE 400
#define CONFIRM_MS 6000
#define TRIAL_MS 5000
#define PATH_SIZE 80

void receipt_done(struct receipt *receipt)
{
        sd_json_variant_unref(receipt->lines);
}

void receipt_add(struct receipt *receipt, int64_t at_ms, const char *word, bool ok, const char *format, ...)
{
        char text[TEXT_SIZE];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        receipt->n_open += !ok;
        if (sd_json_variant_append_arraybo(&receipt->lines, SD_JSON_BUILD_PAIR_INTEGER("at_ms", at_ms ? at_ms : clock_wall_ms()),
                                           SD_JSON_BUILD_PAIR_STRING("word", word), SD_JSON_BUILD_PAIR_BOOLEAN("ok", ok),
                                           SD_JSON_BUILD_PAIR_STRING("text", text)) < 0)
                receipt->is_broken = true;
}

void receipt_revoked(struct receipt *receipt, sd_json_variant *phone)
{
        receipt_add(receipt, reply_number(phone, "revoked_at") * 1000, "revoked", true,
                    "Its rights ended, on the disk at this moment: no provisioning source by DHCP or PnP, no bundle, no settings; its "
                    "passwords and PINs are deleted.");
}

/* --- session: tunnel, firewall, certificate -------------------------------------------- */

/* {"mac": ...} and, unless it is NULL, {"sha256": ...} sent to session. */
static int ask_session(const struct receipt_maker *maker, const char *method, const char *mac, const char *sha256, sd_json_variant **ret_reply,
                       char **ret_reason)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac),
                           SD_JSON_BUILD_PAIR_CONDITION(!!sha256, "sha256", SD_JSON_BUILD_STRING(sha256))) < 0)
                return PV_ENOMEM;
        return maker->call(maker->userdata, "session", method, parameters, CONFIRM_MS, ret_reply, ret_reason);
}

static void confirm_closed(struct receipt *receipt, const struct receipt_maker *maker, const char *mac, sd_json_variant **ret_tunnel)
{
        sd_json_variant *tunnel = NULL;
        char *reason = NULL;

        if (ask_session(maker, "io.provost.Session.ConfirmClosed", mac, NULL, &tunnel, &reason) < 0) {
                receipt_add(receipt, 0, "tunnel-closed", false, "Session did not confirm that its tunnel is closed: %s Repeat %s.",
                            reason ? reason : "no memory.", maker->again);
                free(reason);
                return;
        }
        if (!reply_flag(tunnel, "closed"))
                receipt_add(receipt, 0, "tunnel-closed", false, "Its tunnel is NOT closed yet: repeat %s; if it stays open, %s ends every tunnel.",
                            maker->again, maker->restart);
        else if (reply_flag(tunnel, "was_connected"))
                receipt_add(receipt, reply_number(tunnel, "closed_at_ms"), "tunnel-closed", true, "Its tunnel was open and was closed.");
        else
                receipt_add(receipt, 0, "tunnel-closed", true, "It has no tunnel open.");
        if (reply_flag(tunnel, "blocked"))
                receipt_add(receipt, 0, "address-blocked", true, "The firewall drops everything from its tunnel address.");
        *ret_tunnel = tunnel;
}

/* By the function that answers OpenVPN, with the very certificate the phone holds. */
static void try_certificate(struct receipt *receipt, const struct receipt_maker *maker, sd_json_variant *phone, bool does_session_answer)
{
        const char *sha256 = reply_text(phone, "certificate_sha256");
        sd_json_variant *reply = NULL;
        char *reason = NULL;

        if (!*sha256) {
                receipt_add(receipt, 0, "certificate-refused", true, "It never had a VPN certificate: there is none that could be used.");
                return;
        }
        if (!does_session_answer) {
                receipt_add(receipt, 0, "certificate-refused", false, "Its certificate was not tried: session does not answer. Repeat %s.", maker->again);
                return;
        }
        if (ask_session(maker, "io.provost.Session.TryCertificate", reply_text(phone, "mac"), sha256, &reply, &reason) < 0)
                receipt_add(receipt, 0, "certificate-refused", false, "Its certificate was not tried: %s Repeat %s.", reason ? reason : "no memory.",
                            maker->again);
        else if (reply_flag(reply, "admitted"))
                receipt_add(receipt, 0, "certificate-refused", false, "Its certificate would still be ADMITTED: repeat %s; if it stays so, %s.",
                            maker->again, maker->restart);
        else
                receipt_add(receipt, 0, "certificate-refused", true, "A handshake with its certificate was tried and refused: %s",
                            reply_text(reply, "reason"));
        free(reason);
        sd_json_variant_unref(reply);
}

/* --- bootstrap and settings, asked as the edge asks ------------------------------------------ */

/* what: "Its settings, asked for as from its tunnel,". */
static void try_http(struct receipt *receipt, const struct receipt_maker *maker, const char *station, const char *word, const char *what,
                     const struct trial *trial)
{
        char path[64];
        unsigned status = 0;
        int r;

        (void)snprintf(path, sizeof path, "/run/provost/http/%s", station);
        r = trial_head(path, trial, TRIAL_MS, &status);
        if (r < 0)
                receipt_add(receipt, 0, word, false, "%s could not be tried (%s): look at `journalctl -u provost-%s`, then repeat %s.", what,
                            pv_error_text(r), station, maker->again);
        else if (status >= 200 && status < 400)
                receipt_add(receipt, 0, word, false, "%s would still be HANDED OUT (%u): repeat %s; if it stays so, %s.", what, status, maker->again,
                            maker->restart);
        else if (status == 401 || status == 403 || status == 404 || status == 410)
                receipt_add(receipt, 0, word, true, "%s tried and refused (%u).", what, status);
        else
                receipt_add(receipt, 0, word, false, "%s could not be tried (%s answered %u): repeat %s.", what, station, status, maker->again);
}

static void try_requests(struct receipt *receipt, const struct receipt_maker *maker, sd_json_variant *phone)
{
        const char *serial = reply_text(phone, "certificate_serial"), *address = reply_text(phone, "tunnel_address");
        char document[PATH_SIZE], bundle[PATH_SIZE], subject[PATH_SIZE], upper[MAC_TEXT_SIZE];
        struct trial trial = {.path = document, .listener = "lan", .address = "127.0.0.1", .verify = "SUCCESS", .subject = subject};
        struct mac mac;

        if (mac_parse_text(reply_text(phone, "mac"), &mac) < 0)
                return;
        mac_format_upper(&mac, upper);
        (void)snprintf(document, sizeof document, "/%s.xml", upper);
        (void)snprintf(bundle, sizeof bundle, "/vpn/%s-%.40s.tar", upper, *serial ? serial : "1");
        (void)snprintf(subject, sizeof subject, "CN=%s", upper);
        try_http(receipt, maker, "bootstrap", "stage1-refused", "Its first settings, asked for with its factory certificate:", &trial);
        trial.path = bundle;
        try_http(receipt, maker, "bootstrap", "bundle-refused", "Its VPN bundle, asked for with its factory certificate:", &trial);
        trial.verify = "NONE";
        trial.subject = "";
        try_http(receipt, maker, "bootstrap", "bundle-refused", "Its VPN bundle, asked for without a certificate:", &trial);
        if (!*address)
                return;
        trial = (struct trial){.path = document, .listener = "tunnel", .address = address, .verify = "NONE", .subject = ""};
        try_http(receipt, maker, "settings", "settings-refused", "Its settings, asked for as from its tunnel address:", &trial);
        trial.path = bundle;
        try_http(receipt, maker, "bootstrap", "bundle-refused", "A renewed bundle, asked for as from its tunnel address:", &trial);
}

void receipt_try(struct receipt *receipt, const struct receipt_maker *maker, sd_json_variant *phone, sd_json_variant **ret_tunnel)
{
        sd_json_variant *tunnel = NULL;

        confirm_closed(receipt, maker, reply_text(phone, "mac"), &tunnel);
        try_certificate(receipt, maker, phone, !!tunnel);
        try_requests(receipt, maker, phone);
        *ret_tunnel = tunnel;
}

int receipt_parameters(const struct receipt *receipt, const char *mac, const char *cause, sd_json_variant *todo, sd_json_variant **ret_parameters)
{
        if (receipt->is_broken)
                return PV_ENOMEM;
        return sd_json_buildo(ret_parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("cause", cause),
                              SD_JSON_BUILD_PAIR_VARIANT("lines", receipt->lines),
                              SD_JSON_BUILD_PAIR_CONDITION(!!todo, "todo", SD_JSON_BUILD_VARIANT(todo)),
                              SD_JSON_BUILD_PAIR_CONDITION(!todo, "todo", SD_JSON_BUILD_EMPTY_ARRAY)) < 0 ? PV_ENOMEM : 0;
}
