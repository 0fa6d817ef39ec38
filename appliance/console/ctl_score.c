/*
 * ctl_score: provostctl score.
 *
 * In:   the score of each approved phone, page by page.
 * Out:  one number for the site, each row over all phones, the weakest phones.
 * Not:  no judgement here: what is met is the store's to say.
 */
#include "appliance/console/ctl_groups.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/console/table.h"

#define PAGE 200
#define ROWS_MAX 64
#define WORST_DEFAULT 10
#define WORST_MAX 1000

static const char *const states[] = {"met", "open", "waived", "impossible", "unused"};
enum { N_STATES = sizeof states / sizeof *states };

struct row {
        char name[48];
        uint32_t n[N_STATES];
};

struct phone {
        char mac[16], name[64], model[32];
        int64_t met, total;
        char open[96];                  /* names of the open rows, as many as fit */
};

struct score {
        struct row rows[ROWS_MAX];
        size_t n_rows, n_phones, n_worst, worst_max;
        struct phone worst[WORST_MAX];  /* weakest first */
        int64_t met, total;
};

/* --- adding up --------------------------------------------------------------------- */

static struct row *row_of(struct score *score, const char *name)
{
        for (size_t i = 0; i < score->n_rows; i++)
                if (text_equal(score->rows[i].name, name))
                        return &score->rows[i];
        if (score->n_rows == ROWS_MAX || text_copy(score->rows[score->n_rows].name, sizeof score->rows->name, name) < 0)
                return NULL;
        return &score->rows[score->n_rows++];
}

static void add_rows(struct score *score, sd_json_variant *v, struct phone *phone)
{
        size_t used = 0;
        sd_json_variant *item;

        for (size_t i = 0; (item = table_item(v, "rows", i)); i++) {
                struct row *row = row_of(score, table_text(item, "row"));
                const char *state = table_text(item, "state");

                for (size_t s = 0; row && s < N_STATES; s++)
                        row->n[s] += text_equal(state, states[s]);
                if (text_equal(state, "open") && used < sizeof phone->open)
                        used += (size_t)snprintf(phone->open + used, sizeof phone->open - used, "%s%s", used ? " " : "",
                                                 table_text(item, "row"));
        }
}

/* Less of it met; of equals the one that came first. */
static bool is_weaker(const struct phone *a, const struct phone *b)
{
        return a->met * (b->total ? b->total : 1) < b->met * (a->total ? a->total : 1);
}

static void add_worst(struct score *score, const struct phone *phone)
{
        size_t at = score->n_worst;

        while (at > 0 && is_weaker(phone, &score->worst[at - 1]))
                at--;
        if (at >= score->worst_max)
                return;
        if (score->n_worst < score->worst_max)
                score->n_worst++;
        memmove(&score->worst[at + 1], &score->worst[at], (score->n_worst - at - 1) * sizeof *score->worst);
        score->worst[at] = *phone;
}

static void add_phone(struct score *score, sd_json_variant *v)
{
        struct phone phone = {.met = table_number(v, "met"), .total = table_number(v, "total")};

        text_escape(phone.mac, sizeof phone.mac, table_text(v, "mac"), strlen(table_text(v, "mac")));
        text_escape(phone.name, sizeof phone.name, table_text(v, "name"), strlen(table_text(v, "name")));
        text_escape(phone.model, sizeof phone.model, table_text(v, "model"), strlen(table_text(v, "model")));
        add_rows(score, v, &phone);
        score->n_phones++;
        score->met += phone.met;
        score->total += phone.total;
        if (phone.met < phone.total)
                add_worst(score, &phone);
}

/* One page from `after` on; *ret_next is NULL at the end, else the caller's. */
static int add_page(struct ctl *ctl, struct score *score, const char *after, char **ret_next)
{
        sd_json_variant *parameters = NULL, *reply = NULL, *v;
        const char *next;
        int r;

        if (ctl_add(&parameters, "after", after) < 0 || sd_json_variant_set_field_unsigned(&parameters, "limit", PAGE) < 0) {
                sd_json_variant_unref(parameters);
                return ctl_fail(ctl, "no memory");
        }
        r = ctl_call(ctl, "store", "io.provost.Store.ScorePhones", parameters, CTL_LONG_CALL_MS, &reply);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; (v = table_item(reply, "phones", i)); i++)
                add_phone(score, v);
        next = table_text(reply, "next");
        *ret_next = *next && !text_equal(next, after) ? strdup(next) : NULL;
        r = *next && !*ret_next ? ctl_fail(ctl, "store gave the same phones again.") : CTL_OK;
        sd_json_variant_unref(reply);
        return r;
}

static int add_all(struct ctl *ctl, struct score *score)
{
        char *after = NULL, *next;
        int r;

        do {
                next = NULL;
                r = add_page(ctl, score, after, &next);
                free(after);
                after = next;
        } while (r == CTL_OK && after);
        free(after);
        return r;
}

/* --- showing ------------------------------------------------------------------------ */

/* Never 100 while something is open. */
static long long percent(int64_t met, int64_t total)
{
        return total ? (long long)(met * 100 / total) : 100;
}

