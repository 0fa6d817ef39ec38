/*
 * test_migration: a database of an earlier system opens, and keeps its phones, profiles and settings.
 */
#include <sqlite3.h>

#include "store_fixture.h"

#include "gen/001_initial.sql.embed.h"
#include "gen/002_tunnel_rest.sql.embed.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_seal.h"

static sqlite3 *old;
static struct store_seal seal;

static void run(const char *sql)
{
        char *why = NULL;

        if (sqlite3_exec(old, sql, NULL, NULL, &why) != SQLITE_OK)
                TEST_FAIL("%s: %s", sql, why);
}

static void insert_sealed(const char *sql, const char *table, const char *row, const char *name, int64_t index, const char *value)
{
        const struct store_place place = {table, row, name, index};
        uint8_t sealed[256];
        sqlite3_stmt *statement = NULL;

        CHECK_EQ_INT(store_seal_close(&seal, &place, value, strlen(value), sealed), 0);
        CHECK_EQ_INT(sqlite3_prepare_v2(old, sql, -1, &statement, NULL), SQLITE_OK);
        sqlite3_bind_blob(statement, 1, sealed, (int)(strlen(value) + STORE_SEAL_EXTRA), SQLITE_STATIC);
        CHECK_EQ_INT(sqlite3_step(statement), SQLITE_DONE);
        sqlite3_finalize(statement);
}

/* As version 2 left it: one approved phone of the profile sales with everything, one that waits. */
static void make_old_database(void)
{
        static const char known[] = "provost store";

        CHECK_EQ_INT(store_seal_load(fixture_key, &seal), 0);
        CHECK_EQ_INT(sqlite3_open(fixture_db, &old), SQLITE_OK);
        run(embed_001_initial_sql);
        run(embed_002_tunnel_rest_sql);
        run("PRAGMA user_version = 2");
        run("UPDATE meta SET value = 41 WHERE name = 'revision'");
        run("INSERT INTO site (name, value) VALUES ('sip_host', 'pbx.example'), ('time_zone', 'GER+1'), ('name', 'Berlin')");
        run("INSERT INTO profile (name) VALUES ('default'), ('sales')");
        run("INSERT INTO phone (mac, name, model, trust, profile, sip_user, tunnel_address, revision, revision_served, added_at, approved_at) VALUES "
            "('" MAC_A "', 'Desk', 'snomD785', 2, 'sales', '201', 0x0a400002, 41, 41, 1700000000, 1700000001), "
            "('" MAC_B "', '', '', 1, 'default', '', NULL, 0, 0, 1700000000, NULL), "
            "('000413aabbee', '', '', 0, 'default', '', NULL, 0, 0, 1700000000, NULL)");
        insert_sealed("INSERT INTO key_check (id, sealed) VALUES (1, ?)", "key_check", "1", "sealed", 0, known);
        insert_sealed("INSERT INTO profile_setting (profile, name, idx, sealed, permission) VALUES ('sales', 'ring_volume', -1, ?, 'R')",
                      "profile_setting", "sales", "ring_volume", -1, "4");
        insert_sealed("INSERT INTO profile_setting (profile, name, idx, sealed, permission) VALUES ('sales', 'user_idle_text', 1, ?, 'RW')",
                      "profile_setting", "sales", "user_idle_text", 1, "Sales");
        insert_sealed("INSERT INTO phone_setting (mac, name, idx, sealed, permission) VALUES ('" MAC_A "', 'language', -1, ?, 'RW')",
                      "phone_setting", MAC_A, "language", -1, "Deutsch");
        insert_sealed("INSERT INTO secret (mac, name, sealed) VALUES ('" MAC_A "', 'sip_secret', ?)", "secret", MAC_A, "sip_secret", 0,
                      "jf83hf8HFD");
        insert_sealed("INSERT INTO secret (mac, name, sealed) VALUES ('" MAC_A "', 'http_pass', ?)", "secret", MAC_A, "http_pass", 0,
                      "Aa3.bBc4_dDe5+fF");
        insert_sealed("INSERT INTO secret (mac, name, sealed) VALUES ('" MAC_A "', 'admin_mode_password', ?)", "secret", MAC_A,
                      "admin_mode_password", 0, "Gg6.hHi7_jJk8+lL");
        sqlite3_close(old);
        store_seal_done(&seal);
}

static void begin(void)
{
        char command[320];

        fixture_begin();
        store_close(fixture);
        fixture = NULL;
        snprintf(command, sizeof command, "rm -f %s %s-wal %s-shm", fixture_db, fixture_db, fixture_db);
        CHECK(system(command) == 0);
        make_old_database();
        fixture_reopen();
}

static int64_t count(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

TEST(a_database_of_before_keeps_its_phones_profiles_settings_and_secrets)
{
        begin();
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.profiles.0"), "sales");
        CHECK_STR(fixture_get("phone.name"), "Desk");
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_STR(fixture_get("settings.0.name"), "ring_volume");
        CHECK_STR(fixture_get("settings.0.value"), "4");
        CHECK_STR(fixture_get("settings.1.index"), "1");
        CHECK_STR(fixture_get("settings.1.permission"), "RW");
        fixture_connect(MAC_A);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        CHECK_STR(fixture_get("held"), "null");
        CHECK_STR(fixture_setting("ring_volume"), "4");
        CHECK_STR(fixture_setting("language"), "Deutsch");
        CHECK_STR(fixture_setting("timezone"), "GER+1");
        CHECK_STR(fixture_setting("user_pass"), "jf83hf8HFD");
        CHECK_STR(fixture_setting("http_pass"), "Aa3.bBc4_dDe5+fF");
        CHECK_EQ_INT(count("SELECT count(*) FROM profile_setting"), 0);
        fixture_end();
}

TEST(what_was_before_can_be_restored)
{
        begin();
        CHECK_STR(ASK(list_revisions, "{\"limit\":10}"), "");
        CHECK_STR(fixture_get("revisions.0.number"), "41");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"9\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"time_zone\",\"value\":\"USA-5\"}]}"), "");
        CHECK_STR(DO(restore_revision, "{\"number\":41}"), "");
        fixture_connect(MAC_A);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        CHECK_STR(fixture_setting("ring_volume"), "4");
        CHECK_STR(fixture_setting("timezone"), "GER+1");
        fixture_end();
}

TEST(a_second_start_finds_nothing_left_to_do)
{
        begin();
        fixture_reopen();
        CHECK_EQ_INT(count("SELECT count(*) FROM shared_setting"), 2);
        CHECK_EQ_INT(count("SELECT count(*) FROM revision"), 1);
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 2);
        fixture_end();
}

TEST(who_was_only_seen_is_still_a_stranger_and_who_was_added_is_none)
{
        begin();
        CHECK_EQ_INT(count("SELECT stranger FROM phone WHERE mac = '000413aabbee'"), 1);
        CHECK_EQ_INT(count("SELECT count(*) FROM phone WHERE stranger = 0"), 2);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.vpn_class"), "modern");
        CHECK_STR(fixture_get("phone.waiting_for"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        CHECK_STR(fixture_get("phone.expected"), "false");
        CHECK_STR(fixture_get("phone.waiting_for"), "approve it");
        fixture_end();
}
