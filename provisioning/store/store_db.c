/*
 * store_db: SQLite as the store uses it.
 *
 * In:   a path, SQL that stands in our sources, values.
 * Out:  rows, or a pv_error and a sentence.
 * Not:  no knowledge of phones; nothing outside this folder sees SQLite.
 */
#include "provisioning/store/store_db.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/log.h"
#include "gen/001_initial.sql.embed.h"
#include "gen/002_tunnel_rest.sql.embed.h"
#include "gen/003_scopes.sql.embed.h"
#include "gen/004_secrets.sql.embed.h"
#include "gen/005_trust.sql.embed.h"
#include "gen/006_renewal.sql.embed.h"
#include "gen/007_reach.sql.embed.h"
#include "gen/008_people.sql.embed.h"
#include "gen/009_audit.sql.embed.h"
#include "gen/010_search.sql.embed.h"

#define STATEMENTS_MAX 512
#define OLDEST "schema_oldest"          /* see struct migration */
#define OLDEST_OF "schema_oldest_of"    /* the migration that said so */

struct statement {
        const char *sql;
        sqlite3_stmt *handle;
};

struct store_db {
        sqlite3 *handle;
        struct statement statements[STATEMENTS_MAX];
        size_t n_statements;
        char trouble[256];
};

/*
 * oldest: a program that knows this migration and not those after it can work with the result: it finds what it asks for, and what it
 * writes is whole for newer ones too (new columns have defaults, new tables need no row). From 11 on it must be at most version - 1, so
 * that the system in the other slot starts after an update was undone; what cannot be done so is done in two updates.
 */
static const struct migration {
        int version, oldest;
        const char *sql;
} migrations[] = {
        {1, 1, embed_001_initial_sql},
        {2, 2, embed_002_tunnel_rest_sql},
        {3, 3, embed_003_scopes_sql},
        {4, 4, embed_004_secrets_sql},
        {5, 5, embed_005_trust_sql},
        {6, 6, embed_006_renewal_sql},
        {7, 7, embed_007_reach_sql},
        {8, 8, embed_008_people_sql},
        {9, 9, embed_009_audit_sql},
        {10, 10, embed_010_search_sql},
};

#define N_MIGRATIONS (sizeof migrations / sizeof migrations[0])

static int trouble(struct store_db *db, const char *what)
{
        (void)snprintf(db->trouble, sizeof db->trouble, "%s: %s", what, sqlite3_errmsg(db->handle));
        return PV_ESYSTEM;
}

struct sqlite3 *store_db_handle(struct store_db *db)
{
        return db->handle;
}

const char *store_db_trouble(const struct store_db *db)
{
        return db->trouble;
}

void store_db_set_trouble(struct store_db *db, const char *sentence)
{
        (void)snprintf(db->trouble, sizeof db->trouble, "%s", sentence);
}

/* --- open ---------------------------------------------------------------- */

static int execute(struct store_db *db, const char *sql)
{
        return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : trouble(db, "the database refused");
}

static int version_of(struct store_db *db, int *ret_version)
{
        sqlite3_stmt *statement = NULL;
        int r = PV_ESYSTEM;

        if (sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW) {
                *ret_version = sqlite3_column_int(statement, 0);
                r = 0;
        } else {
                r = trouble(db, "the database cannot be read");
        }
        sqlite3_finalize(statement);
        return r;
}

/* A number of meta, which may be absent. */
static int meta_number(struct store_db *db, const char *name, int *ret_number)
{
        sqlite3_stmt *statement = NULL;
        int r = 0;

        if (sqlite3_prepare_v2(db->handle, "SELECT value FROM meta WHERE name = ?", -1, &statement, NULL) != SQLITE_OK ||
            sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) != SQLITE_OK)
                r = trouble(db, "the database cannot be read");
        else if (sqlite3_step(statement) == SQLITE_ROW)
                *ret_number = sqlite3_column_int(statement, 0);
        sqlite3_finalize(statement);
        return r;
}

/* Of a database whose last migration said nothing: its own version. */
static int oldest_of(struct store_db *db, int version, int *ret_oldest)
{
        int said_by = 0, oldest = version;
        int r = version ? meta_number(db, OLDEST_OF, &said_by) : 0;

        if (r == 0 && version && said_by == version)
                r = meta_number(db, OLDEST, &oldest);
        if (r == 0)
                *ret_oldest = oldest;
        return r;
}

static int keep_meta(struct store_db *db, const char *name, int value)
{
        sqlite3_stmt *statement = NULL;
        int r = PV_ESYSTEM;

        if (sqlite3_prepare_v2(db->handle, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)",
                               -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_bind_int(statement, 2, value) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_DONE)
                r = 0;
        else
                r = trouble(db, "the database refused");
        sqlite3_finalize(statement);
        return r;
}

