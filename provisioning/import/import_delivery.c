/*
 * import_delivery: a delivery note.
 *
 * In:   UTF-8 text, any at all.
 * Out:  phones with their MAC, model and name; a problem for what could not be taken. No problem repeats a cell.
 * Not:  no store; what is not about the phone (serial numbers, prices, orders) is passed over.
 */
#include "provisioning/import/import_delivery.h"

#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/import/delivery_word.h"
#include "provisioning/import/phones_csv.h"

#define FIRST_LINES 200                 /* of a letter before the table */
#define LEFT_OUT_TOLD 20                /* lines without an address that are told one by one */
#define WORDS " ,;|\r\n\t"              /* between the addresses of one cell */

static const char DAMAGED[] = "this is no MAC address: it has not twelve digits of 0-9 and a-f, or a table program made it a number; format the column as "
                              "text and enter it again";

struct note {
        struct import_result *result;
        const char *file;
        struct phones_csv start;        /* at the headings, or at the first line with an address */
        bool has_headings;
        enum delivery_word_column columns[PHONES_CSV_CELLS_MAX];
        struct phones_csv_row row;
        unsigned n_left_out;
        bool is_unclear;                /* several columns could hold the addresses */
};

/* --- where the table begins -------------------------------------------------------- */

static bool is_address(const char *cell)
{
        struct mac mac;

        return delivery_word_mac(cell, strlen(cell), &mac) == 0;
}

/* Twelve decimal digits may be any number of a letter. */
static bool is_plainly_address(const char *cell)
{
        static const unsigned char maker[] = {0x00, 0x04, 0x13};
        struct mac mac;

        return delivery_word_mac(cell, strlen(cell), &mac) == 0 && (memcmp(mac.bytes, maker, sizeof maker) == 0 || strpbrk(cell, "abcdefABCDEF"));
}

enum hit { HIT_NONE, HIT_HEADINGS, HIT_ADDRESS };

static enum hit look_at(const struct phones_csv_row *row)
{
        enum hit hit = HIT_NONE;

        for (size_t i = 0; i < row->n_cells; i++) {
                if (is_plainly_address(row->cells[i]))
                        return HIT_ADDRESS;
                if (delivery_word_column_of(row->cells[i]) == DELIVERY_WORD_MAC)
                        hit = HIT_HEADINGS;
        }
        return hit;
}

struct begin {
        enum hit hit;
        struct phones_csv at;
        unsigned line;
        size_t n_cells;
};

static struct begin begin_with(const char *text, size_t size, char delimiter, struct phones_csv_row *row)
{
        struct phones_csv csv = phones_csv_of(text, size);
        const char *reason;
        struct begin begin = {0};
        int r;

        csv.delimiter = delimiter;
        for (unsigned n = 0; n < FIRST_LINES; n++) {
                struct phones_csv before = csv;

                r = phones_csv_next(&csv, row, &reason);
                if (!r)
                        break;
                begin.hit = r < 0 ? HIT_NONE : look_at(row);
                if (begin.hit == HIT_NONE)
                        continue;
                begin.at = before;
                begin.line = row->line;
                begin.n_cells = row->n_cells;
                return begin;
        }
        return (struct begin){0};
}

/* A letter may have other marks than its table: the delimiter is the one that finds the table first, then with most cells. */
static struct begin find_begin(const char *text, size_t size, struct phones_csv_row *row)
{
        struct begin best = {0};

        for (const char *delimiter = ";\t,"; *delimiter; delimiter++) {
                struct begin begin = begin_with(text, size, *delimiter, row);

                if (begin.hit != HIT_NONE && (best.hit == HIT_NONE || begin.line < best.line || (begin.line == best.line && begin.n_cells > best.n_cells)))
                        best = begin;
        }
        return best;
}

/* --- which columns ------------------------------------------------------------------ */

static void read_headings(struct note *t)
{
        for (size_t i = 0; i < t->row.n_cells; i++)
                t->columns[i] = delivery_word_column_of(t->row.cells[i]);
}

