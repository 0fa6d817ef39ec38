/*
 * test_setup: the console's code, and first sign-ins between their two steps.
 *
 * In:   codes right and wrong, a clock that the test turns.
 * Out:  whether they open the first steps.
 * Not:  no console.
 */
#include "provisioning/admin/pending.h"
#include "provisioning/admin/setup.h"

#include "tests/support/test.h"

static struct setup setup;
static struct pending_table table;

TEST(there_is_a_code_while_an_owner_is_missing_and_none_else)
{
        memset(&setup, 0, sizeof setup);
        CHECK(!setup_turn(&setup, false, 0));
        CHECK_STR(setup.code, "");
        CHECK(!setup_try(&setup, "", 0));
        CHECK(setup_turn(&setup, true, 0));
        CHECK_EQ_INT(strlen(setup.code), 11);
        CHECK(setup_try(&setup, setup.code, 1));
        CHECK(setup_turn(&setup, false, 2));
        CHECK(!*setup.code && !setup.needed);
}

TEST(another_code_comes_after_half_an_hour)
{
        char code[SECRET_SETUP_SIZE];

        memset(&setup, 0, sizeof setup);
        (void)setup_turn(&setup, true, 0);
        memcpy(code, setup.code, sizeof code);
        CHECK(!setup_turn(&setup, true, SETUP_LIFE_MS - 1));
        CHECK(setup_try(&setup, code, SETUP_LIFE_MS - 1));
        CHECK(!setup_try(&setup, code, SETUP_LIFE_MS));
        CHECK(setup_turn(&setup, true, SETUP_LIFE_MS));
        CHECK(strcmp(setup.code, code) != 0);
}

TEST(five_wrong_tries_end_the_code_and_the_next_comes_after_a_pause)
{
        char code[SECRET_SETUP_SIZE];

        memset(&setup, 0, sizeof setup);
        (void)setup_turn(&setup, true, 0);
        memcpy(code, setup.code, sizeof code);
        for (int i = 0; i < SETUP_TRIES; i++)
                CHECK(!setup_try(&setup, i % 2 ? "AAAAA-AAAAA" : "nonsense!", 1));
        CHECK(!setup_try(&setup, code, 2));
        CHECK_STR(setup.code, "");
        CHECK(!setup_turn(&setup, true, SETUP_PAUSE_MS));
        CHECK(!setup_try(&setup, "", 3));
        CHECK(setup_turn(&setup, true, 1 + SETUP_PAUSE_MS));
        CHECK_EQ_INT(strlen(setup.code), 11);
        CHECK(strcmp(setup.code, code) != 0);
}

TEST(the_code_may_be_typed_in_lower_case_and_without_its_stroke)
{
        char typed[16];
        size_t n = 0;

        memset(&setup, 0, sizeof setup);
        (void)setup_turn(&setup, true, 0);
        for (const char *c = setup.code; *c; c++)
                if (*c != '-')
                        typed[n++] = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
        typed[n] = 0;
        CHECK(setup_try(&setup, typed, 1));
}

TEST(a_first_sign_in_is_found_by_its_token_for_a_quarter_of_an_hour)
{
        memset(&table, 0, sizeof table);
        CHECK_STR(pending_begin(&table, "token", "anna", 0)->name, "anna");
        CHECK(pending_find(&table, "token", PENDING_LIFE_MS - 1) != NULL);
        CHECK(!pending_find(&table, "other", 1));
        CHECK(!pending_find(&table, "token", PENDING_LIFE_MS));
}

TEST(five_wrong_codes_end_it)
{
        memset(&table, 0, sizeof table);
        (void)pending_begin(&table, "token", "anna", 0);
        for (int i = 0; i < PENDING_TRIES; i++) {
                struct pending *pending = pending_find(&table, "token", 1);

                CHECK(pending != NULL);
                pending_wrong(pending);
        }
        CHECK(!pending_find(&table, "token", 1));
}

TEST(the_oldest_makes_room_and_a_person_s_end_together)
{
        char token[16];

        memset(&table, 0, sizeof table);
        for (int i = 0; i <= PENDING_MAX; i++) {
                (void)snprintf(token, sizeof token, "t%d", i);
                (void)pending_begin(&table, token, i % 2 ? "anna" : "bert", (uint64_t)i);
        }
        CHECK(!pending_find(&table, "t0", 20));
        CHECK(pending_find(&table, "t16", 20) != NULL);
        pending_find(&table, "t2", 20)->first_owner = true;
        pending_end_person(&table, "anna", true);
        CHECK(!pending_find(&table, "t1", 20));
        CHECK(!pending_find(&table, "t2", 20));
        CHECK(pending_find(&table, "t4", 20) != NULL);
}
