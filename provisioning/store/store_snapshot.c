/*
 * store_snapshot: the rows of one phone, to be put back.
 *
 * In:   the database as it is, whatever columns it has by now.
 * Out:  JSON; the same rows again.
 * Not:  no decision when (store_replace), and nothing that is no row of this phone.
 */
#include "provisioning/store/store_snapshot.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/base/text.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_list.h"

#define SQL_SIZE 4096
#define BLOB_KEY "blob"

/* The phone's own row first: what a trigger takes away with it is put back after it. What others heard of it (evidence), when it was
 * inspected (seal) and where it stands in a roll-out is not undone. */
static const char *const tables[] = {"phone", "phone_profile", "phone_setting", "phone_row", "secret", "phone_document", "renewal"};
#define N_TABLES (sizeof tables / sizeof tables[0])

static int trouble(struct store *store)
{
        store_db_set_trouble(store_db(store), sqlite3_errmsg(store_db_handle(store_db(store))));
        return PV_ESYSTEM;
}

/* Tables and columns are not parameters, so such statements are made each time. */
static int prepare(struct store *store, const char *sql, sqlite3_stmt **ret_statement)
{
        return sqlite3_prepare_v2(store_db_handle(store_db(store)), sql, -1, ret_statement, NULL) == SQLITE_OK ? 0 : trouble(store);
}

static int prepare_select(struct store *store, const char *table, const char *mac, sqlite3_stmt **ret_statement)
{
        char sql[SQL_SIZE];
        int r;

        (void)snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE mac = ?", table);
        r = prepare(store, sql, ret_statement);
        if (r == 0 && sqlite3_bind_text(*ret_statement, 1, mac, -1, SQLITE_TRANSIENT) != SQLITE_OK)
                r = trouble(store);
        return r;
}

/* --- taking -------------------------------------------------------------- */

static int blob_json(sqlite3_stmt *row, int column, sd_json_variant **ret)
{
        size_t size = (size_t)sqlite3_column_bytes(row, column);
        const void *bytes = sqlite3_column_blob(row, column);
        char *hex = malloc(2 * size + 1);
        int r;

        if (!hex)
                return PV_ENOMEM;
        r = sd_json_buildo(ret, SD_JSON_BUILD_PAIR_STRING(BLOB_KEY, text_hex(hex, size ? bytes : "", size)));
        free(hex);
        return pv_error_from_errno(r);
}

static int value_json(sqlite3_stmt *row, int column, sd_json_variant **ret)
{
        switch (sqlite3_column_type(row, column)) {
        case SQLITE_INTEGER: return pv_error_from_errno(sd_json_variant_new_integer(ret, sqlite3_column_int64(row, column)));
        case SQLITE_TEXT: return pv_error_from_errno(sd_json_variant_new_string(ret, (const char *)sqlite3_column_text(row, column)));
        case SQLITE_BLOB: return blob_json(row, column, ret);
        default: return pv_error_from_errno(sd_json_variant_new_null(ret));
        }
}

static int row_json(sqlite3_stmt *row, sd_json_variant **ret)
{
        int r = 0;

        for (int i = 0; r == 0 && i < sqlite3_column_count(row); i++) {
                sd_json_variant *value = NULL;

                r = value_json(row, i, &value);
                if (r == 0)
                        r = pv_error_from_errno(sd_json_variant_set_field(ret, sqlite3_column_name(row, i), value));
                sd_json_variant_unref(value);
        }
        return r;
}

static int table_json(struct store *store, const char *table, const char *mac, sd_json_variant **ret)
{
        struct store_list list = {0};
        sqlite3_stmt *rows = NULL;
        int r = prepare_select(store, table, mac, &rows), step = SQLITE_ROW;

        while (r == 0 && (step = sqlite3_step(rows)) == SQLITE_ROW) {
                sd_json_variant *item = NULL;

                r = row_json(rows, &item);
                if (r == 0)
                        r = store_list_add(&list, 0, item);
                else
                        sd_json_variant_unref(item);
        }
        if (r == 0 && step != SQLITE_DONE)
                r = trouble(store);
        sqlite3_finalize(rows);
        if (r == 0)
                r = store_list_take(&list, ret);
        store_list_done(&list);
        return r;
}

