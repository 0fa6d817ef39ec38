/*
 * test_trial: when a version stays, when it goes.
 */
#include "appliance/update/trial.h"

#include "tests/support/test.h"

static char text[TRIAL_TEXT_SIZE];

static enum trial_verdict decide(size_t before, size_t back, const char *sick, uint64_t now_ms)
{
        return trial_decide(&(struct trial_facts){.version = "0.6.2", .before = before, .back = back, .share = 90, .sick = sick, .now_ms = now_ms, .until_ms = 600},
                            text);
}

TEST(the_share_is_rounded_up)
{
        CHECK_EQ_INT(trial_needed(0, 90), 0);
        CHECK_EQ_INT(trial_needed(1, 90), 1);
        CHECK_EQ_INT(trial_needed(10, 90), 9);
        CHECK_EQ_INT(trial_needed(11, 90), 10);
        CHECK_EQ_INT(trial_needed(20000, 100), 20000);
        CHECK_EQ_INT(trial_needed(5, 0), 0);
}

TEST(a_healthy_system_stays_once_enough_phones_are_back)
{
        CHECK_EQ_INT(decide(10, 8, NULL, 1), TRIAL_WAIT);
        CHECK_STR(text, "Version 0.6.2 runs for the first time; 8 of the 10 phones that were connected are back, 9 are needed.");
        CHECK_EQ_INT(decide(10, 9, NULL, 1), TRIAL_COMMIT);
        CHECK_STR(text, "Version 0.6.2 stays: every station runs, and 9 of 10 phones are back.");
}

TEST(without_phones_before_health_alone_decides)
{
        CHECK_EQ_INT(decide(0, 0, NULL, 1), TRIAL_COMMIT);
        CHECK_EQ_INT(decide(0, 0, "provost-session.service does not run.", 1), TRIAL_WAIT);
}

TEST(a_sick_system_goes_when_the_time_is_over_and_says_why)
{
        CHECK_EQ_INT(decide(10, 10, "provost-session.service does not run.", 599), TRIAL_WAIT);
        CHECK_EQ_INT(decide(10, 10, "provost-session.service does not run.", 600), TRIAL_GIVE_UP);
        CHECK_STR(text, "Version 0.6.2 did not become ready in time: provost-session.service does not run. The version before runs again.");
}

TEST(phones_that_do_not_return_end_a_trial_and_one_moment_too_late_is_still_in_time_when_they_did)
{
        CHECK_EQ_INT(decide(10, 3, NULL, 600), TRIAL_GIVE_UP);
        CHECK_STR(text, "With version 0.6.2 only 3 of the 10 phones that were connected before came back in time, 9 were needed. The version before runs again.");
        CHECK_EQ_INT(decide(10, 9, NULL, 601), TRIAL_COMMIT);
}
