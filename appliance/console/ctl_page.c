/*
 * ctl_page: provostctl page, certificate, user, token, card, log and audit check.
 *
 * In:   what store, box, pki and admin say of the page and those who use it.
 * Out:  where it is, who may in; a one-time code for who lost password or authenticator.
 * Not:  nobody's password is set or shown here, and no role is changed: that is done on the page, by an owner.
 */
#include "appliance/console/ctl_groups.h"

#include <time.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"
#include "appliance/service/service_field.h"

#define LOG_DEFAULT 100

/* "29 minutes" from now. */
static const char *span_until(sd_json_variant *reply, const char *name, char ret[static CTL_SHOW_SPAN_SIZE])
{
        return ctl_show_span(table_number(reply, name) - (int64_t)time(NULL), ret);
}

static int page_show(struct ctl *ctl, const struct args *args)
{
        char span[CTL_SHOW_SPAN_SIZE];
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "admin", "io.provost.Admin.GetSetup", NULL, CTL_CALL_MS, &reply);

        (void)args;
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                ctl_show_line_list(ctl->out, "page", service_field_list(reply, "urls"));
                ctl_show_line(ctl->out, "certificate SHA-256", table_text(reply, "sha256"));
                if (table_flag(reply, "needed")) {
                        ctl_show_line(ctl->out, "setup code", table_text(reply, "code"));
                        fprintf(ctl->out, "The code is good once, for %s; nobody can sign in before it is used.\n", span_until(reply, "until", span));
                }
        }
        sd_json_variant_unref(reply);
        return r;
}

/* --- people and programs ----------------------------------------------------------- */

static int user_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("ROLE", "role", TEXT),
                {.head = "", .field = "disabled", .kind = TABLE_FLAG, .word = "may not sign in", .otherwise = ""},
                {.head = "", .field = "has_password", .kind = TABLE_FLAG, .word = "", .otherwise = "invited"},
                TABLE_COLUMN("CODE GOOD UNTIL", "invited_until", TIME), TABLE_COLUMN("SIGNED IN", "signed_in_at", TIME),
                TABLE_COLUMN("RECOVERY CODES", "recovery_left", NUMBER), {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListUsers", NULL, "users", columns);
}

