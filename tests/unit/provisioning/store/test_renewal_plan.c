/*
 * test_renewal_plan: when certificates are renewed and when their end is told.
 *
 * In:   facts and times.
 * Out:  decisions.
 * Not:  no database (test_renewal).
 */
#include "provisioning/store/store_renewal_plan.h"
#include "tests/support/test.h"

#define DAY INT64_C(86400)
#define NOW (20000 * DAY)
#define BEFORE (NOW + 400 * DAY)

static struct renewal_certificate lasting(int64_t days)
{
        return (struct renewal_certificate){.not_before = NOW - 10 * DAY, .not_after = NOW + days * DAY, .generation = 1};
}

static bool is_due(const struct renewal_facts *facts)
{
        return renewal_is_due(facts, NOW, BEFORE, 1);
}

TEST(a_lying_clock_counts_as_the_newest_moment_known)
{
        CHECK_EQ_INT(renewal_now(0, NOW), NOW);
        CHECK_EQ_INT(renewal_now(NOW + 1, NOW), NOW + 1);
}

TEST(a_certificate_is_due_when_fewer_days_are_left_than_the_site_says)
{
        CHECK(!is_due(&(struct renewal_facts){.present = lasting(730)}));
        CHECK(!is_due(&(struct renewal_facts){.present = lasting(400)}));
        CHECK(is_due(&(struct renewal_facts){.present = lasting(399)}));
        CHECK(is_due(&(struct renewal_facts){.present = lasting(-1)}));
}

TEST(a_certificate_that_does_not_hold_yet_or_is_of_another_authority_is_due)
{
        struct renewal_certificate early = lasting(730), other = lasting(730), foreign = lasting(730);

        early.not_before = NOW + 1;
        other.generation = 2;
        foreign.is_other_class = true;
        CHECK(is_due(&(struct renewal_facts){.present = early}));
        CHECK(is_due(&(struct renewal_facts){.present = other}));
        CHECK(is_due(&(struct renewal_facts){.present = foreign}));
}

TEST(a_good_next_certificate_is_waited_for)
{
        CHECK(!is_due(&(struct renewal_facts){.present = lasting(10), .has_next = true, .next = lasting(700)}));
        CHECK(!is_due(&(struct renewal_facts){.present = lasting(-10), .has_next = true, .next = lasting(700), .was_fetched = true}));
}

TEST(a_next_certificate_that_waited_too_long_gets_a_next_one)
{
        CHECK(is_due(&(struct renewal_facts){.present = lasting(-1), .has_next = true, .next = lasting(399)}));
        CHECK(is_due(&(struct renewal_facts){.present = lasting(-900), .has_next = true, .next = lasting(-1), .was_fetched = true}));
}

TEST(what_a_phone_may_hold_and_nothing_else_is_not_taken_from_it)
{
        struct renewal_facts facts = {.present = lasting(100), .has_next = true, .next = lasting(399), .was_fetched = true};

        CHECK(!is_due(&facts));
        facts.next.generation = 0;
        CHECK(!is_due(&facts));
        facts.came_with_former = true;          /* it has the former one still, so it did not take the next one over */
        CHECK(is_due(&facts));
        facts.came_with_former = false;
        facts.next.is_other_class = true;       /* it could not come in with that one anyway */
        CHECK(is_due(&facts));
}

TEST(each_warning_is_said_once_for_an_end)
{
        static const struct {
                int64_t days_left;
                enum end_level level;
                bool say;
        } rows[] = {
                {100, END_LEVEL_NONE, false}, {31, END_LEVEL_NONE, false}, {30, END_LEVEL_30, true},  {29, END_LEVEL_30, false},
                {15, END_LEVEL_30, false},    {14, END_LEVEL_14, true},    {4, END_LEVEL_14, false},  {3, END_LEVEL_3, true},
                {1, END_LEVEL_3, false},      {0, END_LEVEL_ENDED, true},  {-1, END_LEVEL_ENDED, false}, {-500, END_LEVEL_ENDED, false},
        };
        struct end_note note = {.not_after_s = NOW};

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct end_step step = end_step_of(&note, NOW - rows[i].days_left * DAY, NOW);

                if (step.level != rows[i].level || step.say != rows[i].say || step.clear)
                        TEST_FAIL("row %zu", i);
                note.level = step.level;
        }
}

TEST(a_jump_over_several_warnings_says_the_last_one)
{
        struct end_step step = end_step_of(&(struct end_note){0}, NOW - 2 * DAY, NOW);

        CHECK(step.say && step.level == END_LEVEL_3);
}

TEST(a_clock_that_goes_back_says_nothing_twice)
{
        struct end_step step = end_step_of(&(struct end_note){NOW, END_LEVEL_3}, NOW - 100 * DAY, NOW);

        CHECK(!step.say && !step.clear && step.level == END_LEVEL_3);
        step = end_step_of(&(struct end_note){NOW, step.level}, NOW - 2 * DAY, NOW);
        CHECK(!step.say);
}

TEST(a_later_end_clears_what_was_said_and_begins_anew)
{
        struct end_step step = end_step_of(&(struct end_note){NOW, END_LEVEL_ENDED}, NOW, NOW + 730 * DAY);

        CHECK(step.clear && !step.say && step.level == END_LEVEL_NONE);
        step = end_step_of(&(struct end_note){NOW, END_LEVEL_14}, NOW, NOW + 20 * DAY);
        CHECK(step.clear && step.say && step.level == END_LEVEL_30);
        step = end_step_of(&(struct end_note){0}, NOW, NOW + 730 * DAY);
        CHECK(!step.clear && !step.say);
}

TEST(states_and_days_are_those_of_the_list)
{
        CHECK_STR(end_state_text(NOW, NOW + 31 * DAY, false), "good");
        CHECK_STR(end_state_text(NOW, NOW + 31 * DAY, true), "renewing");
        CHECK_STR(end_state_text(NOW, NOW + 30 * DAY, true), "soon");
        CHECK_STR(end_state_text(NOW, NOW + 3 * DAY, true), "urgent");
        CHECK_STR(end_state_text(NOW, NOW, false), "ended");
        CHECK_EQ_INT(end_days(NOW, NOW + 1), 1);
        CHECK_EQ_INT(end_days(NOW, NOW + DAY), 1);
        CHECK_EQ_INT(end_days(NOW, NOW + DAY + 1), 2);
        CHECK_EQ_INT(end_days(NOW, NOW - 1), 0);
}
