/*
 * test_copy: a copy of the database while it is in use; one that lies aside is looked at; one that a newer system made is used when it says so.
 */
#include <sqlite3.h>
#include <sys/wait.h>

#include "store_fixture.h"

#include "provisioning/store/store_check.h"
#include "provisioning/store/store_copy.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_room.h"

#define KNOWN 10

static char copy_path[128], report[8192];
static int n_bad;

/* --- copies -------------------------------------------------------------------------- */

static void add_phones(int from, int to)
{
        char call[160];

        for (int i = from; i < to; i++) {
                (void)snprintf(call, sizeof call, "{\"mac\":\"000413%06x\",\"approve\":true}", i);
                CHECK_STR(DO(add_phone, call), "");
        }
}

static struct store_request snapshot_part(struct store_request request)
{
        request.again = false;
        CHECK_EQ_INT(store_read(fixture, store_op_snapshot, &request), 0);
        return request;
}

static int64_t asked(const char *path, const char *sql)
{
        sqlite3 *handle = NULL;
        sqlite3_stmt *row = NULL;
        int64_t n = -1;

        CHECK_EQ_INT(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        if (sqlite3_prepare_v2(handle, sql, -1, &row, NULL) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
                n = sqlite3_column_int64(row, 0);
        sqlite3_finalize(row);
        sqlite3_close(handle);
        return n;
}

static void begin(void)
{
        fixture_begin();
        (void)snprintf(copy_path, sizeof copy_path, "%s.copy", fixture_db);
}

TEST(a_copy_has_what_was_written_while_it_was_made)
{
        struct store_request request = {.actor = "root"};
        int n_parts = 0;

        begin();
        add_phones(0, 300);
        request = snapshot_part(request);
        CHECK(request.again);
        add_phones(300, 310);
        while (request.again && n_parts++ < 1000)
                request = snapshot_part(request);
        CHECK(!request.again);
        CHECK_STR(sd_json_variant_string(sd_json_variant_by_key(request.out, "file")), "provost.db.copy");
        CHECK_EQ_INT(sd_json_variant_integer(sd_json_variant_by_key(request.out, "phones")), 310);
        CHECK_EQ_INT(sd_json_variant_integer(sd_json_variant_by_key(request.out, "schema")), KNOWN);
        CHECK_EQ_INT(asked(copy_path, "SELECT count(*) FROM phone"), 310);
        store_request_done(&request);
        CHECK(access(copy_path, F_OK) == 0);
        CHECK_EQ_INT(store_read(fixture, store_op_drop_snapshot, &(struct store_request){.actor = "root"}), 0);
        CHECK(access(copy_path, F_OK) < 0);
        fixture_end();
}

TEST(a_copy_that_nobody_waits_for_any_more_leaves_nothing)
{
        struct store_request request = {.actor = "root"};

        begin();
        add_phones(0, 300);
        request = snapshot_part(request);
        CHECK(request.again && access(copy_path, F_OK) == 0);
        store_request_done(&request);
        CHECK(access(copy_path, F_OK) < 0);
        fixture_end();
}

TEST(a_copy_of_an_earlier_run_is_gone_after_a_start)
{
        int fd;

        begin();
        fd = open(copy_path, O_WRONLY | O_CREAT, 0600);
        CHECK(fd >= 0);
        close(fd);
        fixture_reopen();
        CHECK(access(copy_path, F_OK) < 0);
        fixture_end();
}

/* --- what lies aside ------------------------------------------------------------------- */

static void said(const char *name, bool is_ok, const char *text, void *userdata)
{
        size_t n = strlen(report);

        (void)userdata;
        n_bad += !is_ok;
        (void)snprintf(report + n, sizeof report - n, "%s %s: %s\n", is_ok ? "ok" : "bad", name, text);
}

/* Of the fixture's database, with the store closed. */
static bool look(const char *key, int certificates)
{
        bool is_newer = false;

        store_close(fixture);
        fixture = NULL;
        *report = 0;
        n_bad = 0;
        store_check_run(&(struct store_check){.database = fixture_db, .key = key, .certificates = certificates, .said = said}, &is_newer);
        return is_newer;
}

TEST(a_good_database_is_found_good)
{
        begin();
        add_phones(0, 3);
        CHECK(!look(fixture_key, -1));
        CHECK_EQ_INT(n_bad, 0);
        CHECK(strstr(report, "3 phones (3 of them approved)") != NULL);
        CHECK(strstr(report, "21 of 21 secrets of phones open") != NULL);
        fixture_end();
}

TEST(a_key_that_does_not_fit_is_told)
{
        char other[128];
        int fd;

        begin();
        add_phones(0, 1);
        (void)snprintf(other, sizeof other, "%s/other.key", fixture_dir);
        fd = open(other, O_WRONLY | O_CREAT, 0600);
        CHECK(write(fd, "another key of thirty-two bytes.", 32) == 32);
        close(fd);
        (void)look(other, -1);
        CHECK(strstr(report, "bad store-key: ") != NULL);
        fixture_end();
}

TEST(damage_in_the_middle_is_told)
{
        uint8_t noise[4096];
        int fd;

        begin();
        add_phones(0, 50);
        store_close(fixture);
        fixture = NULL;
        memset(noise, 0xa5, sizeof noise);
        fd = open(fixture_db, O_WRONLY);
        for (int page = 4; page < 40; page++)
                CHECK(pwrite(fd, noise, sizeof noise, page * 4096) == sizeof noise);
        close(fd);
        (void)look(fixture_key, -1);
        CHECK(strstr(report, "bad database: ") != NULL);
        fixture_end();
}

TEST(a_secret_that_was_moved_to_another_phone_is_told)
{
        begin();
        add_phones(0, 2);
        store_close(fixture);
        fixture = NULL;
        (void)asked(fixture_db, "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE mac = '000413000000' AND name = 'http_pass') "
                                "WHERE mac = '000413000001' AND name = 'http_pass' RETURNING 1");
        (void)look(fixture_key, -1);
        CHECK(strstr(report, "bad secrets: 13 of 14") != NULL);
        fixture_end();
}

/* --- newer systems ------------------------------------------------------------------------ */

/* A migration of a later system: more columns with defaults, more tables. oldest: who may still work with it. */
static void make_newer(int oldest)
{
        char sql[700], *why = NULL;
        sqlite3 *handle = NULL;

        store_close(fixture);
        fixture = NULL;
        CHECK_EQ_INT(sqlite3_open_v2(fixture_db, &handle, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        (void)snprintf(sql, sizeof sql,
                       "ALTER TABLE phone ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'; ALTER TABLE alarm ADD COLUMN weight INTEGER;"
                       "ALTER TABLE lease ADD COLUMN seen INTEGER NOT NULL DEFAULT 0; ALTER TABLE event ADD COLUMN more TEXT NOT NULL DEFAULT '';"
                       "CREATE TABLE shelf (id INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT; CREATE INDEX phone_colour ON phone (colour);"
                       "INSERT INTO meta (name, value) VALUES ('schema_oldest', %d), ('schema_oldest_of', 11) ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
                       "PRAGMA user_version = 11", oldest);
        if (sqlite3_exec(handle, sql, NULL, NULL, &why) != SQLITE_OK)
                TEST_FAIL("%s", why);
        sqlite3_close(handle);
}

TEST(the_system_before_works_with_a_newer_database_that_allows_it)
{
        begin();
        add_phones(0, 2);
        make_newer(KNOWN);
        fixture_reopen();
        CHECK_STR(ASK(get_phone, MAC("000413000000")), "");
        add_phones(2, 4);
        CHECK_STR(DO(raise_alarm, "{\"kind\":\"backup\",\"subject\":\"share\",\"detail\":\"x\"}"), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 1);
        fixture_reopen();
        CHECK_EQ_INT(asked(fixture_db, "PRAGMA user_version"), 11);
        CHECK_EQ_INT(asked(fixture_db, "SELECT count(*) FROM phone WHERE colour = 'grey'"), 4);
        fixture_end();
}

TEST(a_newer_database_that_needs_its_own_system_is_not_touched)
{
        begin();
        make_newer(11);
        CHECK_EQ_INT(store_open(fixture_db, fixture_key, &fixture), PV_EREFUSED);
        CHECK_EQ_INT(asked(fixture_db, "PRAGMA user_version"), 11);
        CHECK(look(fixture_key, -1));
        CHECK(strstr(report, "bad schema: The database has version 11 of a newer system") != NULL);
        fixture_end();
}

TEST(what_an_earlier_migration_allowed_does_not_count_for_a_later_one)
{
        begin();
        make_newer(KNOWN);
        CHECK_EQ_INT(asked(fixture_db, "PRAGMA user_version = 12"), -1);
        CHECK_EQ_INT(store_open(fixture_db, fixture_key, &fixture), PV_EREFUSED);
        fixture_end();
}

TEST(a_database_says_who_may_work_with_it)
{
        int64_t version = 0, oldest = 0;

        begin();
        CHECK_EQ_INT(store_db_schema(store_db(fixture), &version, &oldest), 0);
        CHECK_EQ_INT(version, KNOWN);
        CHECK_EQ_INT(oldest, KNOWN);
        CHECK_EQ_INT(store_db_known_schema(), KNOWN);
        fixture_end();
}

/* --- room ----------------------------------------------------------------------------------- */

#define MIB (INT64_C(1) << 20)

TEST(a_disk_is_low_before_it_is_full_and_good_only_well_above_that)
{
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_UNKNOWN, 20 * MIB, 160 * MIB), STORE_ROOM_GOOD);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_GOOD, 4 * MIB, 160 * MIB), STORE_ROOM_LOW);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_LOW, 7 * MIB, 160 * MIB), STORE_ROOM_LOW);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_GOOD, 7 * MIB, 160 * MIB), STORE_ROOM_GOOD);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_LOW, 11 * MIB, 160 * MIB), STORE_ROOM_GOOD);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_GOOD, 65 * MIB, 100000 * MIB), STORE_ROOM_GOOD);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_GOOD, 63 * MIB, 100000 * MIB), STORE_ROOM_LOW);
        CHECK_EQ_INT(store_room_decide(STORE_ROOM_GOOD, 0, 160 * MIB), STORE_ROOM_LOW);
}

TEST(the_alarm_of_the_disk_comes_once_and_goes_by_itself)
{
        begin();
        CHECK_STR(DO(room_is_low, "{}"), "");
        CHECK_STR(DO(room_is_low, "{}"), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 1);
        CHECK_STR(fixture_get("alarms.0.kind"), "disk-full");
        CHECK_STR(DO(room_is_good, "{}"), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 0);
        fixture_end();
}
