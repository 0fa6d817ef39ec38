/*
 * ctl_known: provostctl phone evidence and site report.
 *
 * In:   what the store knows of phones.
 * Out:  for one phone everything, for the site a table: phone, evidence, state, reason.
 * Not:  nobody is let in here.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_evidence.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define LINE_SIZE 512

/* In this order: what carries most first. */
static const struct { const char *kind, *words; } kinds[] = {
        {"certificate", "certificate"}, {"subject", "certificate named"}, {"issuer", "certificate issued by"}, {"certificate_ends", "certificate ends"},
        {"fingerprint", "certificate SHA-1"}, {"how", "heard by"}, {"agent", "User-Agent"}, {"vpn_header", "X-snom-vpn"},
        {"lan_address", "address on the LAN"}, {"vendor_class", "DHCP vendor class"}, {"hostname", "DHCP host name"}, {"client_id", "DHCP client id"},
        {"parameters", "DHCP options asked for"}, {"relay", "DHCP relay"}, {"circuit_id", "switch port (circuit id)"}, {"remote_id", "switch (remote id)"},
        {"pnp_vendor", "PnP vendor"}, {"pnp_model", "PnP model"}, {"pnp_version", "PnP version"}, {"tunnel_version", "OpenVPN version"},
        {"tunnel_ciphers", "OpenVPN ciphers"},
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static bool is_kind_known(const char *kind)
{
        for (size_t i = 0; i < N_KINDS; i++)
                if (text_equal(kind, kinds[i].kind))
                        return true;
        return false;
}

static int load(struct ctl *ctl, const char *mac, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;
        int r = ctl_mac(ctl, mac, &parameters);

        return r != CTL_OK ? r : ctl_call(ctl, "store", "io.provost.Store.GetEvidence", parameters, CTL_CALL_MS, ret_reply);
}

/* --- one phone ------------------------------------------------------------------- */

static void item_row(struct table *table, const char *words, sd_json_variant *v)
{
        const char *value = table_text(v, "value");

        table_cell(table, words);
        table_cell_own(table, text_equal(table_text(v, "kind"), "certificate") ? ctl_evidence_certificate(value) : value);
        table_cell_format(table, "%lld", (long long)table_number(v, "count"));
        table_cell_time(table, table_number(v, "first_at"));
        table_cell_time(table, table_number(v, "last_at"));
}

static void print_items(struct ctl *ctl, sd_json_variant *reply)
{
        static const char *const heads[] = {"EVIDENCE", "VALUE", "TIMES", "FIRST", "LAST", NULL};
        struct table *table = table_new(heads);
        sd_json_variant *v;

        for (size_t k = 0; k < N_KINDS; k++)
                for (size_t i = 0; (v = table_item(reply, "evidence", i)); i++)
                        if (text_equal(table_text(v, "kind"), kinds[k].kind))
                                item_row(table, kinds[k].words, v);
        for (size_t i = 0; (v = table_item(reply, "evidence", i)); i++)
                if (!is_kind_known(table_text(v, "kind")))
                        item_row(table, table_text(v, "kind"), v);
        table_print(table, ctl->out);
        table_free(table);
}

static void print_evidence(struct ctl *ctl, sd_json_variant *reply)
{
        sd_json_variant *phone = sd_json_variant_by_key(reply, "phone");
        char next[LINE_SIZE];

        ctl_show_line(ctl->out, "MAC", table_text(phone, "mac"));
        ctl_show_line(ctl->out, "name", table_text(phone, "name"));
        ctl_show_line(ctl->out, "maker, by its prefix", *table_text(reply, "vendor") ? table_text(reply, "vendor") : "not known");
        ctl_show_line(ctl->out, "model", table_text(phone, "model"));
        ctl_show_line(ctl->out, "firmware", table_text(phone, "firmware"));
        ctl_show_line(ctl->out, "state", table_text(phone, "state"));
        ctl_show_line_own(ctl->out, "verdict", ctl_evidence_verdict(reply));
        ctl_show_line_own(ctl->out, "waits for", table_text(phone, "waiting_for"));
        fputc('\n', ctl->out);
        print_items(ctl, reply);
        (void)ctl_show_bullets(ctl->out, "\nStill missing:\n", sd_json_variant_by_key(reply, "missing"));
        ctl_evidence_next(reply, next, sizeof next);
        if (*next) {
                fputs("\nWhat to do: ", ctl->out);
                ctl_show_sentence(ctl->out, next);
                fputc('\n', ctl->out);
        }
}

static int phone_evidence(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL;
        int r = load(ctl, args->words[0], &reply);

        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_evidence(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

/* --- all phones ----------------------------------------------------------------------- */

struct row {
        char phone[160], evidence[LINE_SIZE], reason[LINE_SIZE];
        const char *state;
};

static void row_of(sd_json_variant *reply, struct row *ret)
{
        sd_json_variant *phone = sd_json_variant_by_key(reply, "phone");
        const char *name = table_text(phone, "name"), *model = table_text(phone, "model");

        (void)snprintf(ret->phone, sizeof ret->phone, "%s%s%s%s%s", table_text(phone, "mac"), *name ? " " : "", name, *model ? ", " : "", model);
        ctl_evidence_summary(reply, ret->evidence, sizeof ret->evidence);
        ctl_evidence_reason(reply, ret->reason, sizeof ret->reason);
        ret->state = table_text(phone, "state");
}

static void markdown_row(FILE *out, const struct row *row)
{
        const char *const cells[] = {row->phone, row->evidence, row->state, row->reason};

        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
                fputs("| ", out);
                ctl_show_markdown(out, cells[i]);
                fputc(' ', out);
        }
        fputs("|\n", out);
}

static void print_report(struct ctl *ctl, bool is_markdown, sd_json_variant *const *replies, size_t n)
{
        static const char *const heads[] = {"PHONE", "EVIDENCE", "STATE", "REASON", NULL};
        struct table *table = is_markdown ? NULL : table_new(heads);
        struct row row;

        if (is_markdown)
                fputs("| phone | evidence | state | reason |\n| --- | --- | --- | --- |\n", ctl->out);
        for (size_t i = 0; i < n; i++) {
                row_of(replies[i], &row);
                if (is_markdown)
                        markdown_row(ctl->out, &row);
                table_cell_own(table, row.phone);
                table_cell_own(table, row.evidence);
                table_cell_own(table, row.state);
                table_cell_own(table, row.reason);
        }
        table_print(table, ctl->out);
        table_free(table);
}

static int print_report_json(struct ctl *ctl, sd_json_variant **replies, size_t n)
{
        sd_json_variant *list = NULL, *all = NULL;
        int r = sd_json_variant_new_array(&list, replies, n);

        if (r >= 0)
                r = sd_json_variant_set_field(&all, "phones", list);
        if (r >= 0)
                ctl_as_json(ctl, all);
        sd_json_variant_unref(list);
        sd_json_variant_unref(all);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

/* Each phone's evidence, in the order of the list. */
static int load_all(struct ctl *ctl, sd_json_variant *phones, sd_json_variant **replies, size_t *n)
{
        sd_json_variant *phone;
        int r = CTL_OK;

        for (size_t i = 0; r == CTL_OK && (phone = table_item(phones, "phones", i)); i++) {
                r = load(ctl, table_text(phone, "mac"), &replies[*n]);
                *n += r == CTL_OK;
        }
        return r;
}

static int site_report(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *phones = NULL, **replies = NULL;
        size_t n = 0;
        int r = ctl_call(ctl, "store", "io.provost.Store.ListPhones", NULL, CTL_CALL_MS, &phones);

        if (r == CTL_OK) {
                replies = calloc(ctl_show_n(phones, "phones") + 1, sizeof *replies);
                r = replies ? load_all(ctl, phones, replies, &n) : ctl_fail(ctl, "no memory");
        }
        if (r == CTL_OK && ctl->json)
                r = print_report_json(ctl, replies, n);
        else if (r == CTL_OK)
                print_report(ctl, args_has(args, "--markdown"), replies, n);
        while (n)
                sd_json_variant_unref(replies[--n]);
        free(replies);
        sd_json_variant_unref(phones);
        return r;
}

const struct ctl_command ctl_groups_known[] = {
        {"phone evidence", "MAC", "What is known of a phone: what it said and showed, what that is worth, what is missing, what to do next.\n", "", 1, 1,
         phone_evidence},
        {"site report", "[--markdown]", "Every phone with its evidence, its state and the reason.\n", "--markdown", 0, 0, site_report},
        {0},
};
