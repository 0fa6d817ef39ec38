/*
 * store_table: phones as people look for them.
 *
 * In:   what is known of each phone, words and filters.
 * Out:  one page in the wanted order, and how many there are.
 * Not:  no database (store_search), no JSON.
 */
#include "provisioning/store/store_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"

#define WORDS_MAX 16

/* One allocation: the texts follow it. */
struct row {
        char mac[MAC_TEXT_SIZE];
        uint8_t state;
        bool is_due;
        int met, total;                 /* total -1: not counted */
        int64_t seen_at;
        const char *name, *model;       /* folded, to sort and compare by */
        const char *shown_model, *profiles;     /* as they are; profiles with a separator at both ends */
        const char *haystack;           /* folded */
        char texts[];
};

struct store_table {
        struct row **rows;              /* by MAC */
        size_t n, room, n_due, next_due;
};

/* --- texts --------------------------------------------------------------- */

/* Small letters, also those of Latin-1, in as many bytes. */
static void fold(char *text)
{
        for (unsigned char *p = (unsigned char *)text; *p; p++) {
                if (*p >= 'A' && *p <= 'Z')
                        *p = (unsigned char)(*p + 32);
                else if (*p == 0xc3 && p[1] >= 0x80 && p[1] <= 0x9e && p[1] != 0x97)
                        p[1] = (unsigned char)(p[1] + 0x20);
        }
}

/* Appends to the row's texts. */
static const char *keep(char **at, const char *text, bool is_folded)
{
        char *kept = *at;
        size_t size = strlen(text) + 1;

        memcpy(kept, text, size);
        if (is_folded)
                fold(kept);
        *at += size;
        return kept;
}

static struct row *new_row(const struct store_table_phone *p)
{
        size_t names = strlen(p->name), models = strlen(p->model), users = strlen(p->sip_user), lans = strlen(p->lan), tunnels = strlen(p->tunnel),
               profiles = strlen(p->profiles);
        size_t haystack = MAC_TEXT_SIZE + names + models + users + lans + tunnels + profiles + 8;
        struct row *row = malloc(sizeof *row + names + 2 * models + profiles + haystack + 16);
        char *at;

        if (!row)
                return NULL;
        *row = (struct row){.state = (uint8_t)p->state, .total = -1, .seen_at = p->seen_at};
        memcpy(row->mac, p->mac, sizeof row->mac);
        at = row->texts;
        row->name = keep(&at, p->name, true);
        row->model = keep(&at, p->model, true);
        row->shown_model = keep(&at, p->model, false);
        row->profiles = at;
        at += sprintf(at, "%c%s%c", STORE_TABLE_SEPARATOR, p->profiles, STORE_TABLE_SEPARATOR) + 1;
        row->haystack = at;
        (void)sprintf(at, "%s\n%s\n%s\n%s\n%s\n%s\n%s", p->mac, p->name, p->model, p->sip_user, p->lan, p->tunnel, p->profiles);
        fold(at);
        return row;
}

/* --- rows ---------------------------------------------------------------- */

int store_table_new(struct store_table **ret_table)
{
        *ret_table = calloc(1, sizeof **ret_table);
        return *ret_table ? 0 : PV_ENOMEM;
}

void store_table_free(struct store_table *table)
{
        if (!table)
                return;
        for (size_t i = 0; i < table->n; i++)
                free(table->rows[i]);
        free(table->rows);
        free(table);
}

size_t store_table_size(const struct store_table *table)
{
        return table->n;
}

/* Where it is, or belongs. */
static size_t place_of(const struct store_table *table, const char *mac, bool *ret_is_there)
{
        size_t low = 0, high = table->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(table->rows[middle]->mac, mac) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret_is_there = low < table->n && strcmp(table->rows[low]->mac, mac) == 0;
        return low;
}

static struct row *find(const struct store_table *table, const char *mac)
{
        bool is_there;
        size_t at = place_of(table, mac, &is_there);

        return is_there ? table->rows[at] : NULL;
}

static bool has_score(const struct row *row)
{
        return row->state >= PHONE_STATE_APPROVED && row->state <= PHONE_STATE_CURRENT;
}

static void set_due(struct store_table *table, struct row *row, bool is_due)
{
        table->n_due = table->n_due + is_due - row->is_due;
        row->is_due = is_due;
}

