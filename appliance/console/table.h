#ifndef PROVOST_CONSOLE_TABLE_H
#define PROVOST_CONSOLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-json.h>

/* Tables for people, and readers of replies that never fail. */

#define TABLE_COLUMNS_MAX 12
#define TABLE_CELL_SIZE 320

struct table;

/* heads: ended by NULL. NULL without memory; the other calls then do nothing. */
struct table *table_new(const char *const *heads);
void table_free(struct table *table);
/* The next cell; foreign text is made fit for a terminal and cut at TABLE_CELL_SIZE. */
void table_cell(struct table *table, const char *text);
/* The same for text of our own that needs no escapes; whatever is not printable is still escaped. */
void table_cell_own(struct table *table, const char *text);
void table_cell_format(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Local date and time of seconds since 1970, "" for 0. */
void table_cell_time(struct table *table, int64_t seconds);
void table_print(const struct table *table, FILE *file);

/* Fields of an object: "" / 0 / false / an empty list when absent, null or of another type. */
const char *table_text(sd_json_variant *object, const char *name);
int64_t table_number(sd_json_variant *object, const char *name);
bool table_flag(sd_json_variant *object, const char *name);
/* Walks an array field: for (size_t i = 0; (v = table_item(reply, "phones", i)); i++) */
sd_json_variant *table_item(sd_json_variant *object, const char *name, size_t i);

/* One column of table_list(): which field of each object, and how it is shown. */
enum table_kind {
        TABLE_TEXT,
        TABLE_OWN,              /* as table_cell_own() */
        TABLE_NUMBER,
        TABLE_TIME,
        TABLE_TIME_MS,
        TABLE_SETTING,          /* NAME or NAME[INDEX]: field is the name, "index" stands beside it */
        TABLE_VALUE,            /* "(secret)" when "secret" stands beside it, "-" when it is null */
        TABLE_ORIGIN,           /* "profile reception": "owner" stands beside it, or does not */
        TABLE_FLAG,             /* `word` when it is true, else `otherwise` */
};

struct table_column {
        const char *head, *field;
        enum table_kind kind;
        const char *word, *otherwise;           /* TABLE_FLAG; may be NULL */
        const char *(*in_words)(const char *);  /* TABLE_TEXT: what is shown instead; may be NULL */
};

#define TABLE_COLUMN(head_, field_, kind_) {.head = head_, .field = field_, .kind = TABLE_##kind_}

/* "(not in the catalogue)" beside a setting that is not known. */
#define TABLE_UNKNOWN {.head = "", .field = "known", .kind = TABLE_FLAG, .otherwise = "(not in the catalogue)"}

/* A cell as this column says. */
void table_cell_of(struct table *table, sd_json_variant *object, const struct table_column *column);
/* All of object's array `list`; columns end with .head == NULL. */
void table_list(sd_json_variant *object, const char *list, const struct table_column *columns, FILE *file);

#define TABLE_TIME_SIZE 32
/* "2026-11-21 18:42:07", with ".123" when milliseconds is not negative. Returns ret. */
char *table_time(int64_t seconds, int milliseconds, char ret[static TABLE_TIME_SIZE]);

#endif
