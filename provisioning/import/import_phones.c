/*
 * import_phones: a table of phones.
 *
 * In:   UTF-8 text.
 * Out:  phones and their settings; a problem for every line that is none. No problem repeats what a cell holds: when
 *       columns are mixed up, any cell may be a password.
 * Not:  no store; whether a phone exists already is decided there.
 */
#include "provisioning/import/import_phones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/base/text.h"
#include "provisioning/import/phones_csv.h"
#include "provisioning/import/settings_name.h"
#include "provisioning/model/catalogue.h"

#define NAME_SIZE 65

struct column {
        enum phones_csv_column kind;
        bool is_setting;
        char name[NAME_SIZE];           /* of the setting */
        int index;
        char title[80];                 /* as the file has it, fit to be shown */
};

struct table {
        struct import_result *result;
        const char *file;
        struct column columns[PHONES_CSV_CELLS_MAX];
        size_t n_columns;
        struct phones_csv_row row;
};

/* --- header ---------------------------------------------------------------------- */

static const char *const kinds[] = {
        [PHONES_CSV_MAC] = "mac", [PHONES_CSV_NAME] = "name", [PHONES_CSV_MODEL] = "model", [PHONES_CSV_PROFILES] = "profiles",
        [PHONES_CSV_KEY_TYPE] = "key_type", [PHONES_CSV_ADDRESS] = "address", [PHONES_CSV_SIP_USER] = "sip_user",
        [PHONES_CSV_SIP_SECRET] = "secret",
};

static void read_column(struct table *t, size_t i)
{
        static const char forced[] = "setting:";
        const char *title = t->row.cells[i];
        struct column *column = &t->columns[i];
        const struct catalogue_entry *entry;
        const char *near;

        *column = (struct column){.index = IMPORT_NO_INDEX};
        text_escape(column->title, sizeof column->title, title, strlen(title));
        if (text_starts(title, forced))
                title += sizeof forced - 1;
        else
                column->kind = phones_csv_column_of(title);
        if (column->kind || !*title)
                return;
        if (phones_csv_setting_of(title, column->name, sizeof column->name, &column->index)) {
                entry = catalogue_find(catalogue_builtin(), column->name);
                column->is_setting = entry || column->index >= 0 || title != t->row.cells[i];
                if (column->is_setting)
                        return;
        }
        near = catalogue_near(catalogue_builtin(), title);
        import_result_problem(t->result, false, t->file, t->row.line, column->title,
                              near ? "no column of phones and no setting is called like this (did you mean %s?); the column was left out"
                                   : "no column of phones and no setting is called like this; the column was left out%s", near ? near : "");
}

static int refuse_header(struct table *t, const char *what, const char *reason)
{
        import_result_problem(t->result, true, t->file, t->row.line, what, "%s", reason);
        return PV_EMALFORMED;
}

static int read_header(struct table *t)
{
        bool has_mac = false;

        t->n_columns = t->row.n_cells;
        for (size_t i = 0; i < t->n_columns; i++) {
                read_column(t, i);
                has_mac = has_mac || t->columns[i].kind == PHONES_CSV_MAC;
                for (size_t k = 0; k < i; k++) {
                        bool is_same = t->columns[i].kind ? t->columns[i].kind == t->columns[k].kind
                                                          : t->columns[i].is_setting && t->columns[k].is_setting && t->columns[i].index == t->columns[k].index &&
                                                                    strcmp(t->columns[i].name, t->columns[k].name) == 0;

                        if (is_same)
                                return refuse_header(t, t->columns[i].title, "two columns say the same; remove one");
                }
        }
        return has_mac ? 0 : refuse_header(t, "mac", "the first line must name the columns, and one of them must be mac");
}

/* --- cells ----------------------------------------------------------------------- */

static bool is_blank_or(char c, const char *others)
{
        return c == ' ' || (c && strchr(others, c));
}

/* Profiles apart by , ; | or blanks. */
static const char *take_profiles(char *text, struct import_phone *phone)
{
        while (*text) {
                char *start;

                while (is_blank_or(*text, ",;|"))
                        text++;
                start = text;
                while (*text && !is_blank_or(*text, ",;|"))
                        text++;
                if (start == text)
                        break;
                if (phone->n_profiles == IMPORT_PROFILES_MAX)
                        return "these are more than 16 profiles";
                phone->profiles[phone->n_profiles++] = start;
                if (*text)
                        *text++ = 0;
        }
        return NULL;
}