static int user_reset(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        char span[CTL_SHOW_SPAN_SIZE];
        int r;

        if (ctl_add(&parameters, "name", args->words[0]) < 0)
                return ctl_misused(ctl, "The name is not UTF-8 text.");
        r = ctl_call(ctl, "admin", "io.provost.Admin.ResetUser", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fprintf(ctl->out, "%s\nGood once, for %s: on the page, \"I have a code\" asks for name and code, then for a new password and authenticator.\n"
                        "The former ones, recovery codes and sessions of this person have ended.\n", table_text(reply, "code"),
                        span_until(reply, "until", span));
        sd_json_variant_unref(reply);
        return r;
}

static int user_remove(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (ctl_add(&parameters, "name", args->words[0]) < 0)
                return ctl_misused(ctl, "The name is not UTF-8 text.");
        r = ctl_call(ctl, "store", "io.provost.Store.RemoveUser", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Removed. What this person did stays in the audit.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

static int token_list(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("TOKEN", "id", NUMBER), TABLE_COLUMN("NAME", "name", TEXT), TABLE_COLUMN("ROLE", "role", TEXT),
                TABLE_COLUMN("MADE BY", "created_by", TEXT), TABLE_COLUMN("MADE", "created_at", TIME), TABLE_COLUMN("ENDS", "ends_at", TIME),
                TABLE_COLUMN("USED", "used_at", TIME), {0},
        };

        (void)args;
        return ctl_list(ctl, "store", "io.provost.Store.ListTokens", NULL, "tokens", columns);
}

static int token_remove(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        uint32_t id;
        int r;

        if (text_to_u32(args->words[0], UINT32_MAX, &id) < 0)
                return ctl_misused(ctl, "Which token? Give its number from `provostctl token list`.");
        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_UNSIGNED("id", id)) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.RemoveToken", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Removed: it is refused from now on.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

/* --- the audit's chain, the box ----------------------------------------------------- */

static int audit_check(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "store", "io.provost.Store.CheckAudit", NULL, CTL_LONG_CALL_MS, &reply);
        long long broken;

        (void)args;
        if (r != CTL_OK)
                return r;
        broken = (long long)table_number(reply, "broken");
        if (!ctl_as_json(ctl, reply) && !broken)
                fprintf(ctl->out, "%lld entries, each fits the one before. The newest hash is %s\n", (long long)table_number(reply, "entries"),
                        table_text(reply, "head"));
        if (broken)
                r = ctl_fail(ctl, "Entry %lld does not fit the one before: the audit was changed outside of the appliance's programs.", broken);
        sd_json_variant_unref(reply);
        return r;
}

static int card_list(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"CARD", "MAC", "FOR", "CABLE", "ADDRESSES", NULL};
        sd_json_variant *reply = NULL, *card, *address;
        int r = ctl_call(ctl, "box", "io.provost.Box.ListCards", NULL, CTL_CALL_MS, &reply);
        struct table *table;

        (void)args;
        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (card = table_item(reply, "cards", i)); i++) {
                char addresses[200] = "";
                size_t used = 0;

                for (size_t a = 0; (address = table_item(card, "addresses", a)) && used < sizeof addresses; a++)
                        if (sd_json_variant_is_string(address))
                                used += (size_t)snprintf(addresses + used, sizeof addresses - used, "%s%s", a ? " " : "", sd_json_variant_string(address));
                table_cell(table, table_text(card, "name"));
                table_cell(table, table_text(card, "mac"));
                table_cell(table, table_text(card, "role"));
                table_cell(table, table_flag(card, "carrier") ? "yes" : "no");
                table_cell(table, addresses);
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

static int log_show(struct ctl *ctl, const struct args *args)
{
        static const struct table_column columns[] = {
                TABLE_COLUMN("TIME", "at_ms", TIME_MS), TABLE_COLUMN("UNIT", "unit", TEXT), TABLE_COLUMN("LEVEL", "priority", NUMBER),
                TABLE_COLUMN("TEXT", "text", TEXT), {0},
        };
        const char *priority = args_option(args, "--priority");
        sd_json_variant *parameters = NULL;
        uint32_t level = 0;
        int r = ctl_add_limit(ctl, args, LOG_DEFAULT, &parameters);

        if (r == CTL_OK && priority && text_to_u32(priority, 7, &level) < 0)
                r = ctl_misused(ctl, "--priority takes 0 (most urgent) to 7.");
        if (r == CTL_OK && priority && sd_json_variant_set_field_unsigned(&parameters, "priority", level) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK && (ctl_add(&parameters, "unit", args_option(args, "--unit")) < 0 || ctl_add(&parameters, "text", args_option(args, "--text")) < 0))
                r = ctl_misused(ctl, "That is not UTF-8 text.");
        if (r == CTL_OK)
                return ctl_list(ctl, "box", "io.provost.Box.ReadLog", parameters, "entries", columns);
        sd_json_variant_unref(parameters);
        return r;
}

/* --- the page's certificate ---------------------------------------------------------- */

static void print_certificate(struct ctl *ctl, sd_json_variant *reply)
{
        sd_json_variant *c = sd_json_variant_by_key(reply, "certificate");
        char span[CTL_SHOW_SPAN_SIZE];

        ctl_show_line(ctl->out, "made by", table_flag(c, "uploaded") ? "somebody else; it was uploaded" : "the appliance");
        ctl_show_line(ctl->out, "subject", table_text(c, "subject"));
        ctl_show_line(ctl->out, "issuer", table_text(c, "issuer"));
        ctl_show_line_list(ctl->out, "names", service_field_list(c, "names"));
        ctl_show_line(ctl->out, "ends in", span_until(c, "not_after", span));
        ctl_show_line(ctl->out, "SHA-256", table_text(c, "sha256"));
}

static int certificate(struct ctl *ctl, const char *method, sd_json_variant *parameters)
{
        sd_json_variant *reply = NULL;
        int r = ctl_call(ctl, "pki", method, parameters, CTL_CALL_MS, &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_certificate(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

static int certificate_show(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return certificate(ctl, "io.provost.Pki.GetPageCertificate", NULL);
}

static int certificate_remove(struct ctl *ctl, const struct args *args)
{
        (void)args;
        return certificate(ctl, "io.provost.Pki.RemovePageCertificate", NULL);
}

const struct ctl_command ctl_groups_page[] = {
        {"page show", "", "Where the page is, its certificate's fingerprint and, while nobody can sign in, the setup code.\n", "", 0, 0, page_show},
        {"certificate show", "", "The page's certificate and when it ends.\n", "", 0, 0, certificate_show},
        {"certificate remove", "", "Takes an uploaded certificate of the page away; the appliance's own stands again.\n", "", 0, 0, certificate_remove},
        {"user list", "", "Who may sign in on the page.\n", "", 0, 0, user_list},
        {"user reset", "NAME", "A one-time code with which this person chooses a new password and authenticator; the former ones end at once.\n", "", 1, 1,
         user_reset},
        {"user remove", "NAME", "Removes a person. The last owner stays.\n", "", 1, 1, user_remove},
        {"token list", "", "Programs that may use the API, and until when.\n", "", 0, 0, token_list},
        {"token remove", "NUMBER", "Ends a token.\n", "", 1, 1, token_remove},
        {"audit check", "", "Goes through the audit: whether each entry fits the one before.\n", "", 0, 0, audit_check},
        {"card list", "", "The network cards, what they are for, and their addresses.\n", "", 0, 0, card_list},
        {"log", "[--unit NAME] [--priority 0..7] [--text TEXT] [--limit N]", "The journal of the appliance, newest first.\n",
         "--unit= --priority= --text= --limit=", 0, 0, log_show},
        {0},
};