static int make_room(struct store_table *table, size_t at)
{
        if (table->n == table->room) {
                size_t room = table->room ? 2 * table->room : 256;
                struct row **larger = reallocarray(table->rows, room, sizeof *larger);

                if (!larger)
                        return PV_ENOMEM;
                table->rows = larger;
                table->room = room;
        }
        memmove(table->rows + at + 1, table->rows + at, (table->n - at) * sizeof *table->rows);
        table->n++;
        return 0;
}

int store_table_put(struct store_table *table, const struct store_table_phone *phone, bool is_score_due)
{
        bool is_there;
        size_t at = place_of(table, phone->mac, &is_there);
        struct row *row = new_row(phone);
        int r = row ? 0 : PV_ENOMEM;

        if (r == 0 && is_there) {
                struct row *old = table->rows[at];

                if (has_score(row) && has_score(old)) {
                        row->met = old->met;
                        row->total = old->total;
                        is_score_due |= old->is_due || old->total < 0;
                } else {
                        is_score_due = true;
                }
                set_due(table, old, false);
                free(old);
        } else if (r == 0) {
                is_score_due = true;
                r = make_room(table, at);
        }
        if (r < 0) {
                free(row);
                return r;
        }
        table->rows[at] = row;
        set_due(table, row, is_score_due && has_score(row));
        return 0;
}

void store_table_remove(struct store_table *table, const char *mac)
{
        bool is_there;
        size_t at = place_of(table, mac, &is_there);

        if (!is_there)
                return;
        set_due(table, table->rows[at], false);
        free(table->rows[at]);
        table->n--;
        memmove(table->rows + at, table->rows + at + 1, (table->n - at) * sizeof *table->rows);
}

/* --- scores -------------------------------------------------------------- */

struct store_table_score store_table_score(const struct store_table *table, const char *mac)
{
        const struct row *row = find(table, mac);

        return row && has_score(row) ? (struct store_table_score){row->met, row->total} : (struct store_table_score){0, -1};
}

void store_table_set_score(struct store_table *table, const char *mac, struct store_table_score score)
{
        struct row *row = find(table, mac);

        if (!row)
                return;
        row->met = score.met;
        row->total = score.total;
        set_due(table, row, false);
}

void store_table_forget_scores(struct store_table *table)
{
        for (size_t i = 0; i < table->n; i++)
                set_due(table, table->rows[i], has_score(table->rows[i]));
}

const char *store_table_due(struct store_table *table)
{
        if (table->n_due == 0)
                return NULL;
        for (;; table->next_due++) {
                if (table->next_due >= table->n)
                        table->next_due = 0;
                if (table->rows[table->next_due]->is_due)
                        return table->rows[table->next_due]->mac;
        }
}

/* --- order --------------------------------------------------------------- */

/* What rows are sorted by; by MAC where it is the same. */
struct key {
        int64_t number;
        const char *text, *mac;
};

static int64_t share_of(const struct row *row)
{
        return !has_score(row) || row->total < 0 ? -1 : row->total == 0 ? 10000 : INT64_C(10000) * row->met / row->total;
}

/* Phones without a name or model come after those that have one. */
static struct key key_of(const struct row *row, enum store_table_sort sort)
{
        switch (sort) {
        case STORE_TABLE_BY_NAME: return (struct key){!*row->name, row->name, row->mac};
        case STORE_TABLE_BY_MODEL: return (struct key){!*row->model, row->model, row->mac};
        case STORE_TABLE_BY_STATE: return (struct key){row->state, "", row->mac};
        case STORE_TABLE_BY_SEEN: return (struct key){row->seen_at, "", row->mac};
        case STORE_TABLE_BY_SCORE: return (struct key){share_of(row), "", row->mac};
        default: return (struct key){0, "", row->mac};
        }
}

static int compare(const struct key *a, const struct key *b)
{
        int texts;

        if (a->number != b->number)
                return a->number < b->number ? -1 : 1;
        texts = strcmp(a->text, b->text);
        return texts ? texts : strcmp(a->mac, b->mac);
}

static bool is_before(const struct key *a, const struct key *b, bool is_downwards)
{
        int c = compare(a, b);

        return is_downwards ? c > 0 : c < 0;
}

