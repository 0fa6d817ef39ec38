/*
 * store_search: phones, found by people among many.
 *
 * In:   notes of the database which phones changed (schema/changed.sql), words and filters.
 * Out:  pages of PhoneRow and counts; scores, counted a few at a time when nothing else is to be done.
 * Not:  no matching (store_table), no rules of the score (model/merge).
 */
#include "provisioning/store/store_search.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "gen/changed.sql.embed.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_document.h"
#include "provisioning/store/store_list.h"
#include "provisioning/store/store_phone_json.h"
#include "provisioning/store/store_table.h"

#define SLICE 100                       /* changed phones between two looks at the clock */
#define WORK_MS 5
#define PART 100                        /* rows of a page between two looks at other callers */
#define COUNTS_MAX 256                  /* models and profiles that are told, the most frequent ones */
#define LIMIT 100
#define RECOUNT_MS 3600000              /* a seal gets overdue by time alone */

struct store_search {
        struct store_table *table;
        uint64_t counted_ms;            /* since when scores are counted anew, for RECOUNT_MS */
        bool is_counting;
};

int store_search_new(struct store_db *db, struct store_search **ret_search)
{
        struct store_search *search = calloc(1, sizeof *search);
        int r = search ? store_table_new(&search->table) : PV_ENOMEM;

        if (r == 0)
                r = store_db_script(db, embed_changed_sql);
        if (r < 0) {
                store_search_free(search);
                return r;
        }
        *ret_search = search;
        return 0;
}

void store_search_free(struct store_search *search)
{
        if (!search)
                return;
        store_table_free(search->table);
        free(search);
}

/* --- following the database ---------------------------------------------- */

struct changed {
        char mac[MAC_TEXT_SIZE];
        bool is_score;
};

static int load_changed(struct store *store, struct changed *ret_changed, size_t *ret_n)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac, score FROM changed_phone LIMIT ?", "i", (int64_t)SLICE);
        int r;

        for (*ret_n = 0; (r = store_db_next(store_db(store), rows)) > 0; (*ret_n)++) {
                (void)text_copy(ret_changed[*ret_n].mac, MAC_TEXT_SIZE, store_db_text(rows, 0));
                ret_changed[*ret_n].is_score = store_db_int(rows, 1) != 0;
        }
        return r;
}

static int follow_one(struct store *store, const struct changed *changed)
{
        struct store_table *table = store_search(store)->table;
        struct sqlite3_stmt *row = NULL;
        struct store_phone_known known;
        int r = 0;

        if (!*changed->mac) {
                store_table_forget_scores(table);
        } else {
                r = store_phone_json_known(store, changed->mac, &known, &row);
                if (r == 0)
                        r = store_table_put(table, &known.phone, changed->is_score);
                else if (r == PV_EUNSET)
                        store_table_remove(table, changed->mac);
                store_db_end(row);
        }
        return r < 0 && r != PV_EUNSET ? r : store_db_run(store_db(store), "DELETE FROM changed_phone WHERE mac = ?", "s", changed->mac);
}

/* ret_is_done: nothing is left to look at. */
static int follow(struct store *store, uint64_t until_ms, bool *ret_is_done)
{
        struct changed changed[SLICE];
        size_t n = SLICE;
        int r = 0;

        while (r == 0 && n == SLICE && store_monotonic_ms(store) < until_ms) {
                r = load_changed(store, changed, &n);
                for (size_t i = 0; r == 0 && i < n; i++)
                        r = follow_one(store, &changed[i]);
        }
        *ret_is_done = n < SLICE;
        return r;
}

/* --- scores -------------------------------------------------------------- */

/* What cannot be read has no score; it is looked at again when it changes. */
static void count_one(struct store *store, const char *due)
{
        struct store_table_score score = {0, -1};
        struct store_request request = {0};
        struct store_document d = {0};
        char mac[MAC_TEXT_SIZE] = "";
        size_t met = 0, total = 0;

        (void)text_copy(mac, sizeof mac, due);
        if (store_document_by_mac(store, &request, mac, &d) == 0 && store_document_merge(store, &d) == 0) {
                merge_score(&d.input, &d.result, NULL, NULL, &met, &total);
                score = (struct store_table_score){(int)met, (int)total};
        }
        store_document_done(&d);
        store_table_set_score(store_search(store)->table, mac, score);
}

/* True when some are left. */
static bool count_some(struct store *store, uint64_t until_ms)
{
        struct store_search *search = store_search(store);
        const char *due;

        if (store_monotonic_ms(store) - search->counted_ms >= RECOUNT_MS) {
                search->counted_ms = store_monotonic_ms(store);
                store_table_forget_scores(search->table);
        }
        while ((due = store_table_due(search->table))) {
                search->is_counting = true;
                if (store_monotonic_ms(store) >= until_ms)
                        return true;
                count_one(store, due);
        }
        if (search->is_counting)
                store_tell(store, "scores", "");
        search->is_counting = false;
        return false;
}