/* Several addresses may stand in a line. Where a serial number looks like one, the maker's prefix tells which is which. */
static void find_columns(struct note *t)
{
        static const unsigned char maker[] = {0x00, 0x04, 0x13};
        struct phones_csv csv = t->start;
        bool holds[PHONES_CSV_CELLS_MAX] = {false}, is_makers[PHONES_CSV_CELLS_MAX] = {false};
        size_t n_holding = 0, n_makers = 0;
        const char *reason;
        int r;

        for (size_t n = 0; n < 2 * IMPORT_PHONES_MAX && (r = phones_csv_next(&csv, &t->row, &reason)); n++)
                for (size_t i = 0; r > 0 && i < t->row.n_cells; i++) {
                        struct mac mac;

                        if (delivery_word_mac(t->row.cells[i], strlen(t->row.cells[i]), &mac) < 0)
                                continue;
                        holds[i] = true;
                        is_makers[i] = is_makers[i] || memcmp(mac.bytes, maker, sizeof maker) == 0;
                }
        for (size_t i = 0; i < PHONES_CSV_CELLS_MAX; i++) {
                n_holding += holds[i];
                n_makers += is_makers[i];
        }
        t->is_unclear = n_holding > 1 && n_makers == 0;
        for (size_t i = 0; i < PHONES_CSV_CELLS_MAX; i++)
                t->columns[i] = (n_makers ? is_makers[i] : holds[i]) ? DELIVERY_WORD_MAC : DELIVERY_WORD_MODEL;
}

/* --- a line -------------------------------------------------------------------------- */

static const char *printable(const char *cell)
{
        return *cell && text_is_printable(cell) ? cell : NULL;
}

static const char *model_of(const struct note *t, char model[static SETTINGS_NAME_MODEL_SIZE])
{
        for (size_t i = 0; i < t->row.n_cells; i++)
                if (t->columns[i] == DELIVERY_WORD_MODEL && delivery_word_model(t->row.cells[i], t->has_headings, model))
                        return model;
        for (size_t i = 0; i < t->row.n_cells; i++)
                if (t->columns[i] == DELIVERY_WORD_NAME && delivery_word_model(t->row.cells[i], false, model))
                        return model;
        return NULL;
}

/* A name that is the product's is no name of this phone. */
static const char *name_of(const struct note *t)
{
        char model[SETTINGS_NAME_MODEL_SIZE];

        for (size_t i = 0; i < t->row.n_cells; i++)
                if (t->columns[i] == DELIVERY_WORD_NAME && printable(t->row.cells[i]) && !delivery_word_model(t->row.cells[i], false, model))
                        return t->row.cells[i];
        return NULL;
}

static int add_phone(struct note *t, const struct mac *mac, size_t *n)
{
        char model[SETTINGS_NAME_MODEL_SIZE];
        struct import_phone phone = {.line = t->row.line, .mac = *mac, .model = model_of(t, model), .name = name_of(t)};

        (*n)++;
        return import_result_add_phone(t->result, &phone);
}

static void refuse(struct note *t, const char *reason)
{
        import_result_problem(t->result, true, t->file, t->row.line, "mac", "%s", reason);
}

static const char *reason_of(int r)
{
        return r == PV_EREFUSED ? "this is no address of a single device (a group address, or all zeros)" : DAMAGED;
}

/* Word by word: every one must be an address. */
static int take_words(struct note *t, const char *cell, size_t *n)
{
        int r = 0;

        while (*(cell += strspn(cell, WORDS)) && !r) {
                size_t size = strcspn(cell, WORDS);
                struct mac mac;
                int bad = delivery_word_mac(cell, size, &mac);

                if (bad) {
                        refuse(t, reason_of(bad));
                        (*n)++;
                        return 0;
                }
                r = add_phone(t, &mac, n);
                cell += size;
        }
        return r;
}

static int take_cell(struct note *t, const char *cell, size_t *n)
{
        struct mac mac;
        int r = delivery_word_mac(cell, strlen(cell), &mac);

        if (!*cell)
                return 0;
        if (r == 0)
                return add_phone(t, &mac, n);
        if (r != PV_EREFUSED && strpbrk(cell, WORDS))
                return take_words(t, cell, n);
        refuse(t, reason_of(r));
        (*n)++;
        return 0;
}