int store_snapshot_take(struct store *store, const char *mac, sd_json_variant **ret_snapshot)
{
        sd_json_variant *snapshot = NULL;
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_TABLES; i++) {
                sd_json_variant *rows = NULL;

                r = table_json(store, tables[i], mac, &rows);
                if (r == 0)
                        r = pv_error_from_errno(sd_json_variant_set_field(&snapshot, tables[i], rows));
                sd_json_variant_unref(rows);
        }
        if (r < 0) {
                sd_json_variant_unref(snapshot);
                return r;
        }
        *ret_snapshot = snapshot;
        return 0;
}

/* --- putting back -------------------------------------------------------- */

static int bind_blob(struct store *store, sqlite3_stmt *statement, int place, const char *hex)
{
        size_t size = strlen(hex) / 2;
        uint8_t *bytes = malloc(size + 1);
        int r = bytes ? 0 : PV_ENOMEM;

        for (size_t i = 0; r == 0 && i < size; i++)
                if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
                        r = PV_EMALFORMED;
        if (r == 0 && sqlite3_bind_blob(statement, place, bytes, (int)size, SQLITE_TRANSIENT) != SQLITE_OK)
                r = trouble(store);
        free(bytes);
        return r;
}

static int bind_value(struct store *store, sqlite3_stmt *statement, int place, sd_json_variant *value)
{
        int r = SQLITE_OK;

        if (sd_json_variant_is_object(value)) {
                sd_json_variant *hex = sd_json_variant_by_key(value, BLOB_KEY);

                return hex ? bind_blob(store, statement, place, sd_json_variant_string(hex)) : PV_EMALFORMED;
        }
        if (sd_json_variant_is_string(value))
                r = sqlite3_bind_text(statement, place, sd_json_variant_string(value), -1, SQLITE_TRANSIENT);
        else if (sd_json_variant_is_integer(value))
                r = sqlite3_bind_int64(statement, place, sd_json_variant_integer(value));
        else
                r = sqlite3_bind_null(statement, place);
        return r == SQLITE_OK ? 0 : trouble(store);
}

/* Columns are those of the database now: one that an update brought meanwhile keeps its default, or what it is. */
static size_t append_columns(sqlite3_stmt *shape, sd_json_variant *row, const char *format_set, char *sql, size_t n)
{
        bool is_first = true;

        for (int i = 0; i < sqlite3_column_count(shape); i++) {
                const char *name = sqlite3_column_name(shape, i);

                if (!sd_json_variant_by_key(row, name))
                        continue;
                n += (size_t)snprintf(sql + n, n < SQL_SIZE ? SQL_SIZE - n : 0, "%s%s%s", is_first ? "" : ", ", name, format_set);
                is_first = false;
        }
        return n;
}

static size_t append_marks(sqlite3_stmt *shape, sd_json_variant *row, char *sql, size_t n)
{
        bool is_first = true;

        for (int i = 0; i < sqlite3_column_count(shape); i++)
                if (sd_json_variant_by_key(row, sqlite3_column_name(shape, i))) {
                        n += (size_t)snprintf(sql + n, n < SQL_SIZE ? SQL_SIZE - n : 0, "%s?", is_first ? "" : ", ");
                        is_first = false;
                }
        return n;
}

static int run_with(struct store *store, const char *sql, sqlite3_stmt *shape, sd_json_variant *row, const char *mac)
{
        sqlite3_stmt *statement = NULL;
        int r = prepare(store, sql, &statement), place = 0;

        for (int i = 0; r == 0 && i < sqlite3_column_count(shape); i++) {
                sd_json_variant *value = sd_json_variant_by_key(row, sqlite3_column_name(shape, i));

                if (value)
                        r = bind_value(store, statement, ++place, value);
        }
        if (r == 0 && mac && sqlite3_bind_text(statement, ++place, mac, -1, SQLITE_TRANSIENT) != SQLITE_OK)
                r = trouble(store);
        if (r == 0 && sqlite3_step(statement) != SQLITE_DONE)
                r = trouble(store);
        sqlite3_finalize(statement);
        return r;
}

