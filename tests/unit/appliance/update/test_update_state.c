/*
 * test_update_state: what is remembered, and what a restart in between means.
 */
#include "appliance/update/update_state.h"

#include "tests/support/test.h"

static struct update_state state, again;

static void begin(enum update_phase phase)
{
        memset(&state, 0, sizeof state);
        state.phase = phase;
        strcpy(state.from, "0.6.1");
        strcpy(state.to, "0.6.2");
}

TEST(what_is_written_is_read_again)
{
        char *text = NULL;

        begin(UPDATE_PHASE_TRYING);
        strcpy(state.floor, "0.6.0");
        strcpy(state.next_floor, "0.6.1");
        strcpy(state.usual, "0.6.1");
        strcpy(state.verdict, "A \"reason\".");
        strcpy(state.before[0], "000413000001");
        state.n_before = 1;
        update_state_note(&state, 5, "0.6.1", "0.6.2", UPDATE_RESULT_FELL_BACK, "First.");
        update_state_note(&state, 6, "0.6.1", "", UPDATE_RESULT_REFUSED, "Second.");
        CHECK_EQ_INT(update_state_text(&state, &text), 0);
        CHECK_EQ_INT(update_state_parse(text, &again), 0);
        free(text);
        CHECK_EQ_INT(memcmp(&state, &again, sizeof state), 0);
        CHECK_STR(again.last[0].text, "Second.");
}

TEST(a_damaged_file_is_a_new_appliance)
{
        static const char *const bad[] = {"", "{", "[]", "null", "\"x\""};

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                CHECK_EQ_INT(update_state_parse(bad[i], &again), PV_EMALFORMED);
                CHECK_EQ_INT(again.phase, UPDATE_PHASE_IDLE);
        }
        CHECK_EQ_INT(update_state_parse("{\"phase\":\"dancing\",\"before\":[1,\"00041300000112\"],\"last\":[7,{\"result\":\"x\"}],\"floor\":7}", &again), 0);
        CHECK_EQ_INT(again.phase, UPDATE_PHASE_IDLE);
        CHECK_EQ_INT(again.n_before, 0);
        CHECK_EQ_INT(again.n_last, 0);
}

TEST(only_the_newest_outcomes_are_kept)
{
        begin(UPDATE_PHASE_IDLE);
        for (int i = 0; i < UPDATE_OUTCOMES_MAX + 5; i++)
                update_state_note(&state, i, "1", "2", UPDATE_RESULT_REFUSED, "No.");
        CHECK_EQ_INT(state.n_last, UPDATE_OUTCOMES_MAX);
        CHECK_EQ_INT(state.last[0].at, UPDATE_OUTCOMES_MAX + 4);
        CHECK_EQ_INT(state.last[UPDATE_OUTCOMES_MAX - 1].at, 5);
}

TEST(a_power_cut_while_writing_clears_the_slot_and_is_told)
{
        begin(UPDATE_PHASE_WRITING);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_CLEAR);
        CHECK_EQ_INT(state.phase, UPDATE_PHASE_IDLE);
        CHECK_EQ_INT(state.last[0].result, UPDATE_RESULT_INTERRUPTED);
}

TEST(what_was_written_waits_on_over_restarts)
{
        begin(UPDATE_PHASE_WRITTEN);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.phase, UPDATE_PHASE_WRITTEN);
        CHECK_EQ_INT(state.n_last, 0);
}

TEST(a_version_that_is_tried_knows_it_and_goes_on_after_a_power_cut)
{
        begin(UPDATE_PHASE_TRYING);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 9), UPDATE_BEGIN_TRIAL);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 9), UPDATE_BEGIN_TRIAL);
        CHECK_EQ_INT(state.n_last, 0);
}

TEST(the_version_before_finds_itself_and_says_why_the_other_one_went)
{
        begin(UPDATE_PHASE_TRYING);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.last[0].result, UPDATE_RESULT_FELL_BACK);
        CHECK(strstr(state.last[0].text, "0.6.2 did not start"));
        begin(UPDATE_PHASE_TRYING);
        strcpy(state.verdict, "Phones stayed away.");
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_STR(state.last[0].text, "Phones stayed away.");
        CHECK_STR(state.verdict, "");
}

TEST(the_way_back_is_told_whether_it_led_there_or_not)
{
        begin(UPDATE_PHASE_BACK);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.last[0].result, UPDATE_RESULT_WENT_BACK);
        begin(UPDATE_PHASE_BACK);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.last[0].result, UPDATE_RESULT_FELL_BACK);
}

TEST(a_usual_version_that_no_longer_starts_is_told_once)
{
        memset(&state, 0, sizeof state);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 8), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 8), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.n_last, 0);
        for (int start = 0; start < 2; start++)
                CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.n_last, 1);
        CHECK_EQ_INT(state.last[0].result, UPDATE_RESULT_FELL_BACK);
        CHECK_STR(state.last[0].from, "0.6.1");
        CHECK_STR(state.last[0].to, "0.6.2");
        CHECK(strstr(state.last[0].text, "0.6.2 does not start any more"));
}

TEST(what_waited_and_runs_because_the_usual_version_is_lost_waits_no_longer)
{
        begin(UPDATE_PHASE_WRITTEN);
        strcpy(state.usual, "0.6.1");
        CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.phase, UPDATE_PHASE_WRITTEN);
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 9), UPDATE_BEGIN_NOTHING);
        CHECK_EQ_INT(state.phase, UPDATE_PHASE_IDLE);
        CHECK_EQ_INT(state.n_last, 1);
        CHECK(strstr(state.last[0].text, "0.6.1 does not start any more"));
}

TEST(a_version_that_was_asked_for_is_the_usual_one_from_then_on)
{
        static const enum update_phase phases[] = {UPDATE_PHASE_TRYING, UPDATE_PHASE_BACK, UPDATE_PHASE_WRITING};

        for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
                begin(phases[i]);
                strcpy(state.usual, "0.6.2");
                CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), phases[i] == UPDATE_PHASE_WRITING ? UPDATE_BEGIN_CLEAR : UPDATE_BEGIN_NOTHING);
                CHECK_EQ_INT(state.n_last, 1);
                CHECK_EQ_INT(update_state_begin(&state, "0.6.1", 9), UPDATE_BEGIN_NOTHING);
                CHECK_EQ_INT(state.n_last, 1);
        }
        begin(UPDATE_PHASE_TRYING);
        strcpy(state.usual, "0.6.1");
        CHECK_EQ_INT(update_state_begin(&state, "0.6.2", 9), UPDATE_BEGIN_TRIAL);
        CHECK_STR(state.usual, "0.6.1");
}