bool store_search_work(struct store *store)
{
        uint64_t until_ms = store_monotonic_ms(store) + WORK_MS;
        bool is_done = false;

        if (follow(store, until_ms, &is_done) < 0)
                return false;
        return !is_done || count_some(store, until_ms);
}

/* --- SearchPhones -------------------------------------------------------- */

static int read_states(struct store_request *request, uint32_t *ret_states)
{
        sd_json_variant *list = store_in_array(request, "states");

        *ret_states = 0;
        for (size_t i = 0, n = list ? sd_json_variant_elements(list) : 0; i < n; i++) {
                const char *word = sd_json_variant_string(sd_json_variant_by_index(list, i));
                uint32_t bit = 0;

                for (int state = PHONE_STATE_SEEN; state <= PHONE_STATE_REVOKED; state++)
                        if (text_equal(word, phone_state_text((enum phone_state)state)))
                                bit = 1u << state;
                if (!bit)
                        return store_invalid(request, "states", "A state is seen, expected, waiting, approved, enrolled, connected, current or revoked.");
                *ret_states |= bit;
        }
        return 0;
}

static int read_sort(struct store_request *request, struct store_table_query *query)
{
        static const char *const words[] = {[STORE_TABLE_BY_NAME] = "name", [STORE_TABLE_BY_MAC] = "mac", [STORE_TABLE_BY_STATE] = "state",
                                            [STORE_TABLE_BY_MODEL] = "model", [STORE_TABLE_BY_SEEN] = "seen", [STORE_TABLE_BY_SCORE] = "score"};
        const char *sort = store_in_text(request, "sort");

        query->sort = STORE_TABLE_BY_NAME;
        if (!sort || !*sort)
                return 0;
        query->is_downwards = *sort == '-';
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                if (text_equal(sort + query->is_downwards, words[i])) {
                        query->sort = (enum store_table_sort)i;
                        return 0;
                }
        return store_invalid(request, "sort", "Sort by name, mac, state, model, seen or score, with - before it for downwards.");
}

static const char *given(struct store_request *request, const char *name)
{
        const char *text = store_in_text(request, name);

        return text && *text ? text : NULL;
}

static int read_query(struct store_request *request, struct store_table_query *query)
{
        int64_t limit = store_in_int(request, "limit", LIMIT), below = store_in_int(request, "score_below", 0);
        int r = read_states(request, &query->states);

        if (r == 0)
                r = read_sort(request, query);
        query->text = given(request, "text");
        query->model = given(request, "model");
        query->profile = given(request, "profile");
        query->after = given(request, "after");
        if (r == 0 && query->text && strlen(query->text) > STORE_TABLE_TEXT_MAX)
                r = store_invalid(request, "text", "Look for at most %d bytes.", STORE_TABLE_TEXT_MAX);
        if (r == 0 && query->model && strlen(query->model) > STORE_TABLE_TEXT_MAX)
                r = store_invalid(request, "model", "A model has at most %d bytes.", STORE_TABLE_TEXT_MAX);
        if (r == 0 && (below < 0 || below > 100))
                r = store_invalid(request, "score_below", "The score is given in percent, 0 to 100.");
        query->score_below = (int)below;
        query->limit = limit < 1 ? LIMIT : limit > STORE_TABLE_PAGE_MAX ? STORE_TABLE_PAGE_MAX : (size_t)limit;
        return r;
}

/* A page on its way: which phones were found, and the rows that are made of them so far. */
struct page {
        char macs[STORE_TABLE_PAGE_MAX][MAC_TEXT_SIZE], next[STORE_TABLE_CURSOR_SIZE];
        size_t n, n_made, total;
        struct store_list rows;
};

static void page_free(void *state)
{
        struct page *page = state;

        if (page)
                store_list_done(&page->rows);
        free(page);
}

static int find_page(struct store *store, struct store_request *request, const struct store_table_query *query)
{
        struct page *page = request->state = calloc(1, sizeof *page);
        struct store_table_page found = {0};
        int r = page ? store_table_search(store_search(store)->table, query, &found) : PV_ENOMEM;

        request->state_free = page_free;
        if (r == PV_EMALFORMED)
                return store_invalid(request, "after", "Go on with the next of the answer before.");
        if (r < 0)
                return r;
        for (; page->n < found.n; page->n++)
                memcpy(page->macs[page->n], found.macs[page->n], MAC_TEXT_SIZE);
        memcpy(page->next, found.next, sizeof page->next);
        page->total = found.total;
        return 0;
}

