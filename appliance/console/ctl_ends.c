/*
 * ctl_ends: provostctl ends and ca: what will end, and a new CA in the place of the old one.
 *
 * In:   ends and counts of the store; the rollover of pki.
 * Out:  a list; the meter of a rollover; its steps, each only when no phone is lost or somebody said how many may be.
 * Not:  no certificate is made here.
 */
#include "appliance/console/ctl_groups.h"

#include <stdio.h>

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "appliance/console/table.h"

#define LIMIT_DEFAULT 100
#define LOST_SHOWN 10
#define PKI_MS 60000                    /* a root key is made */

/* --- ends ---------------------------------------------------------------------------- */

static const char *subject_in_words(const char *subject)
{
        static const struct { const char *subject, *words; } table[] = {
                {"vpn-server", "our VPN server"}, {"edge", "our web server"}, {"page", "the page"}, {"issuing", "our issuing authority"}, {"root", "our root"},
                {"former-root", "our former root"}, {"legacy", "old phones' authority"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(subject, table[i].subject))
                        return table[i].words;
        return subject;
}

static void print_ends(struct ctl *ctl, sd_json_variant *reply)
{
        static const struct table_column columns[] = {
                {.head = "WHOSE", .field = "subject", .in_words = subject_in_words}, TABLE_COLUMN("NAME", "name", TEXT),
                TABLE_COLUMN("ENDS", "not_after", TIME), TABLE_COLUMN("STATE", "state", TEXT), TABLE_COLUMN("THAT MEANS", "text", OWN), {0},
        };

        table_list(reply, "ends", columns, ctl->out);
}

static int ends(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *parameters = NULL, *reply = NULL;
        int r = ctl_add_limit(ctl, args, LIMIT_DEFAULT, &parameters);

        if (r != CTL_OK) {
                sd_json_variant_unref(parameters);
                return r;
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ListEnds", parameters, CTL_CALL_MS, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply))
                print_ends(ctl, reply);
        sd_json_variant_unref(reply);
        return r;
}

/* --- the meter -------------------------------------------------------------------------- */

static int count(struct ctl *ctl, int64_t generation, sd_json_variant **ret_count)
{
        sd_json_variant *parameters = NULL;

        if (sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_INTEGER("generation", generation)) < 0)
                return ctl_fail(ctl, "no memory");
        return ctl_call(ctl, "store", "io.provost.Store.CountGenerations", parameters, CTL_CALL_MS, ret_count);
}

/* The list of names ends somewhere; the counts do not. */
static size_t count_lost(sd_json_variant *counted)
{
        int64_t n = table_number(counted, "total") - table_number(counted, "holding");
        size_t n_named = ctl_show_n(counted, "lost");

        return n > 0 && (uint64_t)n > n_named ? (size_t)n : n_named;
}

static void print_meter(FILE *out, sd_json_variant *counted)
{
        size_t n = count_lost(counted);
        sd_json_variant *v;

        fprintf(out, "%lld of %lld phones hold the new CA", (long long)table_number(counted, "holding"), (long long)table_number(counted, "total"));
        for (size_t i = 0; i < LOST_SHOWN && (v = table_item(counted, "lost", i)); i++)
                fprintf(out, "%s%s", i ? ", " : "; missing: ", sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "");
        if (n > LOST_SHOWN)
                fprintf(out, " and %zu more (--json shows up to 1000)", n - LOST_SHOWN);
        fputs(".\n", out);
}

/* --- the CA ----------------------------------------------------------------------------- */

static void print_authority(struct ctl *ctl, sd_json_variant *authorities)
{
        char number[24];

        (void)snprintf(number, sizeof number, "%lld", (long long)table_number(authorities, "generation"));
        ctl_show_line(ctl->out, "CA generation", number);
        ctl_show_line(ctl->out, "root SHA-256", table_text(authorities, "root_sha256"));
        ctl_show_line(ctl->out, "old phones' authority", *table_text(authorities, "legacy") ? "there" : "none was asked for");
}

static void print_own_ends(struct ctl *ctl, sd_json_variant *reply)
{
        char text[TABLE_TIME_SIZE], line[128];
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(reply, "ends", i)); i++) {
                (void)snprintf(line, sizeof line, "until %s%s", table_time(table_number(v, "not_after"), -1, text),
                               table_flag(v, "renews") ? ", renews by itself" : "");
                ctl_show_line(ctl->out, subject_in_words(table_text(v, "subject")), line);
        }
}