static const char *take_mac(const char *text, struct import_phone *phone)
{
        int r = mac_parse_text(text, &phone->mac);
        size_t digits = strspn(text, "0123456789");

        if (!r)
                return NULL;
        if (!*text)
                return "the MAC address is missing";
        if (r == PV_EREFUSED)
                return "this is no address of a single device (a group address, or all zeros)";
        if ((digits == strlen(text) && digits < 12) || strpbrk(text, "+"))
                return "this is no MAC address: a table program took it for a number; format the column as text and enter it again";
        return "this is no MAC address; it has 12 digits of 0-9 and a-f, with or without : - or .";
}

/* A table of ours has an apostrophe before what a table program would run as a formula; such programs themselves write none. */
static char *without_guard(char *text)
{
        return *text == '\'' && text[1] && strchr("=+-@|%", text[1]) ? text + 1 : text;
}

static const char *take_cell(const struct column *column, char *text, struct import_phone *phone, char model[static SETTINGS_NAME_MODEL_SIZE])
{
        uint32_t address;

        if (column->kind == PHONES_CSV_MAC)
                return take_mac(text, phone);
        if (!*text)
                return NULL;
        switch (column->kind) {
        case PHONES_CSV_NAME:
                phone->name = without_guard(text);
                return NULL;
        case PHONES_CSV_MODEL:
                phone->model = settings_name_model(text, strlen(text), model) ? model : text;
                return NULL;
        case PHONES_CSV_PROFILES:
                return take_profiles(text, phone);
        case PHONES_CSV_KEY_TYPE:
                phone->key_type = text;
                return strcmp(text, "p256") == 0 || strcmp(text, "rsa2048") == 0 ? NULL : "a key is p256 or rsa2048, or nothing for the site's rule";
        case PHONES_CSV_ADDRESS:
                phone->lan_address = text;
                return text_to_ipv4(text, &address) == 0 ? NULL : "this is no IPv4 address; it reads 192.0.2.10";
        case PHONES_CSV_SIP_USER:
                phone->sip_user = without_guard(text);
                return NULL;
        case PHONES_CSV_SIP_SECRET:
                phone->sip_secret = text;
                return NULL;
        default:
                return NULL;
        }
}

/* How many cells hold what cannot be taken; each is told. */
static unsigned read_cells(struct table *t, struct import_phone *phone, char model[static SETTINGS_NAME_MODEL_SIZE])
{
        unsigned n_bad = 0;

        for (size_t i = 0; i < t->n_columns; i++) {
                /* The row's text is the table's own, to be cut into profiles. */
                char *text = i < t->row.n_cells ? t->row.text + (t->row.cells[i] - t->row.text) : t->row.text + sizeof t->row.text - 1;
                const char *trouble;

                if (i >= t->row.n_cells)
                        *text = 0;
                trouble = t->columns[i].kind == PHONES_CSV_UNKNOWN && !t->columns[i].is_setting ? NULL :
                          !text_is_printable(text) ? "the cell has more than one line, or a character that no phone shows" :
                                                     take_cell(&t->columns[i], text, phone, model);
                if (!trouble)
                        continue;
                import_result_problem(t->result, true, t->file, t->row.line, t->columns[i].kind ? kinds[t->columns[i].kind] : t->columns[i].title,
                                      "%s", trouble);
                n_bad++;
        }
        return n_bad;
}

static int add_settings(struct table *t, struct import_settings *settings)
{
        int r = 0;

        for (size_t i = 0; !r && i < t->n_columns && i < t->row.n_cells; i++)
                if (t->columns[i].is_setting && *t->row.cells[i])
                        r = import_result_add_setting(t->result, settings, &(struct import_setting){
                                .line = t->row.line, .name = t->columns[i].name, .value = t->row.cells[i], .permission = "",
                                .index = t->columns[i].index});
        return r;
}

static int read_phone(struct table *t)
{
        struct import_phone phone = {.line = t->row.line, .file = NULL};
        char model[SETTINGS_NAME_MODEL_SIZE];
        int r;

        if (t->row.n_cells > t->n_columns) {
                import_result_problem(t->result, true, t->file, t->row.line, "", "this line has %zu cells, the first line names %zu columns; a cell that "
                                      "holds the delimiter must stand in quotes (\")", t->row.n_cells, t->n_columns);
                return 0;
        }
        if (read_cells(t, &phone, model))
                return 0;
        r = import_result_add_phone(t->result, &phone);
        return r ? r : add_settings(t, &t->result->phones[t->result->n_phones - 1].settings);
}

