/*
 * table: replies of stations as columns.
 *
 * In:   cells; JSON objects.
 * Out:  aligned text, safe for a terminal.
 * Not:  no call of a station.
 */
#include "appliance/console/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/base/text.h"
#include "appliance/people/reply.h"

struct table {
        const char *heads[TABLE_COLUMNS_MAX];
        size_t n_columns, n_cells, n_room;
        char (*cells)[TABLE_CELL_SIZE];
};

struct table *table_new(const char *const *heads)
{
        struct table *table = calloc(1, sizeof *table);

        if (!table)
                return NULL;
        while (heads[table->n_columns] && table->n_columns < TABLE_COLUMNS_MAX) {
                table->heads[table->n_columns] = heads[table->n_columns];
                table->n_columns++;
        }
        return table;
}

void table_free(struct table *table)
{
        if (!table)
                return;
        free(table->cells);
        free(table);
}

/* The next cell as an empty string; NULL without memory. */
static char *next_cell(struct table *table)
{
        if (!table)
                return NULL;
        if (table->n_cells == table->n_room) {
                size_t room = table->n_room ? table->n_room * 2 : 64;
                void *cells = realloc(table->cells, room * TABLE_CELL_SIZE);

                if (!cells)
                        return NULL;
                table->cells = cells;
                table->n_room = room;
        }
        return table->cells[table->n_cells++];
}

void table_cell(struct table *table, const char *text)
{
        char *cell = next_cell(table);

        if (cell)
                text_escape(cell, TABLE_CELL_SIZE, text, strlen(text));
}

void table_cell_own(struct table *table, const char *text)
{
        char *cell = next_cell(table);

        if (cell && (!text_is_printable(text) || text_copy(cell, TABLE_CELL_SIZE, text) < 0))
                text_escape(cell, TABLE_CELL_SIZE, text, strlen(text));
}

void table_cell_format(struct table *table, const char *format, ...)
{
        char text[TABLE_CELL_SIZE];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        table_cell(table, text);
}

void table_cell_time(struct table *table, int64_t seconds)
{
        char text[TABLE_TIME_SIZE];

        table_cell(table, seconds ? table_time(seconds, -1, text) : "");
}

/* Characters, not bytes: continuation bytes take no place. */
static size_t width_of(const char *text)
{
        size_t width = 0;

        for (; *text; text++)
                width += (*text & 0xc0) != 0x80;
        return width;
}

static void print_row(FILE *file, size_t n, const char *const *cells, const size_t *widths)
{
        size_t last = n;

        while (last > 1 && !*cells[last - 1])
                last--;
        for (size_t i = 0; i < last; i++) {
                fputs(cells[i], file);
                if (i + 1 < last)
                        fprintf(file, "%*s", (int)(widths[i] - width_of(cells[i]) + 2), "");
        }
        fputc('\n', file);
}

void table_print(const struct table *table, FILE *file)
{
        size_t widths[TABLE_COLUMNS_MAX] = {0};
        const char *row[TABLE_COLUMNS_MAX];

        if (!table)
                return;
        for (size_t i = 0; i < table->n_columns; i++)
                widths[i] = width_of(table->heads[i]);
        for (size_t i = 0; i < table->n_cells; i++) {
                size_t width = width_of(table->cells[i]);

                if (width > widths[i % table->n_columns])
                        widths[i % table->n_columns] = width;
        }
        print_row(file, table->n_columns, table->heads, widths);
        if (table->n_cells == 0)
                fputs("(none)\n", file);
        for (size_t at = 0; at + table->n_columns <= table->n_cells; at += table->n_columns) {
                for (size_t i = 0; i < table->n_columns; i++)
                        row[i] = table->cells[at + i];
                print_row(file, table->n_columns, row, widths);
        }
}

const char *table_text(sd_json_variant *object, const char *name)
{
        return reply_text(object, name);
}

int64_t table_number(sd_json_variant *object, const char *name)
{
        return reply_number(object, name);
}

bool table_flag(sd_json_variant *object, const char *name)
{
        return reply_flag(object, name);
}

sd_json_variant *table_item(sd_json_variant *object, const char *name, size_t i)
{
        return reply_item(object, name, i);
}

char *table_time(int64_t seconds, int milliseconds, char ret[static TABLE_TIME_SIZE])
{
        time_t t = (time_t)seconds;
        struct tm tm;

        *ret = 0;
        if (!localtime_r(&t, &tm))
                return ret;
        size_t used = strftime(ret, TABLE_TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
        if (used && milliseconds >= 0)
                (void)snprintf(ret + used, TABLE_TIME_SIZE - used, ".%03d", milliseconds % 1000);
        return ret;
}

/* --- columns --------------------------------------------------------------------- */

static bool is_null(sd_json_variant *object, const char *name)
{
        sd_json_variant *v = sd_json_variant_by_key(object, name);

        return !v || sd_json_variant_is_null(v);
}

static void time_ms_cell(struct table *table, int64_t at_ms)
{
        char text[TABLE_TIME_SIZE];

        table_cell(table, table_time(at_ms / 1000, (int)(at_ms % 1000), text));
}

static void setting_cell(struct table *table, sd_json_variant *object, const char *field)
{
        if (is_null(object, "index"))
                table_cell(table, table_text(object, field));
        else
                table_cell_format(table, "%s[%lld]", table_text(object, field), (long long)table_number(object, "index"));
}

static const char *value_of(sd_json_variant *object, const char *field)
{
        if (is_null(object, field))
                return "-";
        return table_flag(object, "secret") ? "(secret)" : table_text(object, field);
}

void table_cell_of(struct table *table, sd_json_variant *object, const struct table_column *c)
{
        const char *text = table_text(object, c->field);

        switch (c->kind) {
        case TABLE_TEXT:
                if (c->in_words)
                        table_cell_own(table, c->in_words(text));
                else
                        table_cell(table, text);
                return;
        case TABLE_OWN:
                table_cell_own(table, text);
                return;
        case TABLE_NUMBER:
                table_cell_format(table, "%lld", (long long)table_number(object, c->field));
                return;
        case TABLE_TIME:
                table_cell_time(table, table_number(object, c->field));
                return;
        case TABLE_TIME_MS:
                time_ms_cell(table, table_number(object, c->field));
                return;
        case TABLE_SETTING:
                setting_cell(table, object, c->field);
                return;
        case TABLE_VALUE:
                table_cell(table, value_of(object, c->field));
                return;
        case TABLE_ORIGIN:
                table_cell_format(table, "%s%s%s", text, *table_text(object, "owner") ? " " : "", table_text(object, "owner"));
                return;
        case TABLE_FLAG:
                text = table_flag(object, c->field) ? c->word : c->otherwise;
                table_cell(table, text ? text : "");
                return;
        }
}

void table_list(sd_json_variant *object, const char *list, const struct table_column *columns, FILE *file)
{
        const char *heads[TABLE_COLUMNS_MAX + 1] = {NULL};
        struct table *table;
        sd_json_variant *v;

        for (size_t i = 0; i < TABLE_COLUMNS_MAX && columns[i].head; i++)
                heads[i] = columns[i].head;
        table = table_new(heads);
        for (size_t i = 0; (v = table_item(object, list, i)); i++)
                for (const struct table_column *c = columns; c->head; c++)
                        table_cell_of(table, v, c);
        table_print(table, file);
        table_free(table);
}
