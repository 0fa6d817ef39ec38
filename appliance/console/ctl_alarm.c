/*
 * ctl_alarm: provostctl alarm.
 *
 * In:   the store's alarms.
 * Out:  what a person must look at, and what to do about each kind.
 * Not:  nothing is mended here; a closed alarm opens anew when it happens again.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

static const struct { const char *kind, *words, *todo; } kinds[] = {
        {"rogue-dhcp", "foreign DHCP server", "find it by its MAC and switch port; `provostctl rogue known MAC` when it may be there"},
        {"rogue-pnp", "foreign PnP host", "find it by its MAC; `provostctl rogue known MAC` when it may be there"},
        {"mac-scan", "somebody tries many MACs", "find the host of that address; it was served nothing"},
        {"second-place", "a phone's bundle is used in a second place", "one of the two has a copy: `provostctl phone revoke MAC`, then let the phone in anew"},
        {"stolen-certificate", "a stolen phone tries to come in", "it is refused; note its address for who looks for it"},
        {"revoked-certificate", "a revoked phone tries to come in", "it is refused; switch it off or reset it"},
        {"replayed-enrolment", "somebody asks for a bundle again", "look whether the phone has its tunnel; if not, another host has its bundle: `provostctl phone revoke MAC`"},
        {"tunnel-flapping", "a tunnel is replaced again and again", "two devices with one bundle behind one address, or a bad cable: look at the phone"},
        {"ends-soon", "a certificate ends soon", "`provostctl ends` says whose and why it was not renewed"},
        {"ended", "a certificate has ended", "`provostctl ends` says whose and what brings it back"},
        {"clock", "the clock cannot be believed", "`provostctl clock show`; NTP on the uplink or `provostctl clock set` mends it"},
        {"renewal-stuck", "a certificate is not renewed", "the phone has to be in its tunnel to fetch it: `provostctl timeline MAC`"},
        {"wrong-certificate", "a certificate that is not the phone's", "`provostctl phone evidence MAC` says what was shown"},
        {"update-fell-back", "an update did not stay", "`provostctl update status` says why; the version before runs"},
        {"update-waits", "an update waits", "`provostctl update install --restart`, or `provostctl update discard`"},
        {"data-low", "little room on the data partition", "remove firmware that is not used: `provostctl firmware list`"},
        {"disk-full", "the data partition is full", "remove firmware that is not used: `provostctl firmware list`"},
        {"recovery-key", "nobody has read the recovery key", "`provostctl data recovery-key`, and keep it elsewhere"},
        {"backup-late", "there is no recent backup", "`provostctl backup create FILE`, or `provostctl backup schedule`"},
        {"backup", "a scheduled backup failed", "`provostctl backup status` says why"},
};

#define N_KINDS (sizeof kinds / sizeof *kinds)

const char *ctl_alarm_in_words(const char *kind)
{
        for (size_t i = 0; i < N_KINDS; i++)
                if (text_equal(kind, kinds[i].kind))
                        return kinds[i].words;
        return kind;
}

static const char *todo_of(const char *kind)
{
        for (size_t i = 0; i < N_KINDS; i++)
                if (text_equal(kind, kinds[i].kind))
                        return kinds[i].todo;
        return "";
}

static int load(struct ctl *ctl, bool open, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_BOOLEAN("open", open)) < 0)
                return ctl_fail(ctl, "no memory");
        return ctl_call(ctl, "store", "io.provost.Store.ListAlarms", parameters, CTL_CALL_MS, ret_reply);
}

static void print_alarms(struct ctl *ctl, sd_json_variant *reply, bool with_state)
{
        static const char *const heads[] = {"ALARM", "WHAT", "ABOUT", "TIMES", "FIRST", "LAST", "DETAIL", NULL};
        static const char *const all_heads[] = {"ALARM", "STATE", "WHAT", "ABOUT", "TIMES", "FIRST", "LAST", "DETAIL", "NOTE", NULL};
        struct table *table = table_new(with_state ? all_heads : heads);
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "alarms", i)); i++) {
                table_cell_format(table, "%lld", (long long)table_number(v, "id"));
                if (with_state && table_number(v, "closed_at"))
                        table_cell_format(table, "closed by %s", table_text(v, "closed_by"));
                else if (with_state)
                        table_cell(table, "open");
                table_cell_own(table, ctl_alarm_in_words(table_text(v, "kind")));
                table_cell(table, table_text(v, "subject"));
                table_cell_format(table, "%lld", (long long)table_number(v, "count"));
                table_cell_time(table, table_number(v, "first_at"));
                table_cell_time(table, table_number(v, "last_at"));
                table_cell_own(table, table_text(v, "detail"));
                if (with_state)
                        table_cell_own(table, table_text(v, "note"));
        }
        table_print(table, ctl->out);
        table_free(table);
}

/* Each kind that is open, once. */
static void print_todo(struct ctl *ctl, sd_json_variant *reply)
{
        bool is_said = false;
        sd_json_variant *v;

        for (size_t k = 0; k < N_KINDS; k++)
                for (size_t i = 0; (v = table_item(reply, "alarms", i)); i++)
                        if (text_equal(table_text(v, "kind"), kinds[k].kind) && !table_number(v, "closed_at")) {
                                fprintf(ctl->out, "%s%s: %s.\n", is_said ? "" : "\nWhat to do:\n", kinds[k].words, todo_of(kinds[k].kind));
                                is_said = true;
                                break;
                        }
        if (is_said)
                fputs("Then: provostctl alarm close NUMBER \"what it was\"\n", ctl->out);
}