/* Without headings a cell of another kind may stand in the column: the end of the letter. */
static int read_line(struct note *t)
{
        size_t n = 0;
        int r = 0;

        for (size_t i = 0; !r && i < t->row.n_cells; i++) {
                const char *cell = t->row.cells[i];

                if (t->columns[i] != DELIVERY_WORD_MAC) {
                        if (!t->has_headings && delivery_word_is_damaged(cell)) {
                                refuse(t, DAMAGED);
                                n++;
                        }
                } else if (t->has_headings || is_address(cell) || delivery_word_is_damaged(cell)) {
                        r = take_cell(t, cell, &n);
                }
        }
        if (!r && n == 0 && t->n_left_out++ < LEFT_OUT_TOLD)
                import_result_problem(t->result, false, t->file, t->row.line, "mac", "this line names no MAC address; it was left out");
        return r;
}

/* --- the whole note ------------------------------------------------------------------- */

static int read_lines(struct note *t)
{
        struct phones_csv csv = t->start;
        const char *reason;
        bool is_first = t->has_headings;
        int r;

        while (t->result->n_problems < IMPORT_PROBLEMS_MAX && (r = phones_csv_next(&csv, &t->row, &reason))) {
                if (r < 0) {
                        import_result_problem(t->result, true, t->file, t->row.line, "", "%s", reason);
                        continue;
                }
                r = is_first ? 0 : read_line(t);
                is_first = false;
                if (r)
                        return r;
        }
        if (t->n_left_out > LEFT_OUT_TOLD)
                import_result_problem(t->result, false, t->file, t->row.line, "mac", "%u more lines name no MAC address; they were left out",
                                      t->n_left_out - LEFT_OUT_TOLD);
        return 0;
}

static int by_mac(const void *a, const void *b)
{
        const struct import_phone *x = *(const struct import_phone *const *)a, *y = *(const struct import_phone *const *)b;
        int order = memcmp(x->mac.bytes, y->mac.bytes, sizeof x->mac.bytes);

        return order ? order : x < y ? -1 : x > y;
}

/* Boxes are counted twice and lists are pasted together: one phone is meant. */
static int drop_doubles(struct note *t)
{
        struct import_result *result = t->result;
        size_t n = result->n_phones, kept = 0;
        struct import_phone **order = reallocarray(NULL, n + 1, sizeof(struct import_phone *));

        if (!order)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++)
                order[i] = &result->phones[i];
        qsort(order, n, sizeof(struct import_phone *), by_mac);
        for (size_t i = 0; i + 1 < n; i++)
                if (mac_equal(&order[i]->mac, &order[i + 1]->mac)) {
                        import_result_problem(result, false, t->file, order[i + 1]->line, "mac", "this MAC address stands in line %u already; it is taken "
                                              "once", order[i]->line);
                        order[i + 1]->file = "";        /* to be dropped */
                }
        free(order);
        for (size_t i = 0; i < n; i++)
                if (!result->phones[i].file)
                        result->phones[kept++] = result->phones[i];
        result->n_phones = kept;
        return 0;
}

static int read_note(struct note *t, const char *text, size_t size)
{
        struct begin begin = find_begin(text, size, &t->row);
        const char *reason;
        int r;

        if (begin.hit == HIT_NONE) {
                import_result_problem(t->result, true, t->file, 1, "mac", "no line names the columns, one of them MAC, and no cell is a MAC address; is this a "
                                      "delivery note?");
                return 0;
        }
        t->start = begin.at;
        t->has_headings = begin.hit == HIT_HEADINGS;
        if (t->has_headings) {
                struct phones_csv csv = t->start;

                if (phones_csv_next(&csv, &t->row, &reason) > 0)
                        read_headings(t);
        } else {
                find_columns(t);
        }
        if (t->is_unclear) {
                import_result_problem(t->result, true, t->file, begin.line, "mac", "more than one column could hold the MAC addresses; write a line above that "
                                      "names the columns, one of them MAC");
                return 0;
        }
        r = read_lines(t);
        return r ? r : drop_doubles(t);
}

int import_delivery_read(struct import_result *result, const char *file, const char *text, size_t size)
{
        struct note *t = calloc(1, sizeof *t);
        int r;

        if (!t)
                return PV_ENOMEM;
        t->result = result;
        t->file = file;
        r = read_note(t, text, size);
        explicit_bzero(t, sizeof *t);
        free(t);
        return r;
}

bool import_delivery_is(const char *text, size_t size)
{
        struct phones_csv_row *row = malloc(sizeof *row);
        bool is = row && find_begin(text, size, row).hit != HIT_NONE;

        free(row);
        return is;
}