static int keep_oldest(struct store_db *db, const struct migration *m)
{
        int r = keep_meta(db, OLDEST, m->oldest);

        return r < 0 ? r : keep_meta(db, OLDEST_OF, m->version);
}

static int migrate_one(struct store_db *db, const struct migration *m)
{
        char set_version[64];
        int r;

        (void)snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", m->version);
        r = execute(db, "BEGIN IMMEDIATE");
        if (r == 0)
                r = execute(db, m->sql);
        if (r == 0)
                r = keep_oldest(db, m);
        if (r == 0)
                r = execute(db, set_version);
        if (r == 0)
                r = execute(db, "COMMIT");
        if (r < 0) {
                char reason[sizeof db->trouble];

                memcpy(reason, db->trouble, sizeof reason);
                (void)execute(db, "ROLLBACK");
                memcpy(db->trouble, reason, sizeof reason);
        }
        return r;
}

int store_db_known_schema(void)
{
        return migrations[N_MIGRATIONS - 1].version;
}

/* A newer program was here, and an update was undone. */
static int may_work_with(struct store_db *db, int version)
{
        int known = store_db_known_schema(), oldest = 0;
        int r = oldest_of(db, version, &oldest);

        if (r == 0 && oldest > known) {
                (void)snprintf(db->trouble, sizeof db->trouble,
                               "the database has version %d and needs a program that knows %d, this one knows %d: start the newer system", version,
                               oldest, known);
                return PV_EREFUSED;
        }
        if (r == 0)
                log_reason(LOG_LEVEL_NOTICE, "newer-database", "The database has version %d of a newer system, which allows this one (%d) to work with it.",
                           version, known);
        return r;
}

static int migrate(struct store_db *db)
{
        int version = 0;
        int r = version_of(db, &version);

        if (r == 0 && version > store_db_known_schema())
                return may_work_with(db, version);
        for (size_t i = 0; r == 0 && i < N_MIGRATIONS; i++)
                if (migrations[i].version > version)
                        r = migrate_one(db, &migrations[i]);
        return r;
}

int store_db_schema(struct store_db *db, int64_t *ret_version, int64_t *ret_oldest)
{
        int version = 0, oldest = 0;
        int r = version_of(db, &version);

        if (r == 0)
                r = oldest_of(db, version, &oldest);
        if (r < 0)
                return r;
        *ret_version = version;
        *ret_oldest = oldest;
        return 0;
}

const char *store_db_path(struct store_db *db)
{
        return sqlite3_db_filename(db->handle, "main");
}

int store_db_open(const char *path, struct store_db **ret_db)
{
        struct store_db *db = calloc(1, sizeof *db);
        int r;

        if (!db)
                return PV_ENOMEM;
        r = sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, NULL) == SQLITE_OK
                    ? 0 : trouble(db, "the database cannot be opened");
        if (r == 0) {
                (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
                (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
                (void)sqlite3_busy_timeout(db->handle, 2000);
                r = execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                                "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 4194304;");
        }
        if (r == 0)
                r = migrate(db);
        if (r < 0) {
                log_reason(LOG_LEVEL_ERROR, "database-failed", "%s: %s", path, db->trouble);
                store_db_close(db);
                return r;
        }
        *ret_db = db;
        return 0;
}

