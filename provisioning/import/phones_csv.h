#ifndef PROVOST_IMPORT_PHONES_CSV_H
#define PROVOST_IMPORT_PHONES_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/base/error.h"

/*
 * Lines of cells (RFC 4180): a comma, semicolon or tab apart, in quotes when they hold one or a line end, "" for a quote
 * in quotes. Blanks around a cell do not count. Text is UTF-8 as encoding_reader leaves it.
 */
#define PHONES_CSV_CELLS_MAX 128
#define PHONES_CSV_CELL_MAX 2048
#define PHONES_CSV_LINE_MAX 16384       /* bytes of all cells of one line */

struct phones_csv {
        const char *at, *end;
        unsigned line;                  /* of what is read next, from 1 */
        char delimiter;
};

struct phones_csv_row {
        unsigned line;
        size_t n_cells;
        const char *cells[PHONES_CSV_CELLS_MAX];        /* into text */
        char text[PHONES_CSV_LINE_MAX];
};

/* The delimiter is the one that the first line has most of. */
struct phones_csv phones_csv_of(const char *text, size_t size);
/*
 * 1: a row; lines without any text are passed over. 0: no more. PV_EMALFORMED: ret->line is broken and *ret_reason says
 * why (static); go on with the next.
 */
int phones_csv_next(struct phones_csv *csv, struct phones_csv_row *ret, const char **ret_reason) PV_MUST_CHECK;

/* What a column holds, by its name in the header line. */
enum phones_csv_column {
        PHONES_CSV_UNKNOWN, PHONES_CSV_MAC, PHONES_CSV_NAME, PHONES_CSV_MODEL, PHONES_CSV_PROFILES, PHONES_CSV_KEY_TYPE,
        PHONES_CSV_ADDRESS, PHONES_CSV_SIP_USER, PHONES_CSV_SIP_SECRET,
};

/* Case, blanks, hyphens and underscores do not count: "MAC address", "mac-address", "MacAddress". */
enum phones_csv_column phones_csv_column_of(const char *name);

/* "fkey[3]", "language": a setting's name and index (-1: none). False: it has not that form. */
bool phones_csv_setting_of(const char *name, char *ret_name, size_t size, int *ret_index);

#endif
