/*
 * test_session_table: who is signed in.
 *
 * In:   tokens, names, a clock that the test turns.
 * Out:  sessions that still hold.
 * Not:  no cookies.
 */
#include "provisioning/admin/session_table.h"

#include "tests/support/test.h"

static struct session_table table;

static uint64_t begin(const char *token, const char *name, uint64_t now_ms)
{
        return session_table_begin(&table, token, name, ROLE_ADMIN, "192.0.2.1", now_ms, 1000)->number;
}

static void reset(void)
{
        memset(&table, 0, sizeof table);
}

TEST(a_token_finds_its_session_and_no_other_token_does)
{
        const struct session *session;

        reset();
        begin("one", "anna", 5);
        session = session_table_find(&table, "one", 6, true);
        CHECK(session != NULL);
        CHECK_STR(session->name, "anna");
        CHECK_EQ_INT(session->role, ROLE_ADMIN);
        CHECK(!session_table_find(&table, "two", 6, true));
        CHECK(!session_table_find(&table, "", 6, true));
}

TEST(the_token_itself_is_not_kept)
{
        reset();
        begin("a-token-that-nobody-keeps", "anna", 5);
        CHECK(!memmem(&table, sizeof table, "a-token-that-nobody-keeps", 25));
}

TEST(thirty_minutes_without_use_end_it_and_use_begins_them_anew)
{
        reset();
        begin("one", "anna", 0);
        CHECK(session_table_find(&table, "one", SESSION_IDLE_MS - 1, true));
        CHECK(session_table_find(&table, "one", 2 * SESSION_IDLE_MS - 2, false));
        CHECK(!session_table_find(&table, "one", 2 * SESSION_IDLE_MS - 1, true));
        CHECK(!session_table_find(&table, "one", 5, true));
}

TEST(twelve_hours_end_it_however_much_it_is_used)
{
        reset();
        begin("one", "anna", 0);
        for (uint64_t now_ms = 0; now_ms < SESSION_LIFE_MS; now_ms += SESSION_IDLE_MS / 2)
                CHECK(session_table_find(&table, "one", now_ms, true));
        CHECK(!session_table_find(&table, "one", SESSION_LIFE_MS, true));
}

TEST(the_seventeenth_of_a_person_ends_the_one_unused_for_longest)
{
        char token[16];

        reset();
        begin("other", "bert", 0);
        for (int i = 0; i < SESSIONS_OF_ONE_MAX; i++) {
                (void)snprintf(token, sizeof token, "t%d", i);
                begin(token, "anna", (uint64_t)i + 10);
        }
        CHECK(session_table_find(&table, "t0", 100, true));
        begin("t16", "anna", 101);
        CHECK(session_table_find(&table, "t0", 102, false));
        CHECK(!session_table_find(&table, "t1", 102, false));
        CHECK(session_table_find(&table, "t16", 102, false));
        CHECK(session_table_find(&table, "other", 102, false));
}

TEST(a_full_table_makes_room_by_the_one_unused_for_longest)
{
        char token[16], name[16];

        reset();
        for (int i = 0; i < SESSIONS_MAX; i++) {
                (void)snprintf(token, sizeof token, "t%d", i);
                (void)snprintf(name, sizeof name, "p%d", i);
                begin(token, name, (uint64_t)i + 10);
        }
        begin("new", "new", 1000);
        CHECK(session_table_find(&table, "new", 1001, false));
        CHECK(!session_table_find(&table, "t0", 1001, false));
        CHECK(session_table_find(&table, "t1", 1001, false));
}

TEST(fresh_lasts_five_minutes_and_a_confirmation_begins_them_anew)
{
        uint64_t number;

        reset();
        number = begin("one", "anna", 0);
        CHECK_EQ_INT(session_table_by_number(&table, number, 1)->fresh_until_ms, SESSION_FRESH_MS);
        session_table_confirm(&table, number, 1000);
        CHECK_EQ_INT(session_table_by_number(&table, number, 1001)->fresh_until_ms, SESSION_FRESH_MS + 1000);
}

TEST(a_person_s_sessions_end_but_the_one_that_is_kept)
{
        uint64_t kept;

        reset();
        begin("one", "anna", 0);
        kept = begin("two", "anna", 0);
        begin("three", "bert", 0);
        session_table_end_person(&table, "anna", kept);
        CHECK(!session_table_find(&table, "one", 1, false));
        CHECK(session_table_find(&table, "two", 1, false));
        CHECK(session_table_find(&table, "three", 1, false));
        session_table_end(&table, kept);
        CHECK(!session_table_find(&table, "two", 1, false));
        session_table_end(&table, 0);
        CHECK(session_table_find(&table, "three", 1, false));
}

TEST(numbers_are_never_given_twice)
{
        uint64_t first;

        reset();
        first = begin("one", "anna", 0);
        session_table_end(&table, first);
        CHECK(begin("two", "anna", 0) != first);
        CHECK(!session_table_by_number(&table, first, 1));
        CHECK(!session_table_by_number(&table, 0, 1));
}