static int make_rows(struct store *store, struct page *page)
{
        size_t end = page->n - page->n_made > PART ? page->n_made + PART : page->n;
        struct store_table *table = store_search(store)->table;
        struct store_phone_context *context = NULL;
        int r = store_phone_json_begin(store, &context);

        for (; r == 0 && page->n_made < end; page->n_made++) {
                const char *mac = page->macs[page->n_made];

                r = store_phone_json_row(store, context, mac, store_table_score(table, mac), &page->rows);
        }
        store_phone_json_end(context);
        return r;
}

static int reply_page(struct store_request *request, struct page *page)
{
        sd_json_variant *phones = NULL;
        int r = store_list_take(&page->rows, &phones);

        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("phones", SD_JSON_BUILD_VARIANT(phones)),
                        SD_JSON_BUILD_PAIR_STRING("next", *page->next ? page->next : NULL), SD_JSON_BUILD_PAIR_INTEGER("total", (int64_t)page->total)));
        sd_json_variant_unref(phones);
        return r;
}

/* The table is as the database is before anything is read of it. */
static int follow_first(struct store *store, struct store_request *request)
{
        bool is_done = false;
        int r = follow(store, store_monotonic_ms(store) + WORK_MS, &is_done);

        request->again = r == 0 && !is_done;
        return r;
}

/* Long pages are made part by part. */
int store_op_search_phones(struct store *store, struct store_request *request)
{
        struct store_table_query query = {0};
        int r = request->state ? 0 : read_query(request, &query);

        if (r == 0 && !request->state)
                r = follow_first(store, request);
        if (r < 0 || request->again)
                return r;
        if (!request->state)
                r = find_page(store, request, &query);
        if (r == 0)
                r = make_rows(store, request->state);
        if (r < 0)
                return r;
        request->again = ((struct page *)request->state)->n_made < ((struct page *)request->state)->n;
        return request->again ? 0 : reply_page(request, request->state);
}

/* --- CountPhones --------------------------------------------------------- */

static int add_count(const char *name, size_t n, void *userdata)
{
        sd_json_variant *item = NULL;
        int r = sd_json_buildo(&item, SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_INTEGER("count", (int64_t)n));

        return store_list_add(userdata, r, item);
}

static int by_count(const void *a, const void *b)
{
        int64_t x = store_item_int(*(sd_json_variant *const *)a, "count", 0), y = store_item_int(*(sd_json_variant *const *)b, "count", 0);

        return (x < y) - (x > y);
}

/* The most frequent ones first. */
static void keep_most(struct store_list *list)
{
        if (list->n_items)
                qsort(list->items, list->n_items, sizeof *list->items, by_count);
        while (list->n_items > COUNTS_MAX)
                sd_json_variant_unref(list->items[--list->n_items]);
}

static int count_states(const struct store_table *table, struct store_list *list)
{
        int r = 0;

        for (int state = PHONE_STATE_SEEN; r == 0 && state <= PHONE_STATE_REVOKED; state++)
                r = add_count(phone_state_text((enum phone_state)state), store_table_count_state(table, (enum phone_state)state), list);
        return r;
}

static int take_counts(struct store_list *list, int r, sd_json_variant **ret)
{
        if (r == 0)
                r = store_list_take(list, ret);
        store_list_done(list);
        return r;
}

static int count_all(const struct store_table *table, sd_json_variant *ret[static 3])
{
        struct store_list list = {0};
        int r = take_counts(&list, count_states(table, &list), &ret[0]);

        if (r == 0)
                r = store_table_count_models(table, add_count, &list);
        keep_most(&list);
        r = take_counts(&list, r, &ret[1]);
        if (r == 0)
                r = store_table_count_profiles(table, add_count, &list);
        keep_most(&list);
        return take_counts(&list, r, &ret[2]);
}

int store_op_count_phones(struct store *store, struct store_request *request)
{
        const struct store_table *table = store_search(store)->table;
        sd_json_variant *counts[3] = {0};
        int64_t met, total, scored;
        int r = follow_first(store, request);

        if (r < 0 || request->again)
                return r;
        store_table_sum_scores(table, &met, &total, &scored);
        r = count_all(table, counts);
        if (r == 0)
                r = pv_error_from_errno(sd_json_buildo(&request->out, SD_JSON_BUILD_PAIR("states", SD_JSON_BUILD_VARIANT(counts[0])),
                        SD_JSON_BUILD_PAIR("models", SD_JSON_BUILD_VARIANT(counts[1])), SD_JSON_BUILD_PAIR("profiles", SD_JSON_BUILD_VARIANT(counts[2])),
                        SD_JSON_BUILD_PAIR_INTEGER("score_met", met), SD_JSON_BUILD_PAIR_INTEGER("score_total", total),
                        SD_JSON_BUILD_PAIR_INTEGER("scored", scored)));
        for (size_t i = 0; i < 3; i++)
                sd_json_variant_unref(counts[i]);
        return r;
}