/* "000413aabbcc:0:lobby": where the page before ended, also when that phone is gone by now. */
static void write_cursor(const struct row *row, enum store_table_sort sort, char ret[static STORE_TABLE_CURSOR_SIZE])
{
        const struct key key = key_of(row, sort);

        (void)snprintf(ret, STORE_TABLE_CURSOR_SIZE, "%s:%lld:%s", key.mac, (long long)key.number, key.text);
}

static int read_cursor(const char *text, char ret_mac[static MAC_TEXT_SIZE], struct key *ret)
{
        char *end = NULL;

        if (strlen(text) >= STORE_TABLE_CURSOR_SIZE || strspn(text, "0123456789abcdef") != MAC_TEXT_SIZE - 1 || text[MAC_TEXT_SIZE - 1] != ':')
                return PV_EMALFORMED;
        memcpy(ret_mac, text, MAC_TEXT_SIZE - 1);
        ret_mac[MAC_TEXT_SIZE - 1] = 0;
        ret->number = strtoll(text + MAC_TEXT_SIZE, &end, 10);
        if (end == text + MAC_TEXT_SIZE || *end != ':')
                return PV_EMALFORMED;
        ret->text = end + 1;
        ret->mac = ret_mac;
        return 0;
}

/* --- what matches -------------------------------------------------------- */

/* A MAC as people write it: 00:04:13, 00-04-13, 0004.13. hex: without what stands between, "" when it is none. */
static void mac_part(const char *word, char *ret_hex)
{
        size_t group = 0, n = 0, size = 0, wanted = 0;

        for (const char *p = word; *p; p++) {
                if (strchr("0123456789abcdef", *p)) {
                        ret_hex[size++] = *p;
                        group++;
                        continue;
                }
                wanted = *p == '.' ? 4 : 2;
                if (!strchr(":-.", *p) || group != wanted) {
                        size = n = 0;
                        break;
                }
                group = 0;
                n++;
        }
        ret_hex[n && group <= wanted ? size : 0] = 0;
}

struct words {
        char space[STORE_TABLE_TEXT_MAX + 1], hex_space[WORDS_MAX][STORE_TABLE_TEXT_MAX + 1];
        const char *words[WORDS_MAX];
        size_t n;
};

static void read_words(const char *text, struct words *ret)
{
        char *rest = ret->space, *word;

        ret->n = 0;
        if (!text || text_copy(ret->space, sizeof ret->space, text) < 0)
                return;
        fold(ret->space);
        while (ret->n < WORDS_MAX && (word = strsep(&rest, " ")))
                if (*word) {
                        mac_part(word, ret->hex_space[ret->n]);
                        ret->words[ret->n++] = word;
                }
}

static bool has_words(const struct row *row, const struct words *words)
{
        for (size_t i = 0; i < words->n; i++)
                if (!strstr(row->haystack, words->words[i]) && (!*words->hex_space[i] || !strstr(row->mac, words->hex_space[i])))
                        return false;
        return true;
}

static bool has_profile(const char *profiles, const char *name)
{
        size_t size = strlen(name);

        for (const char *p = profiles + 1; *p; p += strcspn(p, "\x1f") + 1)
                if (strncmp(p, name, size) == 0 && p[size] == STORE_TABLE_SEPARATOR)
                        return size > 0;
        return false;
}

static bool is_below(const struct row *row, int percent)
{
        return has_score(row) && row->total >= 0 && INT64_C(100) * row->met < (int64_t)percent * row->total;
}

static bool matches(const struct row *row, const struct store_table_query *query, const struct words *words, const char *model)
{
        return (!query->states || query->states & (1u << row->state)) && (!query->model || strcmp(row->model, model) == 0) &&
               (!query->profile || has_profile(row->profiles, query->profile)) && (!query->score_below || is_below(row, query->score_below)) &&
               has_words(row, words);
}

/* --- searching ----------------------------------------------------------- */

struct best {
        const struct row *rows[STORE_TABLE_PAGE_MAX + 1];
        size_t n, limit;
};

/* Into its place among the best, if it is one of them. */
static void offer(struct best *best, const struct row *row, const struct store_table_query *query)
{
        const struct key key = key_of(row, query->sort);
        size_t low = 0, high = best->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                const struct key other = key_of(best->rows[middle], query->sort);

                if (is_before(&other, &key, query->is_downwards))
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low == best->limit)
                return;
        best->n += best->n < best->limit;
        memmove(best->rows + low + 1, best->rows + low, (best->n - low - 1) * sizeof *best->rows);
        best->rows[low] = row;
}

