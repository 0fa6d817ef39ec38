#ifndef PROVOST_BASE_ROWS_H
#define PROVOST_BASE_ROWS_H

#include "appliance/base/cursor.h"
#include "appliance/base/error.h"

/*
 * A table of texts: one row a line, cells '|' apart, blanks around a cell do
 * not count. Empty lines and lines that begin with '#' are passed over.
 */
#define ROWS_LINE_MAX 1024

struct rows {
        struct cursor text;
        unsigned line;                  /* of the row read last, from 1 */
};

struct rows rows_of(const char *text, size_t size);
/* 1: a row of exactly n_cells cells is in ret_cells, which borrow the text; 0: no more; PV_EMALFORMED. */
int rows_next(struct rows *rows, size_t n_cells, struct cursor *ret_cells) PV_MUST_CHECK;

#endif
