/*
 * ctl_legacy: provostctl legacy show: who still needs the old phones' OpenVPN process, and what lifts them out.
 *
 * In:   phones and their evidence, firmware files on the appliance, what session sees of their tunnels.
 * Out:  a counter, one line a phone, and what can be done about each; what is not known is said to be so.
 * Not:  no phone is moved (phone class); which firmware version of which model brings which OpenVPN is published nowhere, so none is guessed.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_evidence.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define HINT_SIZE 400

struct view {
        sd_json_variant *site, *phones, *firmware;
        sd_json_variant *session;       /* NULL when it is away */
};

static void view_done(struct view *view)
{
        sd_json_variant_unref(view->site);
        sd_json_variant_unref(view->phones);
        sd_json_variant_unref(view->firmware);
        sd_json_variant_unref(view->session);
}

/* --- what it speaks ---------------------------------------------------------------- */

/* Ciphers that the modern process takes. */
static bool has_aead(const char *ciphers)
{
        return strcasestr(ciphers, "GCM") || strcasestr(ciphers, "CHACHA20-POLY1305");
}

/* "2.4.12" as 2004; 0 when it is no version. OpenVPN negotiates AES-GCM from 2.4 on. */
static unsigned openvpn_of(const char *version)
{
        unsigned major = 0, minor = 0;
        const char *digits = version + strcspn(version, "0123456789");

        return sscanf(digits, "%3u.%3u", &major, &minor) == 2 ? major * 1000 + minor : 0;
}

static sd_json_variant *tunnel_of(const struct view *view, const char *mac)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(view->session, "tunnels", i)); i++)
                if (text_equal(table_text(v, "mac"), mac))
                        return v;
        return NULL;
}

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* Whether it offers what the modern process asks for: by its present tunnel, else by what it showed last. */
static enum answer can_move(const struct view *view, sd_json_variant *evidence, const char *mac)
{
        const char *ciphers = ctl_evidence_of(evidence, "tunnel_ciphers"), *cipher = table_text(tunnel_of(view, mac), "cipher");
        unsigned version = openvpn_of(ctl_evidence_of(evidence, "tunnel_version"));

        if (has_aead(ciphers) || has_aead(cipher))
                return ANSWER_YES;
        if (*ciphers || *cipher)
                return ANSWER_NO;
        return version == 0 ? ANSWER_UNKNOWN : version >= 2004 ? ANSWER_YES : ANSWER_NO;
}

/* --- newer firmware ------------------------------------------------------------------ */

/* Dotted numbers, as text: "10.1.184.14" after "8.9.3.80". Ends at what is no number. */
static bool is_newer(const char *a, const char *b)
{
        while (*a || *b) {
                unsigned long x = strtoul(a, (char **)(uintptr_t)&a, 10), y = strtoul(b, (char **)(uintptr_t)&b, 10);

                if (x != y)
                        return x > y;
                if (*a != '.' && *b != '.')
                        return false;
                a += *a == '.';
                b += *b == '.';
        }
        return false;
}

/* The newest file for this model that is newer than what it runs, NULL when there is none. */
static sd_json_variant *newest_of(const struct view *view, sd_json_variant *phone)
{
        const char *newest = table_text(phone, "firmware");
        sd_json_variant *v, *found = NULL;

        for (size_t i = 0; (v = table_item(view->firmware, "firmware", i)); i++)
                if (text_equal(table_text(v, "kind"), "firmware") && strcasecmp(table_text(v, "model"), table_text(phone, "model")) == 0 &&
                    is_newer(table_text(v, "version"), newest)) {
                        newest = table_text(v, "version");
                        found = v;
                }
        return found;
}

