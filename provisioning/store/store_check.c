/*
 * store_check: a whole database, looked at before anybody depends on it.
 *
 * In:   a file of somebody's backup, and its key.
 * Out:  lines of a report; the certificates in it.
 * Not:  no certificate is judged here (station pki does that).
 */
#include "provisioning/store/store_check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "appliance/base/file.h"
#include "provisioning/store/store.h"
#include "provisioning/store/store_audit.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_seal.h"

static void say(const struct store_check *check, const char *name, bool is_ok, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(const struct store_check *check, const char *name, bool is_ok, const char *format, ...)
{
        char text[STORE_CHECK_TEXT];
        va_list args;

        va_start(args, format);
        (void)vsnprintf(text, sizeof text, format, args);
        va_end(args);
        check->said(name, is_ok, text, check->userdata);
}

/* --- as it lies there ------------------------------------------------------- */

/* The first column of the row at hand; "" when there is none. Ends the query. */
static bool take_text(struct store_db *db, struct sqlite3_stmt *rows, char *ret, size_t size)
{
        bool is_there = store_db_next(db, rows) > 0;

        (void)snprintf(ret, size, "%s", is_there && store_db_text(rows, 0) ? store_db_text(rows, 0) : "");
        if (is_there)
                store_db_end(rows);
        return is_there;
}

static bool is_whole(struct store_db *db, char *ret_why, size_t size)
{
        char stray[100];

        if (!take_text(db, store_db_query(db, "PRAGMA integrity_check(1)", ""), ret_why, size) || strcmp(ret_why, "ok") != 0)
                return false;
        if (!take_text(db, store_db_query(db, "PRAGMA foreign_key_check", ""), stray, sizeof stray))
                return true;
        (void)snprintf(ret_why, size, "a row of %s belongs to nothing", stray);
        return false;
}

static bool integrity(const struct store_check *check, int64_t *ret_version)
{
        struct store_db *db = NULL;
        char why[300] = "";
        int64_t oldest;
        bool is_ok = store_db_open_aside(check->database, false, &db) == 0 && is_whole(db, why, sizeof why) &&
                     store_db_schema(db, ret_version, &oldest) == 0;

        if (is_ok)
                say(check, "database", true, "The database is whole: every page and index was read.");
        else
                say(check, "database", false, "The database is damaged: %s.", *why ? why : db ? store_db_trouble(db) : "it cannot be opened");
        store_db_close(db);
        return is_ok;
}

/* PV_EREFUSED: it needs a newer program. */
static int schema(const struct store_check *check, int64_t version)
{
        struct store_db *db = NULL;
        int r = store_db_open(check->database, &db);

        store_db_close(db);
        if (r == PV_EREFUSED)
                say(check, "schema", false, "The database has version %lld of a newer system; this one knows %d. Update this appliance first.",
                    (long long)version, store_db_known_schema());
        else if (r < 0)
                say(check, "schema", false, "The database of version %lld cannot be brought to version %d.", (long long)version, store_db_known_schema());
        else
                say(check, "schema", true, "The database has version %lld; this system works with %d.", (long long)version, store_db_known_schema());
        return r;
}

/* --- what is in it ------------------------------------------------------------ */

static int64_t number(struct store *store, const char *sql)
{
        int64_t n = 0;

        return store_db_number(store_db(store), sql, &n, "") == 0 ? n : -1;
}

static void contents(const struct store_check *check, struct store *store)
{
        int64_t approved = number(store, "SELECT count(*) FROM phone WHERE trust = 2"), all = number(store, "SELECT count(*) FROM phone");
        int64_t users = number(store, "SELECT count(*) FROM user"), events = number(store, "SELECT count(*) FROM event");
        int64_t settings = number(store, "SELECT count(*) FROM shared_setting") + number(store, "SELECT count(*) FROM phone_setting");

        say(check, "contents", approved >= 0 && all >= 0 && users >= 0, "%lld phones (%lld of them approved), %lld people, %lld settings, %lld events.",
            (long long)all, (long long)approved, (long long)users, (long long)settings, (long long)events);
}

/* Every secret of every phone opens at its place. */
static void secrets(const struct store_check *check, struct store *store)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac, name, sealed FROM secret", "");
        long n = 0, n_good = 0;
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0) {
                const struct store_place place = {.table = "secret", .row = store_db_text(rows, 0), .name = store_db_text(rows, 1)};
                size_t size;
                const void *sealed = store_db_blob(rows, 2, &size);
                char *text = NULL;

                n++;
                n_good += store_opened(store, &place, sealed, size, &text) == 0;
                store_seal_forget(text);
        }
        say(check, "secrets", r == 0 && n == n_good, "%ld of %ld secrets of phones open with the key.", n_good, n);
}

static void audit(const struct store_check *check, struct store *store)
{
        struct store_request request = {.actor = "root"};
        sd_json_variant *broken;
        int r;

        do {
                request.again = false;
                r = store_read(store, store_op_check_audit, &request);
        } while (r == 0 && request.again);
        broken = r == 0 ? sd_json_variant_by_key(request.out, "broken") : NULL;
        if (broken && sd_json_variant_is_integer(broken))
                say(check, "audit", false, "Entry %lld of the audit does not fit those before it.", (long long)sd_json_variant_integer(broken));
        else
                say(check, "audit", r == 0, r == 0 ? "The audit is without a gap." : "The audit cannot be read.");
        store_request_done(&request);
}

/* --- for pki --------------------------------------------------------------------- */

static bool put(int fd, const char *text)
{
        return file_write_all(fd, text, strlen(text)) == 0;
}

static void certificates(const struct store_check *check, struct store *store)
{
        struct sqlite3_stmt *rows = store_db_query(store_db(store), "SELECT mac, certificate FROM phone WHERE trust = 2 AND certificate IS NOT NULL "
                                                   "UNION ALL SELECT mac, certificate FROM renewal", "");
        bool is_ok = true;
        int r;

        while ((r = store_db_next(store_db(store), rows)) > 0)
                is_ok = is_ok && put(check->certificates, store_db_text(rows, 0)) && put(check->certificates, "\n") &&
                        put(check->certificates, store_db_text(rows, 1)) && put(check->certificates, "\n");
        if (r < 0 || !is_ok)
                say(check, "certificates", false, "The phones' certificates cannot be read out of the database.");
}

/* --- all of it -------------------------------------------------------------------- */

void store_check_run(const struct store_check *check, bool *ret_newer)
{
        struct store *store = NULL;
        int64_t version = 0;
        int r;

        *ret_newer = false;
        if (!integrity(check, &version))
                return;
        r = schema(check, version);
        *ret_newer = r == PV_EREFUSED;
        if (r < 0)
                return;
        r = store_open(check->database, check->key, &store);
        say(check, "store-key", r == 0, r == 0 ? "The key of the store fits the database." : "The key of the store does not fit the database.");
        if (r < 0)
                return;
        contents(check, store);
        secrets(check, store);
        audit(check, store);
        if (check->certificates >= 0)
                certificates(check, store);
        store_close(store);
}