static const char *state_in_words(const char *state)
{
        return text_equal(state, "none")       ? "No rollover is under way."
               : text_equal(state, "spreading") ? "A rollover is under way: the new CA is given to the phones, servers still show the former one.\n"
                                                  "Next, when all hold it: provostctl ca rollover switch   (or back, which drops the new one)"
               : text_equal(state, "switched")  ? "A rollover is under way: servers show the new CA, the former one is still believed.\n"
                                                  "Next: provostctl ca rollover finish"
                                                : state;
}

static void print_rollover(struct ctl *ctl, sd_json_variant *rollover, sd_json_variant *counted)
{
        char text[TABLE_TIME_SIZE];

        fprintf(ctl->out, "\n%s\n", state_in_words(table_text(rollover, "state")));
        if (text_equal(table_text(rollover, "state"), "none"))
                return;
        ctl_show_line(ctl->out, "started", table_time(table_number(rollover, "started_at"), -1, text));
        if (table_number(rollover, "switched_at"))
                ctl_show_line(ctl->out, "switched", table_time(table_number(rollover, "switched_at"), -1, text));
        if (counted)
                print_meter(ctl->out, counted);
}

static int ca_show(struct ctl *ctl, const struct args *args)
{
        sd_json_variant *authorities = NULL, *own = NULL, *reply = NULL, *counted = NULL, *all = NULL, *rollover;
        int r = ctl_call(ctl, "pki", "io.provost.Pki.GetAuthorities", NULL, CTL_CALL_MS, &authorities);

        (void)args;
        if (r == CTL_OK)
                r = ctl_call(ctl, "pki", "io.provost.Pki.GetEnds", NULL, CTL_CALL_MS, &own);
        if (r == CTL_OK)
                r = ctl_call(ctl, "pki", "io.provost.Pki.GetRollover", NULL, CTL_CALL_MS, &reply);
        rollover = reply ? sd_json_variant_by_key(reply, "rollover") : NULL;
        if (r == CTL_OK)
                r = count(ctl, table_number(rollover, "generation"), &counted);
        if (r == CTL_OK && ctl->json) {
                all = sd_json_variant_ref(reply);
                if (sd_json_variant_set_field(&all, "count", counted) >= 0 &&
                    sd_json_variant_set_field(&all, "ends", sd_json_variant_by_key(own, "ends")) >= 0 &&
                    ctl_add(&all, "root_sha256", table_text(authorities, "root_sha256")) >= 0)
                        ctl_as_json(ctl, all);
        } else if (r == CTL_OK) {
                print_authority(ctl, authorities);
                print_own_ends(ctl, own);
                print_rollover(ctl, rollover, counted);
        }
        sd_json_variant_unref(all);
        sd_json_variant_unref(counted);
        sd_json_variant_unref(reply);
        sd_json_variant_unref(own);
        sd_json_variant_unref(authorities);
        return r;
}

/* --- its rollover -------------------------------------------------------------------------- */

static int step(struct ctl *ctl, const char *word, sd_json_variant **ret_reply)
{
        sd_json_variant *parameters = NULL;

        if (ctl_add(&parameters, "step", word) < 0)
                return ctl_fail(ctl, "no memory");
        return ctl_call(ctl, "pki", "io.provost.Pki.StepRollover", parameters, PKI_MS, ret_reply);
}