/* --- the whole table ------------------------------------------------------------- */

static int by_mac(const void *a, const void *b)
{
        const struct import_phone *x = *(const struct import_phone *const *)a, *y = *(const struct import_phone *const *)b;
        int order = memcmp(x->mac.bytes, y->mac.bytes, sizeof x->mac.bytes);

        return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static int find_doubles(struct table *t)
{
        size_t n = t->result->n_phones;
        const struct import_phone **order = reallocarray(NULL, n + 1, sizeof(struct import_phone *));

        if (!order)
                return PV_ENOMEM;
        for (size_t i = 0; i < n; i++)
                order[i] = &t->result->phones[i];
        qsort(order, n, sizeof(struct import_phone *), by_mac);
        for (size_t i = 0; i + 1 < n; i++)
                if (mac_equal(&order[i]->mac, &order[i + 1]->mac))
                        import_result_problem(t->result, true, t->file, order[i + 1]->line, "mac", "this MAC address stands in line %u already; remove "
                                              "one of the two lines", order[i]->line);
        free(order);
        return 0;
}

/* No word of a delivery note (a type, a number of an article) may look like more than it is: only what is plainly a phone's. */
static bool is_more(const char *title)
{
        enum phones_csv_column kind = phones_csv_column_of(title);
        char name[NAME_SIZE];
        int index;

        if (kind == PHONES_CSV_UNKNOWN)
                return text_starts(title, "setting:") || (phones_csv_setting_of(title, name, sizeof name, &index) && index >= 0);
        if (strcasecmp(title, "number") == 0 || strcasecmp(title, "address") == 0)
                return false;           /* of pieces, of a street */
        return kind == PHONES_CSV_PROFILES || kind == PHONES_CSV_KEY_TYPE || kind == PHONES_CSV_ADDRESS || kind == PHONES_CSV_SIP_USER ||
               kind == PHONES_CSV_SIP_SECRET;
}

bool import_phones_says_more(const char *text, size_t size)
{
        struct phones_csv csv = phones_csv_of(text, size);
        struct phones_csv_row *row = malloc(sizeof *row);
        const char *reason;
        bool has_mac = false, is = false;

        if (row && phones_csv_next(&csv, row, &reason) == 1)
                for (size_t i = 0; i < row->n_cells; i++) {
                        has_mac = has_mac || phones_csv_column_of(row->cells[i]) == PHONES_CSV_MAC;
                        is = is || is_more(row->cells[i]);
                }
        free(row);
        return has_mac && is;
}

bool import_phones_is(const char *text, size_t size)
{
        struct phones_csv csv = phones_csv_of(text, size);
        struct phones_csv_row *row = malloc(sizeof *row);
        const char *reason;
        bool is = false;

        if (row && phones_csv_next(&csv, row, &reason) == 1)
                for (size_t i = 0; i < row->n_cells; i++)
                        is = is || phones_csv_column_of(row->cells[i]) == PHONES_CSV_MAC;
        free(row);
        return is;
}

static int read_rows(struct table *t, struct phones_csv *csv)
{
        const char *reason;
        bool has_header = false;
        int r;

        while (t->result->n_problems < IMPORT_PROBLEMS_MAX && (r = phones_csv_next(csv, &t->row, &reason))) {
                if (r < 0) {
                        import_result_problem(t->result, true, t->file, t->row.line, "", "%s", reason);
                        if (!has_header)
                                return 0;
                        continue;
                }
                r = has_header ? read_phone(t) : read_header(t);
                if (!has_header && r)
                        return 0;
                if (r)
                        return r;
                has_header = true;
        }
        if (!has_header)
                import_result_problem(t->result, true, t->file, 1, "mac", "the file is empty; its first line must name the columns, and one of them must be mac");
        return 0;
}

int import_phones_read(struct import_result *result, const char *file, const char *text, size_t size)
{
        struct table *t = calloc(1, sizeof *t);
        struct phones_csv csv = phones_csv_of(text, size);
        int r;

        if (!t)
                return PV_ENOMEM;
        t->result = result;
        t->file = file;
        r = read_rows(t, &csv);
        if (!r)
                r = find_doubles(t);
        explicit_bzero(t, sizeof *t);
        free(t);
        return r;
}