static void hint_of(const struct view *view, sd_json_variant *phone, enum answer answer, char *ret, size_t size)
{
        const char *mac = table_text(phone, "mac"), *model = table_text(phone, "model");
        sd_json_variant *file = newest_of(view, phone);

        if (answer == ANSWER_UNKNOWN)
                (void)snprintf(ret, size, "It has not been in a tunnel yet, so what its OpenVPN speaks is not known.");
        else if (answer == ANSWER_YES)
                (void)snprintf(ret, size, "It offers AES-GCM: move it with `provostctl phone class %s modern`.", mac);
        else if (file)
                (void)snprintf(ret, size, "Version %s for its model is on this appliance and newer than its own; whether its OpenVPN is newer too is not "
                               "published. Try: `provostctl settings set phone %s firmware=%s`.", table_text(file, "version"), mac, table_text(file, "version"));
        else if (!*model)
                (void)snprintf(ret, size, "Its model is not known yet; it says so when it asks for its settings.");
        else
                (void)snprintf(ret, size, "No newer firmware for %s is on this appliance; which version brings a newer OpenVPN is not published. Ask Snom for "
                               "its last version, `provostctl firmware add` it, or replace the phone.", model);
}

/* --- the table ----------------------------------------------------------------------- */

static const char *answer_in_words(enum answer answer)
{
        return answer == ANSWER_YES ? "yes" : answer == ANSWER_NO ? "no" : "not known";
}

static int load_evidence(struct ctl *ctl, const char *mac, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;

        if (ctl_add(&parameters, "mac", mac) < 0)
                return ctl_fail(ctl, "no memory");
        return ctl_call(ctl, "store", "io.provost.Store.GetEvidence", parameters, CTL_CALL_MS, ret_reply);
}

static void row(struct table *table, const struct view *view, sd_json_variant *phone, sd_json_variant *evidence)
{
        const char *mac = table_text(phone, "mac"), *ciphers = ctl_evidence_of(evidence, "tunnel_ciphers");
        enum answer answer = can_move(view, evidence, mac);
        char hint[HINT_SIZE];

        hint_of(view, phone, answer, hint, sizeof hint);
        table_cell(table, mac);
        table_cell(table, table_text(phone, "name"));
        table_cell(table, table_text(phone, "model"));
        table_cell(table, table_text(phone, "firmware"));
        table_cell(table, ctl_evidence_of(evidence, "tunnel_version"));
        table_cell(table, *ciphers ? ciphers : table_text(tunnel_of(view, mac), "cipher"));
        table_cell(table, answer_in_words(answer));
        table_cell_own(table, hint);
}

/* A modern phone that was heard in a handshake and offers nothing the modern process takes. */
static bool is_shut_out(const struct view *view, sd_json_variant *phone, sd_json_variant *evidence)
{
        return text_equal(table_text(phone, "vpn_class"), "modern") && can_move(view, evidence, table_text(phone, "mac")) == ANSWER_NO;
}

struct lists {
        struct table *needing;
        sd_json_variant *json;
        size_t n_needing, n_shut_out, n_movable;
        char shut_out[512];
};

static int note(struct ctl *ctl, const struct view *view, sd_json_variant *phone, struct lists *lists)
{
        bool is_legacy = text_equal(table_text(phone, "vpn_class"), "legacy"), is_waiting = text_equal(table_text(phone, "state"), "enrolled");
        const char *mac = table_text(phone, "mac");
        sd_json_variant *evidence = NULL;
        size_t used = strlen(lists->shut_out);
        int r;

        if ((!is_legacy && !is_waiting) || text_equal(table_text(phone, "state"), "revoked"))
                return CTL_OK;
        r = load_evidence(ctl, mac, &evidence);
        if (r != CTL_OK)
                return r;
        if (is_legacy) {
                lists->n_needing++;
                lists->n_movable += can_move(view, evidence, mac) == ANSWER_YES;
                row(lists->needing, view, phone, evidence);
                if (sd_json_variant_append_array(&lists->json, evidence) < 0)
                        r = ctl_fail(ctl, "no memory");
        } else if (is_shut_out(view, phone, evidence)) {
                lists->n_shut_out++;
                (void)snprintf(lists->shut_out + used, sizeof lists->shut_out - used, "%s%s", used ? ", " : "", mac);
        }
        sd_json_variant_unref(evidence);
        return r;
}