static int alarm_list(struct ctl *ctl, const struct args *args)
{
        bool is_all = args_has(args, "--all");
        sd_json_variant *reply = NULL;
        int r = load(ctl, !is_all, &reply);

        if (r != CTL_OK || ctl_as_json(ctl, reply))
                goto out;
        if (!is_all && !ctl_show_n(reply, "alarms")) {
                fputs("No alarm is open.\n", ctl->out);
                goto out;
        }
        print_alarms(ctl, reply, is_all);
        print_todo(ctl, reply);
out:
        sd_json_variant_unref(reply);
        return r;
}

/* "what it was" may come as one word or many. */
static int add_note(struct ctl *ctl, const struct args *args, sd_json_variant **parameters)
{
        char note[512] = "";
        size_t used = 0;

        for (size_t i = 1; i < args->n_words && used < sizeof note; i++)
                used += (size_t)snprintf(note + used, sizeof note - used, "%s%s", i > 1 ? " " : "", args->words[i]);
        if (used >= sizeof note)
                return ctl_misused(ctl, "The note is too long: at most %zu bytes.", sizeof note - 1);
        return ctl_add(parameters, "note", note) < 0 ? ctl_misused(ctl, "The note is not UTF-8 text.") : CTL_OK;
}

static int alarm_close(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        uint32_t id;
        int r;

        if (text_to_u32(args->words[0], UINT32_MAX, &id) < 0)
                return ctl_misused(ctl, "Which alarm? Give its number from `provostctl alarm list`.");
        r = add_note(ctl, args, &parameters);
        if (r == CTL_OK && sd_json_variant_set_field_unsigned(&parameters, "id", id) < 0)
                r = ctl_fail(ctl, "no memory");
        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.CloseAlarm", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                fputs("Closed. It opens anew when it happens again.\n", ctl->out);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_alarm[] = {
        {"alarm list", "[--all]", "Lists what a person must look at, newest first, and what to do about it; --all: closed ones too.\n", "--all", 0, 0,
         alarm_list},
        {"alarm close", "NUMBER NOTE", "Closes an alarm; the note says what was found and stays in the audit. It opens anew when it happens again.\n", "", 2,
         ARGS_WORDS_MAX, alarm_close},
        {0},
};
