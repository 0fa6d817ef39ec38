#ifndef PROVOST_ADMIN_CSV_H
#define PROVOST_ADMIN_CSV_H

#include <stdio.h>
#include <systemd/sd-json.h>

#include "appliance/base/error.h"

/*
 * Lists as files for spreadsheets (RFC 4180: commas, CRLF, UTF-8). A cell that a spreadsheet would run as a formula begins with an
 * apostrophe, whoever chose its text; control characters become blanks.
 */
enum csv_kind {
        CSV_TEXT, CSV_NUMBER, CSV_FLAG,         /* "yes" or "" */
        CSV_LIST,                               /* texts, blank apart */
        CSV_TIME, CSV_TIME_MS,                  /* seconds or milliseconds since 1970, as 2026-11-22T05:00:00Z */
};

struct csv_column {
        const char *head, *field;
        enum csv_kind kind;
};

struct csv {
        FILE *file;
        char *bytes;
        size_t size;
};

struct call;

/* columns ends with .head == NULL; writes the line of heads. PV_ENOMEM. */
int csv_init(struct csv *csv, const struct csv_column *columns) PV_MUST_CHECK;
void csv_done(struct csv *csv);
/* One line: what a field has not is an empty cell. */
void csv_row(struct csv *csv, const struct csv_column *columns, sd_json_variant *object);
/* Answers with all of it as a file of this name, or that there was no memory. */
void csv_reply(struct csv *csv, struct call *call, const char *name);
/* One cell, guarded and quoted. */
void csv_cell(FILE *file, const char *text);

#endif
