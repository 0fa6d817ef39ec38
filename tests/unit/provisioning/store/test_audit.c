/*
 * test_audit: who did what, and that nobody takes it back.
 */
#include "store_fixture.h"

#include <sqlite3.h>

#include "provisioning/store/store_db.h"

static void note(int n)
{
        char json[160];

        for (int i = 1; i <= n; i++) {
                snprintf(json, sizeof json, "{\"action\":\"try\",\"subject\":\"s%d\",\"detail\":\"\",\"actor\":null}", i);
                CHECK_STR(fixture_call(true, store_op_note_audit, i % 2 ? "anna" : "bert", json), "");
        }
}

/* "null" when the chain is whole. */
static const char *broken(void)
{
        CHECK_STR(ASK(check_audit, "{}"), "");
        return fixture_get("broken") ? fixture_get("broken") : "null";
}

static void change(const char *sql)
{
        char *trouble = NULL;

        CHECK_EQ_INT(sqlite3_exec(store_db_handle(store_db(fixture)), sql, NULL, NULL, &trouble), SQLITE_OK);
}

TEST(a_chain_that_nobody_touched_is_whole)
{
        fixture_begin();
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "0");
        note(5);
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "5");
        CHECK_EQ_INT(strlen(fixture_get("head")), 64);
        fixture_reopen();
        note(1);
        CHECK_STR(broken(), "null");
        fixture_end();
}

TEST(a_changed_entry_is_found)
{
        static const char *const changes[] = {"UPDATE audit SET actor = 'eve' WHERE id = 3", "UPDATE audit SET detail = 'x' WHERE id = 3",
                                              "UPDATE audit SET at_ms = at_ms + 1 WHERE id = 3", "UPDATE audit SET action = 'trys', subject = '3' WHERE id = 3",
                                              "UPDATE audit SET hash = NULL WHERE id = 3"};

        for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
                fixture_begin();
                note(5);
                change(changes[i]);
                CHECK_STR(broken(), "3");
                fixture_reopen();
                note(1);
                CHECK_STR(broken(), "3");
                fixture_end();
        }
}

TEST(a_removed_entry_is_found)
{
        fixture_begin();
        note(5);
        change("DELETE FROM audit WHERE id = 3");
        CHECK_STR(broken(), "4");
        fixture_end();
        fixture_begin();
        note(5);
        change("DELETE FROM audit WHERE id = 1");
        CHECK_STR(broken(), "2");
        fixture_end();
}

TEST(an_end_that_was_cut_off_is_found_also_after_more_was_written)
{
        static const char *const cuts[] = {
                "DELETE FROM audit WHERE id > 3",
                "DELETE FROM audit WHERE id > 3; DELETE FROM audit_head",
                "DELETE FROM audit WHERE id > 3; UPDATE audit_head SET last = 3, hash = (SELECT hash FROM audit WHERE id = 3)",
                "DELETE FROM audit; UPDATE audit_head SET before = 5, before_hash = hash",
                "INSERT INTO audit (id, at_ms, actor, action, subject, detail) VALUES (6, 1, 'anna', 'x', '', '')",
        };

        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
                fixture_begin();
                note(5);
                change(cuts[i]);
                CHECK(strcmp(broken(), "null") != 0);
                note(2);
                CHECK(strcmp(broken(), "null") != 0);
                fixture_reopen();
                CHECK(strcmp(broken(), "null") != 0);
                fixture_end();
        }
}

TEST(entries_of_an_older_system_are_chained_at_the_first_start)
{
        fixture_begin();
        note(4);
        change("UPDATE audit SET hash = NULL; DELETE FROM audit_head");
        fixture_reopen();
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "4");
        fixture_end();
}

TEST(the_oldest_are_forgotten_and_the_rest_is_still_checked)
{
        fixture_begin();
        note(1200);
        CHECK_EQ_INT(store_audit_trim(fixture, 1200), 0);
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "1200");
        CHECK_EQ_INT(store_audit_trim(fixture, 1199), 0);
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "200");
        note(1);
        CHECK_STR(broken(), "null");
        change("DELETE FROM audit WHERE id = 1001");
        CHECK_STR(broken(), "1002");
        fixture_end();
}

TEST(a_refused_call_leaves_no_entry)
{
        fixture_begin();
        note(2);
        CHECK_STR(DO(set_source, "{\"name\":\"x\",\"url\":\"ftp://x/\"}"), "InvalidValue url");
        CHECK_STR(broken(), "null");
        CHECK_STR(fixture_get("entries"), "2");
        fixture_end();
}

TEST(the_log_is_found_by_text_and_actor_page_by_page)
{
        char json[120];

        fixture_begin();
        note(30);
        CHECK_STR(ASK(search_audit, "{\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 10);
        CHECK_STR(fixture_get("entries.0.subject"), "s30");
        CHECK_STR(fixture_get("next"), "21");
        CHECK_STR(ASK(search_audit, "{\"before\":21,\"limit\":30}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 20);
        CHECK(fixture_get("next") == NULL || !strcmp(fixture_get("next"), "null"));
        CHECK_STR(ASK(search_audit, "{\"actor\":\"bert\",\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 15);
        CHECK_STR(ASK(search_audit, "{\"text\":\"S2\",\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 11);
        CHECK_STR(ASK(search_audit, "{\"text\":\"%\",\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 0);
        CHECK_STR(ASK(search_audit, "{\"text\":\"TRY\",\"actor\":\"anna\",\"limit\":3}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 3);
        snprintf(json, sizeof json, "{\"text\":\"TRY\",\"actor\":\"anna\",\"before\":%s,\"limit\":100}", fixture_get("next"));
        CHECK_STR(ASK(search_audit, json), "");
        CHECK_EQ_INT(fixture_count("entries"), 12);
        fixture_end();
}

/* More than one part of the search. */
TEST(what_stands_far_back_is_found)
{
        fixture_begin();
        note(3);
        change("WITH RECURSIVE n (i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 13000) INSERT INTO audit (id, at_ms, actor, action, subject, detail) "
               "SELECT i, 1, 'x', 'y', 'z', '' FROM n");
        CHECK_STR(ASK(search_audit, "{\"text\":\"s2\",\"limit\":5}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 1);
        CHECK_STR(broken(), "4");
        CHECK_STR(fixture_get("entries"), "13000");
        fixture_end();
}

TEST(what_is_noted_is_one_line)
{
        fixture_begin();
        CHECK_STR(DO(note_audit, "{\"action\":\"two words\",\"subject\":\"\",\"detail\":\"\"}"), "InvalidValue action");
        CHECK_STR(DO(note_audit, "{\"action\":\"refused\",\"subject\":\"a\\nb\",\"detail\":\"<script>\"}"), "");
        CHECK_STR(ASK(search_audit, "{\"limit\":1}"), "");
        CHECK(strchr(fixture_get("entries.0.subject"), '\n') == NULL);
        fixture_end();
}