/* Refuses while more phones would be lost than somebody said. */
static int check_lost(struct ctl *ctl, const struct args *args, const char *word, sd_json_variant **ret_counted)
{
        const char *text = args_option(args, "--lose");
        sd_json_variant *reply = NULL;
        uint32_t may_lose = 0;
        size_t n_lost;
        int r;

        if (text && text_to_u32(text, 100000, &may_lose) < 0)
                return ctl_misused(ctl, "--lose takes the number of phones that may be lost.");
        r = ctl_call(ctl, "pki", "io.provost.Pki.GetRollover", NULL, CTL_CALL_MS, &reply);
        if (r == CTL_OK)
                r = count(ctl, table_number(sd_json_variant_by_key(reply, "rollover"), "generation"), ret_counted);
        sd_json_variant_unref(reply);
        if (r != CTL_OK)
                return r;
        n_lost = count_lost(*ret_counted);
        if (n_lost <= may_lose)
                return CTL_OK;
        if (ctl->json)
                ctl_as_json(ctl, *ret_counted);
        else
                print_meter(ctl->out, *ret_counted);
        return ctl_fail(ctl, "Not done: %zu %s would lose the way to us by \"%s\". Each gets the new CA when it is in its tunnel: switch it on and look again "
                        "with `provostctl ca show`; or revoke it; or say --lose %zu: a lost phone comes back only on the phone LAN, with its factory "
                        "certificate or a window.", n_lost, ctl_show_many((int64_t)n_lost, "phone", "phones"), word, n_lost);
}

static const char *done_in_words(const char *word)
{
        static const struct { const char *word, *sentence; } table[] = {
                {"start", "A new CA exists. Phones get it with their next settings, each in its tunnel; `provostctl ca show` counts them.\nNothing is taken from "
                          "anybody until `provostctl ca rollover finish`; `back` drops the new CA again.\n"},
                {"switch", "Servers show certificates of the new CA now; phones with either are let in. Watch for a day that all come back, then\n"
                           "`provostctl ca rollover finish`.\n"},
                {"finish", "The former CA is gone: whoever holds only its certificate is refused.\n"},
                {"back", "The new CA is dropped; everything is as it was.\n"},
        };

        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
                if (text_equal(word, table[i].word))
                        return table[i].sentence;
        return NULL;
}

/* Certificates of the new CA were issued already. */
static const char back_by_phones[] =
        "Servers show certificates of the former CA again. The new CA is trusted still, for some phones have its certificates already: they are\n"
        "given others. When `provostctl ca show` counts them all, `provostctl ca rollover finish` drops the new CA.\n";

static bool is_over(sd_json_variant *reply)
{
        return text_equal(table_text(sd_json_variant_by_key(reply, "rollover"), "state"), "none");
}

static void print_lost(struct ctl *ctl, sd_json_variant *counted)
{
        sd_json_variant *v;

        for (size_t i = 0; (v = table_item(counted, "lost", i)); i++)
                fprintf(ctl->out, "%s%s", i ? ", " : "Without the new CA, and lost when the former one goes: ", sd_json_variant_is_string(v) ? sd_json_variant_string(v) : "");
        if (ctl_show_n(counted, "lost"))
                fputs(".\n", ctl->out);
}

static int ca_rollover(struct ctl *ctl, const struct args *args)
{
        const char *word = args->words[0], *done = done_in_words(word);
        sd_json_variant *counted = NULL, *reply = NULL;
        int r = CTL_OK;

        if (!done)
                return ctl_misused(ctl, "The steps of a rollover are start, switch, finish, and back before switch.");
        if (text_equal(word, "switch") || text_equal(word, "finish"))
                r = check_lost(ctl, args, word, &counted);
        if (r == CTL_OK)
                r = step(ctl, word, &reply);
        if (r == CTL_OK && !ctl_as_json(ctl, reply)) {
                fputs(text_equal(word, "back") && !is_over(reply) ? back_by_phones : done, ctl->out);
                print_lost(ctl, counted);
        }
        sd_json_variant_unref(counted);
        sd_json_variant_unref(reply);
        return r;
}

const struct ctl_command ctl_groups_ends[] = {
        {"ends", "[--limit N]", "What will end, soonest first: certificates of phones and of the appliance, and what renews by itself.\n", "--limit=", 0, 0, ends},
        {"ca show", "", "The CA: its root, when its certificates end, and how far a rollover is.\n", "", 0, 0, ca_show},
        {"ca rollover", "start|switch|finish|back [--lose N]",
         "A new CA in the place of the old one. start: phones get both. switch: servers show the new one. finish: the old one is gone.\n"
         "back: drops the new one, before switch. switch and finish wait for all phones, unless --lose says how many may be lost.\n", "--lose=", 1, 1, ca_rollover},
        {0},
};
