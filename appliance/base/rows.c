/*
 * rows: a table of texts, row by row.
 *
 * In:   text with lines of cells.
 * Out:  the cells of one row after the other, without blanks around them.
 * Not:  no allocation, no meaning.
 */
#include "appliance/base/rows.h"

static bool is_blank(uint8_t byte)
{
        return byte == ' ' || byte == '\t';
}

static struct cursor trimmed(struct cursor c)
{
        while (c.at < c.end && is_blank(*c.at))
                c.at++;
        while (c.at < c.end && is_blank(c.end[-1]))
                c.end--;
        return c;
}

/* The last line may lack its line feed. */
static struct cursor next_line(struct rows *rows)
{
        struct cursor rest = rows->text, line = cursor_until(&rows->text, '\n', ROWS_LINE_MAX);

        rows->line++;
        if (rows->text.error && cursor_left(&rest) <= ROWS_LINE_MAX) {
                rows->text = rest;
                line = cursor_sub(&rows->text, cursor_left(&rest));
        }
        return trimmed(line);
}

static int split(struct cursor line, size_t n_cells, struct cursor *ret_cells)
{
        for (size_t i = 0; i + 1 < n_cells; i++)
                ret_cells[i] = trimmed(cursor_until(&line, '|', ROWS_LINE_MAX));
        ret_cells[n_cells - 1] = trimmed(line);
        for (const uint8_t *at = line.at; !line.error && at < line.end; at++)
                if (*at == '|')
                        return PV_EMALFORMED;
        return line.error ? line.error : 1;
}

struct rows rows_of(const char *text, size_t size)
{
        return (struct rows){.text = cursor_of(text, size)};
}

int rows_next(struct rows *rows, size_t n_cells, struct cursor *ret_cells)
{
        while (!rows->text.error && !cursor_at_end(&rows->text)) {
                struct cursor line = next_line(rows);

                if (rows->text.error)
                        break;
                if (!cursor_at_end(&line) && *line.at != '#')
                        return split(line, n_cells, ret_cells);
        }
        return rows->text.error;
}
