/*
 * phones_csv: lines of cells, and what a column's name means.
 *
 * In:   UTF-8 text.
 * Out:  rows; the meaning of a header's cell.
 * Not:  no allocation; nothing of phones (see import_phones).
 */
#include "provisioning/import/phones_csv.h"

#include <stdint.h>
#include <string.h>

#include "appliance/base/text.h"

#define INDEX_MAX 9999

struct phones_csv phones_csv_of(const char *text, size_t size)
{
        const char *stop = memchr(text, '\n', size);
        struct phones_csv csv = {.at = text, .end = text + size, .line = 1, .delimiter = ','};
        size_t n[3] = {0}, best = 0;

        for (const char *p = text; p < (stop ? stop : csv.end); p++)
                for (size_t i = 0; i < 3; i++)
                        n[i] += *p == ",;\t"[i];
        for (size_t i = 1; i < 3; i++)
                if (n[i] > n[best])
                        best = i;
        csv.delimiter = ",;\t"[best];
        return csv;
}

/* --- cells --------------------------------------------------------------------- */

struct cell {
        char *start, *at, *end;         /* room for it; `at` is written next */
        char *solid;                    /* end of what must not be trimmed: what stood in quotes */
};

static bool put(struct cell *cell, char c)
{
        if (cell->at == cell->end || cell->at - cell->start == PHONES_CSV_CELL_MAX)
                return false;
        *cell->at++ = c;
        return true;
}

/* After the opening quote: everything up to the closing one. */
static const char *take_quoted(struct phones_csv *csv, struct cell *cell)
{
        for (;;) {
                if (csv->at == csv->end)
                        return "a quote (\") is opened and never closed; close it, or write \"\" for a quote in a cell";
                char c = *csv->at++;

                csv->line += c == '\n';
                if (c == '"') {
                        if (csv->at == csv->end || *csv->at != '"')
                                break;
                        csv->at++;
                }
                if (!put(cell, c))
                        return "a cell or the line is too long; is a closing quote (\") missing?";
        }
        cell->solid = cell->at;
        return NULL;
}

static bool ends_cell(const struct phones_csv *csv)
{
        return csv->at == csv->end || *csv->at == csv->delimiter || *csv->at == '\n';
}

/* One cell, up to its delimiter or line end, which stays. */
static const char *take_cell(struct phones_csv *csv, struct cell *cell)
{
        const char *trouble = NULL;

        while (csv->at < csv->end && *csv->at == ' ')
                csv->at++;
        if (csv->at < csv->end && *csv->at == '"') {
                csv->at++;
                trouble = take_quoted(csv, cell);
                while (!trouble && csv->at < csv->end && *csv->at == ' ')
                        csv->at++;
                if (!trouble && !ends_cell(csv))
                        trouble = "something follows a closing quote (\"); write \"\" for a quote in a cell";
        } else {
                while (!trouble && !ends_cell(csv))
                        trouble = put(cell, *csv->at++) ? NULL : "a cell or the line is too long";
        }
        while (cell->at > cell->solid && cell->at[-1] == ' ')
                cell->at--;
        return trouble;
}

static void skip_line(struct phones_csv *csv)
{
        const char *stop = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));

        csv->line += stop != NULL;
        csv->at = stop ? stop + 1 : csv->end;
}

/* A line of delimiters alone is what table programs leave at the end. */
static bool is_blank_row(const struct phones_csv_row *row)
{
        for (size_t i = 0; i < row->n_cells; i++)
                if (*row->cells[i])
                        return false;
        return true;
}

static const char *take_row(struct phones_csv *csv, struct phones_csv_row *row)
{
        char *at = row->text, *end = row->text + sizeof row->text - 1;

        row->n_cells = 0;
        for (;;) {
                struct cell cell = {.start = at, .at = at, .end = end, .solid = at};
                const char *trouble = row->n_cells == PHONES_CSV_CELLS_MAX ? "the line has more than 128 cells" : take_cell(csv, &cell);

                if (trouble)
                        return trouble;
                *cell.at = 0;
                row->cells[row->n_cells++] = cell.start;
                at = cell.at < end ? cell.at + 1 : end;
                if (csv->at == csv->end || *csv->at == '\n')
                        return NULL;
                csv->at++;
        }
}

