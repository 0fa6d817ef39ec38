/*
 * ctl_receipt: provostctl receipt; how a receipt is kept and printed.
 *
 * In:   what was done and tried when a phone was put out (ctl_out); receipts that the store keeps.
 * Out:  lines with their time and how they were tried, and a list of what only a person can do.
 * Not:  nothing is tried here.
 */
#include "appliance/console/ctl_receipt.h"

#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_groups.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define LIMIT_DEFAULT 50
#define LIMIT_ALL 1000

int ctl_receipt_keep(struct ctl *ctl, const struct receipt *receipt, const char *mac, const char *cause, sd_json_variant *todo,
                     int64_t *ret_id)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r;

        if (receipt_parameters(receipt, mac, cause, todo, &parameters) < 0)
                return ctl_fail(ctl, "no memory");
        r = ctl_call(ctl, "store", "io.provost.Store.KeepReceipt", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK)
                *ret_id = table_number(reply, "id");
        sd_json_variant_unref(reply);
        return r;
}

void ctl_receipt_print(struct ctl *ctl, sd_json_variant *lines, sd_json_variant *todo)
{
        char time_text[TABLE_TIME_SIZE];
        size_t n = lines && sd_json_variant_is_array(lines) ? sd_json_variant_elements(lines) : 0;

        for (size_t i = 0; i < n; i++) {
                sd_json_variant *line = sd_json_variant_by_index(lines, i);
                int64_t at_ms = table_number(line, "at_ms");

                fprintf(ctl->out, "%s  %-4s  ", table_time(at_ms / 1000, (int)(at_ms % 1000), time_text), table_flag(line, "ok") ? "ok" : "OPEN");
                ctl_show_sentence(ctl->out, table_text(line, "text"));
                fputc('\n', ctl->out);
        }
        if (!ctl_show_bullets(ctl->out, "\nLeft for you to do:\n", todo))
                fputs("\nNothing is left to do by hand.\n", ctl->out);
}

/* --- commands ------------------------------------------------------------------- */

static const char *cause_in_words(const char *cause)
{
        return text_equal(cause, "stolen") ? "revoked as stolen" : cause;
}

/* The store's receipts of one phone, or of all. */
static int load(struct ctl *ctl, const struct args *args, const char *mac_word, uint32_t otherwise, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;
        int r = mac_word ? ctl_mac(ctl, mac_word, &parameters) : CTL_OK;

        if (r == CTL_OK && !mac_word && ctl_add(&parameters, "mac", "") < 0)
                r = ctl_fail(ctl, "no memory");
        if (r == CTL_OK)
                r = ctl_add_limit(ctl, args, otherwise, &parameters);
        if (r == CTL_OK)
                return ctl_call(ctl, "store", "io.provost.Store.ListReceipts", parameters, CTL_CALL_MS, ret_reply);
        sd_json_variant_unref(parameters);
        return r;
}

static size_t n_open(sd_json_variant *receipt)
{
        sd_json_variant *line;
        size_t n = 0;

        for (size_t i = 0; (line = table_item(receipt, "lines", i)); i++)
                n += !table_flag(line, "ok");
        return n;
}

static int receipt_list(struct ctl *ctl, const struct args *args)
{
        static const char *const heads[] = {"RECEIPT", "AT", "PHONE", "WAS", "BY", "CONFIRMED", "LEFT TO DO", NULL};
        sd_json_variant *reply = NULL, *v;
        struct table *table;
        int r = load(ctl, args, args->n_words ? args->words[0] : NULL, LIMIT_DEFAULT, &reply);

        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(reply, "receipts", i)); i++) {
                size_t n = ctl_show_n(v, "lines");

                table_cell_format(table, "%lld", (long long)table_number(v, "id"));
                table_cell_time(table, table_number(v, "at"));
                table_cell(table, table_text(v, "mac"));
                table_cell(table, cause_in_words(table_text(v, "cause")));
                table_cell(table, table_text(v, "actor"));
                table_cell_format(table, "%zu of %zu", n - n_open(v), n);
                table_cell_format(table, "%zu", ctl_show_n(v, "todo"));
        }
        table_print(table, ctl->out);
        table_free(table);
out:
        sd_json_variant_unref(reply);
        return r;
}

/* By its number, or the newest one of a phone: a MAC has 12 digits. */
static bool is_wanted(sd_json_variant *receipt, uint32_t id)
{
        return id == 0 || table_number(receipt, "id") == (int64_t)id;
}

static int print_receipt(struct ctl *ctl, sd_json_variant *receipt)
{
        char time_text[TABLE_TIME_SIZE];

        if (ctl_as_json(ctl, receipt))
                return CTL_OK;
        fprintf(ctl->out, "Receipt %lld: phone %s was %s", (long long)table_number(receipt, "id"), table_text(receipt, "mac"),
                cause_in_words(table_text(receipt, "cause")));
        fprintf(ctl->out, " by ");
        ctl_show_sentence(ctl->out, table_text(receipt, "actor"));
        fprintf(ctl->out, " at %s.\n\n", table_time(table_number(receipt, "at"), -1, time_text));
        ctl_receipt_print(ctl, sd_json_variant_by_key(receipt, "lines"), sd_json_variant_by_key(receipt, "todo"));
        return CTL_OK;
}

static int receipt_show(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *reply = NULL, *v;
        bool is_mac = strlen(args->words[0]) >= 12;
        uint32_t id = 0;
        int r;

        if (!is_mac && (text_to_u32(args->words[0], UINT32_MAX, &id) < 0 || id == 0))
                return ctl_misused(ctl, "Which receipt? Give its number from `provostctl receipt list`, or the MAC of the phone for its newest one.");
        r = load(ctl, args, is_mac ? args->words[0] : NULL, LIMIT_ALL, &reply);
        if (r != CTL_OK)
                return r;
        r = CTL_FAILED;
        for (size_t i = 0; r != CTL_OK && (v = table_item(reply, "receipts", i)); i++)
                if (is_wanted(v, id))
                        r = print_receipt(ctl, v);
        if (r != CTL_OK)
                ctl_fail(ctl, "There is no such receipt: `provostctl receipt list` has those that are kept.");
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_receipt[] = {
        {"receipt list", "[MAC] [--limit N]", "Lists the receipts of phones that were put out, newest first; they stay when a phone is deleted.\n", "--limit=",
         0, 1, receipt_list},
        {"receipt show", "NUMBER|MAC", "Shows one receipt: what was done, when, how it was tried, and what is left to do; with a MAC the newest of that phone.\n",
         "", 1, 1, receipt_show},
        {0},
};
