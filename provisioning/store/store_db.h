#ifndef PROVOST_STORE_DB_H
#define PROVOST_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"

struct store_db;
struct sqlite3;
struct sqlite3_stmt;

/*
 * The database file: one connection, one writer. Opens or makes it, in WAL
 * with synchronous=FULL, and runs the migrations that it lacks. One that a newer
 * program made is used as it is when that program said that this one may
 * (PV_EREFUSED otherwise). PV_ESYSTEM with one log line when that does not work.
 */
int store_db_open(const char *path, struct store_db **ret_db) PV_MUST_CHECK;
/* One that lies aside: is_new: an empty one for a copy, without a journal; else as it is, for reading alone. Nothing is logged. */
int store_db_open_aside(const char *path, bool is_new, struct store_db **ret_db) PV_MUST_CHECK;
void store_db_close(struct store_db *db);
/* The newest migration that this program knows. */
int store_db_known_schema(void);
/* The migration that the database is at, and the oldest one that a program must know to work with it. */
int store_db_schema(struct store_db *db, int64_t *ret_version, int64_t *ret_oldest) PV_MUST_CHECK;
/* Where the database is. */
const char *store_db_path(struct store_db *db);
/* The sentence about the last failure of SQLite; static storage of db. */
const char *store_db_trouble(const struct store_db *db);
/* Another failure of what is kept, in the same place; "" forgets the last one. */
void store_db_set_trouble(struct store_db *db, const char *sentence);

/*
 * Statements are prepared once: `sql` must be a string literal. `types` has one
 * letter per parameter: s text (NULL is null), i int64_t, b const void * and size_t, n null.
 */
int store_db_run(struct store_db *db, const char *sql, const char *types, ...) PV_MUST_CHECK;
/* All of a script of ours, without parameters and rows. */
int store_db_script(struct store_db *db, const char *sql) PV_MUST_CHECK;
/* For statements that name tables, which are no parameters. */
struct sqlite3 *store_db_handle(struct store_db *db);
/* A query: `while ((r = store_db_next(rows)) > 0)`. NULL on failure. Must be read to its end (r <= 0) or ended. */
struct sqlite3_stmt *store_db_query(struct store_db *db, const char *sql, const char *types, ...);
/* 1: a row is there, 0: no more, negative: failure. The statement is reset unless 1. NULL gives PV_ESYSTEM. */
int store_db_next(struct store_db *db, struct sqlite3_stmt *rows);
void store_db_end(struct sqlite3_stmt *rows);
/* Rows changed by the last store_db_run(). */
int64_t store_db_changes(struct store_db *db);

/* Columns of the row at hand. Text: NULL for null, valid until the next step. */
const char *store_db_text(struct sqlite3_stmt *rows, int column);
int store_db_columns(struct sqlite3_stmt *rows);
int64_t store_db_int(struct sqlite3_stmt *rows, int column);
bool store_db_is_null(struct sqlite3_stmt *rows, int column);
const void *store_db_blob(struct sqlite3_stmt *rows, int column, size_t *ret_size);

/* One number: the first column of the first row, or PV_EUNSET. */
int store_db_number(struct store_db *db, const char *sql, int64_t *ret_number, const char *types, ...) PV_MUST_CHECK;

int store_db_begin(struct store_db *db) PV_MUST_CHECK;
int store_db_commit(struct store_db *db) PV_MUST_CHECK;
void store_db_rollback(struct store_db *db);
/* A part of the transaction that can be undone alone. */
int store_db_part_begin(struct store_db *db) PV_MUST_CHECK;
int store_db_part_keep(struct store_db *db) PV_MUST_CHECK;
int store_db_part_undo(struct store_db *db) PV_MUST_CHECK;
/* False when SQLite ended the transaction by itself (disk full, I/O error). */
bool store_db_in_transaction(const struct store_db *db);
/* Empties the write-ahead log, so that what was deleted is nowhere in it. */
void store_db_checkpoint(struct store_db *db);

#endif