int store_db_open_aside(const char *path, bool is_new, struct store_db **ret_db)
{
        struct store_db *db = calloc(1, sizeof *db);
        int flags = is_new ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE : SQLITE_OPEN_READONLY;
        int r;

        if (!db)
                return PV_ENOMEM;
        r = sqlite3_open_v2(path, &db->handle, flags, NULL) == SQLITE_OK ? 0 : PV_ESYSTEM;
        if (r == 0 && is_new)
                r = execute(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -256");
        if (r < 0) {
                store_db_close(db);
                return r;
        }
        *ret_db = db;
        return 0;
}

void store_db_close(struct store_db *db)
{
        if (!db)
                return;
        for (size_t i = 0; i < db->n_statements; i++)
                sqlite3_finalize(db->statements[i].handle);
        sqlite3_close(db->handle);
        free(db);
}

int store_db_script(struct store_db *db, const char *sql)
{
        return execute(db, sql);
}

/* --- statements ---------------------------------------------------------- */

static sqlite3_stmt *prepare(struct store_db *db, const char *sql)
{
        struct statement *s = NULL;

        for (size_t i = 0; i < db->n_statements; i++)
                if (db->statements[i].sql == sql)
                        return db->statements[i].handle;
        if (db->n_statements == STATEMENTS_MAX) {
                (void)snprintf(db->trouble, sizeof db->trouble, "there are more than %d statements", STATEMENTS_MAX);
                return NULL;
        }
        s = &db->statements[db->n_statements];
        if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL) != SQLITE_OK) {
                (void)trouble(db, "the database refused a statement");
                return NULL;
        }
        s->sql = sql;
        db->n_statements++;
        return s->handle;
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *args)
{
        if (type == 's')
                return sqlite3_bind_text(statement, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
        if (type == 'i')
                return sqlite3_bind_int64(statement, at, va_arg(*args, int64_t));
        if (type == 'n')
                return sqlite3_bind_null(statement, at);
        const void *data = va_arg(*args, const void *);
        return sqlite3_bind_blob64(statement, at, data, va_arg(*args, size_t), SQLITE_TRANSIENT);
}

static sqlite3_stmt *prepare_bound(struct store_db *db, const char *sql, const char *types, va_list *args)
{
        sqlite3_stmt *statement = prepare(db, sql);

        if (!statement)
                return NULL;
        sqlite3_reset(statement);
        for (int i = 0; types[i]; i++)
                if (bind_one(statement, i + 1, types[i], args) != SQLITE_OK) {
                        (void)trouble(db, "the database refused a value");
                        return NULL;
                }
        return statement;
}

int store_db_next(struct store_db *db, sqlite3_stmt *rows)
{
        int r;

        if (!rows)
                return PV_ESYSTEM;
        r = sqlite3_step(rows);
        if (r == SQLITE_ROW)
                return 1;
        r = r == SQLITE_DONE ? 0 : trouble(db, "the database failed");
        store_db_end(rows);
        return r;
}

void store_db_end(sqlite3_stmt *rows)
{
        if (!rows)
                return;
        sqlite3_reset(rows);
        sqlite3_clear_bindings(rows);   /* no secret stays in SQLite's memory longer than needed */
}

int store_db_run(struct store_db *db, const char *sql, const char *types, ...)
{
        sqlite3_stmt *statement;
        va_list args;
        int r;

        va_start(args, types);
        statement = prepare_bound(db, sql, types, &args);
        va_end(args);
        while ((r = store_db_next(db, statement)) > 0)
                continue;
        return r;
}

sqlite3_stmt *store_db_query(struct store_db *db, const char *sql, const char *types, ...)
{
        sqlite3_stmt *statement;
        va_list args;

        va_start(args, types);
        statement = prepare_bound(db, sql, types, &args);
        va_end(args);
        return statement;
}

int store_db_number(struct store_db *db, const char *sql, int64_t *ret_number, const char *types, ...)
{
        sqlite3_stmt *statement;
        va_list args;
        int r;

        va_start(args, types);
        statement = prepare_bound(db, sql, types, &args);
        va_end(args);
        r = store_db_next(db, statement);
        if (r <= 0)
                return r < 0 ? r : PV_EUNSET;
        *ret_number = sqlite3_column_int64(statement, 0);
        store_db_end(statement);
        return 0;
}

int64_t store_db_changes(struct store_db *db)
{
        return sqlite3_changes64(db->handle);
}

const char *store_db_text(sqlite3_stmt *rows, int column)
{
        return (const char *)sqlite3_column_text(rows, column);
}

int store_db_columns(sqlite3_stmt *rows)
{
        return sqlite3_column_count(rows);
}

int64_t store_db_int(sqlite3_stmt *rows, int column)
{
        return sqlite3_column_int64(rows, column);
}

bool store_db_is_null(sqlite3_stmt *rows, int column)
{
        return sqlite3_column_type(rows, column) == SQLITE_NULL;
}

const void *store_db_blob(sqlite3_stmt *rows, int column, size_t *ret_size)
{
        const void *data = sqlite3_column_blob(rows, column);

        *ret_size = (size_t)sqlite3_column_bytes(rows, column);
        return data;
}

/* --- transactions -------------------------------------------------------- */

int store_db_begin(struct store_db *db)
{
        return store_db_run(db, "BEGIN IMMEDIATE", "");
}

int store_db_commit(struct store_db *db)
{
        return store_db_run(db, "COMMIT", "");
}

void store_db_rollback(struct store_db *db)
{
        char reason[sizeof db->trouble];

        memcpy(reason, db->trouble, sizeof reason);
        if (store_db_in_transaction(db))
                (void)execute(db, "ROLLBACK");
        memcpy(db->trouble, reason, sizeof reason);
}

int store_db_part_begin(struct store_db *db)
{
        return store_db_run(db, "SAVEPOINT part", "");
}

int store_db_part_keep(struct store_db *db)
{
        return store_db_run(db, "RELEASE part", "");
}

int store_db_part_undo(struct store_db *db)
{
        int r = store_db_run(db, "ROLLBACK TO part", "");

        return r < 0 ? r : store_db_run(db, "RELEASE part", "");
}

bool store_db_in_transaction(const struct store_db *db)
{
        return !sqlite3_get_autocommit(db->handle);
}

void store_db_checkpoint(struct store_db *db)
{
        if (sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
                log_reason(LOG_LEVEL_WARNING, "checkpoint-failed", "%s; it is tried again later", sqlite3_errmsg(db->handle));
}