static void print_rows(struct ctl *ctl, const struct score *score)
{
        static const char *const heads[] = {"ROW", "MET", "OPEN", "WAIVED", "IMPOSSIBLE", "UNUSED", NULL};
        struct table *table = table_new(heads);

        for (size_t i = 0; i < score->n_rows; i++) {
                table_cell(table, score->rows[i].name);
                for (size_t s = 0; s < N_STATES; s++)
                        table_cell_format(table, "%u", score->rows[i].n[s]);
        }
        table_print(table, ctl->out);
        table_free(table);
}

static void print_score(struct ctl *ctl, const struct score *score)
{
        static const char *const heads[] = {"WEAKEST", "NAME", "MODEL", "SCORE", "OPEN ROWS", NULL};
        struct table *table;

        if (!score->n_phones) {
                fputs("No phone is approved: there is nothing to score.\n", ctl->out);
                return;
        }
        fprintf(ctl->out, "Score of the site: %lld of 100 (%lld of %lld rows met, %zu phones)\n\n", percent(score->met, score->total),
                (long long)score->met, (long long)score->total, score->n_phones);
        print_rows(ctl, score);
        if (!score->n_worst)
                return;
        fputc('\n', ctl->out);
        table = table_new(heads);
        for (size_t i = 0; i < score->n_worst; i++) {
                const struct phone *p = &score->worst[i];

                table_cell_own(table, p->mac);
                table_cell_own(table, p->name);
                table_cell_own(table, p->model);
                table_cell_format(table, "%lld", percent(p->met, p->total));
                table_cell_own(table, p->open);
        }
        table_print(table, ctl->out);
        table_free(table);
}

static int rows_json(const struct score *score, sd_json_variant **ret_list)
{
        int r = 0;

        for (size_t i = 0; i < score->n_rows && r >= 0; i++) {
                sd_json_variant *v = NULL;

                r = ctl_add(&v, "row", score->rows[i].name);
                for (size_t s = 0; s < N_STATES && r >= 0; s++)
                        r = sd_json_variant_set_field_unsigned(&v, states[s], score->rows[i].n[s]);
                if (r >= 0)
                        r = sd_json_variant_append_array(ret_list, v);
                sd_json_variant_unref(v);
        }
        return r;
}

static int worst_json(const struct score *score, sd_json_variant **ret_list)
{
        int r = 0;

        for (size_t i = 0; i < score->n_worst && r >= 0; i++) {
                const struct phone *p = &score->worst[i];

                r = sd_json_variant_append_arraybo(ret_list, SD_JSON_BUILD_PAIR_STRING("mac", p->mac),
                                                   SD_JSON_BUILD_PAIR_STRING("name", p->name), SD_JSON_BUILD_PAIR_STRING("model", p->model),
                                                   SD_JSON_BUILD_PAIR_INTEGER("met", p->met), SD_JSON_BUILD_PAIR_INTEGER("total", p->total));
        }
        return r;
}

static int print_json(struct ctl *ctl, const struct score *score)
{
        sd_json_variant *all = NULL, *rows = NULL, *worst = NULL;
        int r = sd_json_variant_new_array(&rows, NULL, 0);

        if (r >= 0)
                r = sd_json_variant_new_array(&worst, NULL, 0);
        if (r >= 0)
                r = rows_json(score, &rows);
        if (r >= 0)
                r = worst_json(score, &worst);
        if (r >= 0)
                r = sd_json_buildo(&all, SD_JSON_BUILD_PAIR_INTEGER("score", percent(score->met, score->total)),
                                   SD_JSON_BUILD_PAIR_INTEGER("met", score->met), SD_JSON_BUILD_PAIR_INTEGER("total", score->total),
                                   SD_JSON_BUILD_PAIR_UNSIGNED("phones", score->n_phones), SD_JSON_BUILD_PAIR_VARIANT("rows", rows),
                                   SD_JSON_BUILD_PAIR_VARIANT("weakest", worst));
        if (r >= 0)
                ctl_as_json(ctl, all);
        sd_json_variant_unref(all);
        sd_json_variant_unref(rows);
        sd_json_variant_unref(worst);
        return r < 0 ? ctl_fail(ctl, "no memory") : CTL_OK;
}

static int site_score(struct ctl *ctl, const struct args *args)
{
        const char *text = args_option(args, "--worst");
        uint32_t worst = WORST_DEFAULT;
        struct score *score;
        int r;

        if (text && text_to_u32(text, WORST_MAX, &worst) < 0)
                return ctl_misused(ctl, "--worst takes a number up to %d.", WORST_MAX);
        score = calloc(1, sizeof *score);
        if (!score)
                return ctl_fail(ctl, "no memory");
        score->worst_max = worst;
        r = add_all(ctl, score);
        if (r == CTL_OK && ctl->json)
                r = print_json(ctl, score);
        else if (r == CTL_OK)
                print_score(ctl, score);
        free(score);
        return r;
}

const struct ctl_command ctl_groups_score[] = {
        {"score", "[--worst N]",
         "How far the site is hardened: one number, each row over all approved phones, the weakest phones.\n"
         "provostctl phone score MAC says what one phone misses.\n", "--worst=", 0, 0, site_score},
        {0},
};