int phones_csv_next(struct phones_csv *csv, struct phones_csv_row *ret, const char **ret_reason)
{
        while (csv->at < csv->end) {
                const char *trouble;

                ret->line = csv->line;
                trouble = take_row(csv, ret);
                skip_line(csv);
                if (trouble) {
                        *ret_reason = trouble;
                        return PV_EMALFORMED;
                }
                if (!is_blank_row(ret))
                        return 1;
        }
        return 0;
}

/* --- columns ------------------------------------------------------------------- */

static const struct {
        const char *name;
        enum phones_csv_column column;
} columns[] = {
        {"mac", PHONES_CSV_MAC}, {"macaddress", PHONES_CSV_MAC}, {"macaddr", PHONES_CSV_MAC}, {"macid", PHONES_CSV_MAC},
        {"hwaddress", PHONES_CSV_MAC}, {"hardwareaddress", PHONES_CSV_MAC}, {"ethernetaddress", PHONES_CSV_MAC},
        {"name", PHONES_CSV_NAME}, {"phonename", PHONES_CSV_NAME}, {"devicename", PHONES_CSV_NAME}, {"displayname", PHONES_CSV_NAME},
        {"fullname", PHONES_CSV_NAME}, {"label", PHONES_CSV_NAME}, {"description", PHONES_CSV_NAME},
        {"model", PHONES_CSV_MODEL}, {"phonemodel", PHONES_CSV_MODEL}, {"phonetype", PHONES_CSV_MODEL}, {"devicemodel", PHONES_CSV_MODEL},
        {"devicetype", PHONES_CSV_MODEL}, {"type", PHONES_CSV_MODEL},
        {"profile", PHONES_CSV_PROFILES}, {"profiles", PHONES_CSV_PROFILES}, {"group", PHONES_CSV_PROFILES}, {"groups", PHONES_CSV_PROFILES},
        {"key", PHONES_CSV_KEY_TYPE}, {"keytype", PHONES_CSV_KEY_TYPE},
        {"address", PHONES_CSV_ADDRESS}, {"ip", PHONES_CSV_ADDRESS}, {"ipaddress", PHONES_CSV_ADDRESS}, {"lanaddress", PHONES_CSV_ADDRESS},
        {"fixedaddress", PHONES_CSV_ADDRESS}, {"reservedaddress", PHONES_CSV_ADDRESS},
        {"extension", PHONES_CSV_SIP_USER}, {"ext", PHONES_CSV_SIP_USER}, {"number", PHONES_CSV_SIP_USER}, {"sipuser", PHONES_CSV_SIP_USER},
        {"sipusername", PHONES_CSV_SIP_USER}, {"sipaccount", PHONES_CSV_SIP_USER}, {"username", PHONES_CSV_SIP_USER},
        {"user", PHONES_CSV_SIP_USER}, {"account", PHONES_CSV_SIP_USER},
        {"secret", PHONES_CSV_SIP_SECRET}, {"sipsecret", PHONES_CSV_SIP_SECRET}, {"password", PHONES_CSV_SIP_SECRET},
        {"sippassword", PHONES_CSV_SIP_SECRET}, {"sippass", PHONES_CSV_SIP_SECRET},
};

enum phones_csv_column phones_csv_column_of(const char *name)
{
        char plain[32];
        size_t n = 0;

        for (; *name && n < sizeof plain - 1; name++)
                if (!strchr(" _-.", *name))
                        plain[n++] = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
        plain[n] = 0;
        for (size_t i = 0; !*name && i < sizeof columns / sizeof columns[0]; i++)
                if (strcmp(plain, columns[i].name) == 0)
                        return columns[i].column;
        return PHONES_CSV_UNKNOWN;
}

bool phones_csv_setting_of(const char *name, char *ret_name, size_t size, int *ret_index)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";
        size_t n = strspn(name, letters), digits;
        char number[8];
        uint32_t index;

        if (!n || n >= size || strchr("0123456789.-", name[0]))
                return false;
        *ret_index = -1;
        if (name[n] == '[') {
                digits = strspn(name + n + 1, "0123456789");
                if (!digits || digits >= sizeof number || strcmp(name + n + 1 + digits, "]") != 0)
                        return false;
                memcpy(number, name + n + 1, digits);
                number[digits] = 0;
                if (text_to_u32(number, INDEX_MAX, &index) < 0)
                        return false;
                *ret_index = (int)index;
        } else if (name[n]) {
                return false;
        }
        memcpy(ret_name, name, n);
        ret_name[n] = 0;
        return true;
}