static int put_row(struct store *store, sqlite3_stmt *shape, const char *table, sd_json_variant *row)
{
        char sql[SQL_SIZE];
        size_t n = (size_t)snprintf(sql, sizeof sql, "INSERT INTO %s (", table);

        n = append_columns(shape, row, "", sql, n);
        if (n < sizeof sql)
                n += (size_t)snprintf(sql + n, sizeof sql - n, ") VALUES (");
        n = append_marks(shape, row, sql, n);
        if (n + 2 > sizeof sql)
                return PV_ETOOLARGE;
        (void)snprintf(sql + n, sizeof sql - n, ")");
        return run_with(store, sql, shape, row, NULL);
}

/* The phone's row stays, and with it what hangs on it. */
static int put_phone(struct store *store, sqlite3_stmt *shape, sd_json_variant *given, const char *leave_out, const char *mac)
{
        sd_json_variant *row = sd_json_variant_ref(given);
        const char *const names[] = {leave_out, NULL};
        char sql[SQL_SIZE];
        size_t n = (size_t)snprintf(sql, sizeof sql, "UPDATE phone SET ");
        int r = pv_error_from_errno(sd_json_variant_filter(&row, (char **)names));

        if (r >= 0)
                n = append_columns(shape, row, " = ?", sql, n);
        if (r >= 0 && n + sizeof " WHERE mac = ?" > sizeof sql)
                r = PV_ETOOLARGE;
        if (r >= 0) {
                (void)snprintf(sql + n, sizeof sql - n, " WHERE mac = ?");
                r = run_with(store, sql, shape, row, mac);
        }
        sd_json_variant_unref(row);
        return r;
}

static int clear_table(struct store *store, const char *table, const char *mac)
{
        char sql[SQL_SIZE];
        sqlite3_stmt *statement = NULL;
        int r;

        (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE mac = ?", table);
        r = prepare(store, sql, &statement);
        if (r == 0 && (sqlite3_bind_text(statement, 1, mac, -1, SQLITE_TRANSIENT) != SQLITE_OK || sqlite3_step(statement) != SQLITE_DONE))
                r = trouble(store);
        sqlite3_finalize(statement);
        return r;
}

static int restore_table(struct store *store, const char *table, const char *mac, sd_json_variant *rows, const char *leave_out)
{
        bool is_phone = text_equal(table, "phone");
        sqlite3_stmt *shape = NULL;
        int r = is_phone ? 0 : clear_table(store, table, mac);

        if (r == 0)
                r = prepare_select(store, table, mac, &shape);
        for (size_t i = 0, n = sd_json_variant_elements(rows); r == 0 && i < n; i++) {
                sd_json_variant *row = sd_json_variant_by_index(rows, i);

                r = is_phone ? put_phone(store, shape, row, leave_out, mac) : put_row(store, shape, table, row);
        }
        sqlite3_finalize(shape);
        return r;
}

int store_snapshot_restore(struct store *store, const char *mac, sd_json_variant *snapshot, const char *leave_out)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < N_TABLES; i++)
                r = restore_table(store, tables[i], mac, sd_json_variant_by_key(snapshot, tables[i]), leave_out);
        return r;
}

int64_t store_snapshot_number(sd_json_variant *snapshot, const char *column, int64_t otherwise)
{
        sd_json_variant *rows = sd_json_variant_by_key(snapshot, "phone");
        sd_json_variant *value = sd_json_variant_elements(rows) ? sd_json_variant_by_key(sd_json_variant_by_index(rows, 0), column) : NULL;

        return value && sd_json_variant_is_integer(value) ? sd_json_variant_integer(value) : otherwise;
}