int store_table_search(const struct store_table *table, const struct store_table_query *query, struct store_table_page *ret_page)
{
        struct best best = {.limit = query->limit + 1};
        char model[STORE_TABLE_TEXT_MAX * 2] = "", mac[MAC_TEXT_SIZE];
        struct words words;
        struct key after = {0};

        if (query->after && read_cursor(query->after, mac, &after) < 0)
                return PV_EMALFORMED;
        read_words(query->text, &words);
        if (query->model && text_copy(model, sizeof model, query->model) < 0)
                return PV_ETOOLARGE;
        fold(model);
        ret_page->total = 0;
        for (size_t i = 0; i < table->n; i++) {
                const struct row *row = table->rows[i];
                const struct key key = key_of(row, query->sort);

                if (!matches(row, query, &words, model))
                        continue;
                ret_page->total++;
                if (!query->after || is_before(&after, &key, query->is_downwards))
                        offer(&best, row, query);
        }
        ret_page->n = best.n < query->limit ? best.n : query->limit;
        for (size_t i = 0; i < ret_page->n; i++)
                ret_page->macs[i] = best.rows[i]->mac;
        ret_page->next[0] = 0;
        if (best.n > query->limit)
                write_cursor(best.rows[query->limit - 1], query->sort, ret_page->next);
        return 0;
}

/* --- counting ------------------------------------------------------------ */

size_t store_table_count_state(const struct store_table *table, enum phone_state state)
{
        size_t n = 0;

        for (size_t i = 0; i < table->n; i++)
                n += table->rows[i]->state == state;
        return n;
}

struct names {
        const char **names;
        size_t n;
};

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the names and tells each once. */
static int tell_counts(struct names *names, store_table_count count, void *userdata)
{
        int r = 0;

        qsort(names->names, names->n, sizeof *names->names, by_text);
        for (size_t i = 0, n; r == 0 && i < names->n; i += n) {
                for (n = 1; i + n < names->n && strcmp(names->names[i], names->names[i + n]) == 0; n++)
                        continue;
                r = count(names->names[i], n, userdata);
        }
        return r;
}

int store_table_count_models(const struct store_table *table, store_table_count count, void *userdata)
{
        struct names names = {.names = calloc(table->n + 1, sizeof *names.names)};
        int r;

        if (!names.names)
                return PV_ENOMEM;
        for (size_t i = 0; i < table->n; i++)
                if (table->rows[i]->state != PHONE_STATE_SEEN && *table->rows[i]->shown_model)
                        names.names[names.n++] = table->rows[i]->shown_model;
        r = tell_counts(&names, count, userdata);
        free(names.names);
        return r;
}

/* All lists of profiles as one text, cut at the separators. */
int store_table_count_profiles(const struct store_table *table, store_table_count count, void *userdata)
{
        size_t size = 1, n = 1;
        struct names names = {0};
        char *space, *at;
        int r = PV_ENOMEM;

        for (size_t i = 0; i < table->n; i++) {
                size += strlen(table->rows[i]->profiles) + 1;
                for (const char *p = table->rows[i]->profiles; *p; p++)
                        n += *p == STORE_TABLE_SEPARATOR;
        }
        at = space = malloc(size);
        names.names = calloc(n, sizeof *names.names);
        for (size_t i = 0; space && names.names && i < table->n; i++) {
                char *rest = at, *name;

                at = stpcpy(at, table->rows[i]->profiles) + 1;
                while (table->rows[i]->state != PHONE_STATE_SEEN && (name = strsep(&rest, "\x1f")))
                        if (*name)
                                names.names[names.n++] = name;
        }
        if (space && names.names)
                r = tell_counts(&names, count, userdata);
        free(space);
        free(names.names);
        return r;
}

void store_table_sum_scores(const struct store_table *table, int64_t *ret_met, int64_t *ret_total, int64_t *ret_phones)
{
        *ret_met = *ret_total = *ret_phones = 0;
        for (size_t i = 0; i < table->n; i++)
                if (has_score(table->rows[i]) && table->rows[i]->total >= 0) {
                        *ret_met += table->rows[i]->met;
                        *ret_total += table->rows[i]->total;
                        (*ret_phones)++;
                }
}