static void print_process(struct ctl *ctl, const struct view *view)
{
        bool is_on = text_equal(ctl_site_value(view->site, "legacy"), "on");
        const char *port = ctl_site_value(view->site, "legacy_port");

        if (!is_on)
                fputs("The old phones' OpenVPN process is off: it does not run and nothing listens (site value legacy).\n", ctl->out);
        else if (table_flag(view->session, "legacy_up"))
                fprintf(ctl->out, "The old phones' OpenVPN process runs, on UDP port %s.\n", *port ? port : "1195");
        else
                fputs("The old phones' OpenVPN process is on, and not up: `provostctl status`, then `journalctl -u provost-openvpn-legacy`.\n", ctl->out);
}

static void print_lists(struct ctl *ctl, const struct view *view, const struct lists *lists)
{
        bool is_on = text_equal(ctl_site_value(view->site, "legacy"), "on");

        fprintf(ctl->out, "%zu %s still %s this", lists->n_needing, ctl_show_many((int64_t)lists->n_needing, "phone", "phones"),
                ctl_show_many((int64_t)lists->n_needing, "needs", "need"));
        fprintf(ctl->out, lists->n_movable ? "; %zu of them can be moved now.\n" : ".\n", lists->n_movable);
        print_process(ctl, view);
        if (lists->n_needing) {
                fputc('\n', ctl->out);
                table_print(lists->needing, ctl->out);
        } else if (is_on) {
                fputs("Switch it off: provostctl site set legacy=off\n", ctl->out);
        }
        if (lists->n_shut_out)
                fprintf(ctl->out, "\nToo old for the modern process, and not moved: %s. Newer firmware, or `provostctl phone class MAC legacy`%s.\n", lists->shut_out,
                        is_on ? "" : " after `provostctl site set legacy=on`");
}

static int load_view(struct ctl *ctl, struct view *view)
{
        char *reason = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.GetSite", NULL, CTL_CALL_MS, &view->site);

        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.ListPhones", NULL, CTL_CALL_MS, &view->phones);
        if (r == CTL_OK)
                r = ctl_call(ctl, "store", "io.provost.Store.ListFirmware", NULL, CTL_CALL_MS, &view->firmware);
        if (r == CTL_OK)
                (void)ctl_try("session", "io.provost.Session.Status", NULL, CTL_CALL_MS, &view->session, &reason);
        free(reason);
        return r;
}

static int print_json(struct ctl *ctl, const struct lists *lists)
{
        sd_json_variant *all = NULL;
        int r = sd_json_buildo(&all, SD_JSON_BUILD_PAIR_UNSIGNED("needing", lists->n_needing), SD_JSON_BUILD_PAIR_UNSIGNED("movable", lists->n_movable),
                               SD_JSON_BUILD_PAIR_UNSIGNED("shut_out", lists->n_shut_out),
                               SD_JSON_BUILD_PAIR_CONDITION(!!lists->json, "phones", SD_JSON_BUILD_VARIANT(lists->json)),
                               SD_JSON_BUILD_PAIR_CONDITION(!lists->json, "phones", SD_JSON_BUILD_EMPTY_ARRAY));

        if (r >= 0)
                ctl_as_json(ctl, all);
        sd_json_variant_unref(all);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static int legacy_show(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"MAC", "NAME", "MODEL", "FIRMWARE", "OPENVPN", "CIPHERS", "CAN MOVE", "WHAT TO DO", NULL};
        struct lists lists = {.needing = table_new(heads)};
        struct view view = {0};
        sd_json_variant *phone;
        int r = load_view(ctl, &view);

        (void)args;
        for (size_t i = 0; r == CTL_OK && (phone = table_item(view.phones, "phones", i)); i++)
                r = note(ctl, &view, phone, &lists);
        if (r == CTL_OK && ctl->json)
                r = print_json(ctl, &lists);
        else if (r == CTL_OK)
                print_lists(ctl, &view, &lists);
        table_free(lists.needing);
        sd_json_variant_unref(lists.json);
        view_done(&view);
        return r;
}

#define HELP "Counts the phones that still need the old phones' OpenVPN process: what each showed of its OpenVPN, and what lifts it out.\n"

const struct ctl_command ctl_groups_legacy[] = {
        {"legacy show", "", HELP, "", 0, 0, legacy_show},
        {"phone legacy", "", "The same as legacy show.\n", "", 0, 0, legacy_show},
        {0},
};
