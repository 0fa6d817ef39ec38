/*
 * way: the first step that is missing on a phone's way, in words.
 */
#include "tests/support/test.h"

#include "provisioning/model/way.h"

#define NOW 1000000

static struct way_missing missing;

static struct way_facts facts_of(const char *state)
{
        missing = (struct way_missing){0};
        return (struct way_facts){.now_s = NOW, .is_site_complete = true, .is_dhcp_server = true, .is_pnp_on = true, .state = state, .waiting_for = "",
                                  .missing = "", .approved_at = NOW - 600, .enrolled_at = NOW - 500, .connected_at = NOW - 400};
}

static const char *step_of(const struct way_facts *facts)
{
        return way_first_missing(facts, &missing) ? missing.step : "none";
}

/* The step of a phone in this state whose timeline is these words, a second apart, the last one a minute ago. */
static const char *step_after(const char *state, const char *const *words)
{
        struct way_event events[8];
        struct way_facts facts = facts_of(state);
        size_t n = 0;

        while (words[n])
                n++;
        for (size_t i = 0; i < n; i++)
                events[i] = (struct way_event){.word = words[i], .detail = "because of this", .at_s = NOW - 60 - (int64_t)(n - 1 - i)};
        facts.events = events;
        facts.n_events = n;
        return step_of(&facts);
}

#define AFTER(state, ...) step_after(state, (const char *const[]){__VA_ARGS__, NULL})

TEST(nothing_is_missing_of_a_phone_that_has_its_newest_settings)
{
        struct way_facts facts = facts_of("current");

        CHECK(!way_first_missing(&facts, &missing));
        CHECK_STR(AFTER("current", "dhcp-ack", "stage1-served", "bundle-served", "tunnel-up", "settings-served", "served"), "none");
}

TEST(a_site_that_is_not_set_up_comes_before_everything_but_a_revoke)
{
        struct way_facts facts = facts_of("approved");

        facts.is_site_complete = false;
        CHECK_STR(step_of(&facts), "site");
        facts.state = "revoked";
        CHECK_STR(step_of(&facts), "revoked");
}

TEST(who_waits_is_told_what_for_in_the_stores_words)
{
        struct way_facts facts = facts_of("waiting");

        facts.waiting_for = "It showed the certificate of another phone.";
        facts.missing = "less important";
        CHECK_STR(step_of(&facts), "approval");
        CHECK_STR(missing.sentence, "It showed the certificate of another phone.");
        facts.waiting_for = "";
        CHECK_STR(step_of(&facts), "approval");
        CHECK_STR(missing.sentence, "less important");
        facts.state = "seen";
        facts.missing = "";
        CHECK_STR(step_of(&facts), "approval");
        CHECK(*missing.sentence && *missing.todo);
}

TEST(a_listed_phone_that_never_asked_has_to_be_connected)
{
        struct way_facts facts = facts_of("expected");

        CHECK_STR(step_of(&facts), "heard");
}

TEST(an_approved_phone_that_is_silent_has_not_been_heard_of)
{
        struct way_facts facts = facts_of("approved");

        CHECK_STR(step_of(&facts), "heard");
        CHECK_STR(missing.sentence, "It has not been heard of since it was approved 10 minutes ago.");
        facts.is_dhcp_server = facts.is_pnp_on = false;
        CHECK_STR(step_of(&facts), "heard");
        CHECK(strstr(missing.todo, "other DHCP server"));
}

TEST(what_was_heard_before_the_approval_does_not_count)
{
        struct way_event event = {.word = "dhcp-ack", .detail = "", .at_s = NOW - 700};
        struct way_facts facts = facts_of("approved");

        facts.events = &event;
        facts.n_events = 1;
        CHECK_STR(step_of(&facts), "heard");
        event.at_s = NOW - 500;
        CHECK_STR(step_of(&facts), "first-settings");
}

TEST(each_step_that_was_done_makes_the_next_one_the_missing_one)
{
        CHECK_STR(AFTER("approved", "dhcp-offer"), "heard");
        CHECK_STR(AFTER("approved", "dhcp-offer", "dhcp-ack"), "first-settings");
        CHECK_STR(AFTER("approved", "pnp-notify", "pnp-taken"), "first-settings");
        CHECK_STR(AFTER("approved", "dhcp-ack", "stage1-served"), "bundle");
        CHECK_STR(AFTER("approved", "stage1-served"), "bundle");
        CHECK_STR(AFTER("enrolled", "bundle-served", "enrolled"), "tunnel");
        CHECK_STR(AFTER("connected", "tunnel-up"), "settings");
}

TEST(every_word_of_failure_is_told_with_its_step_its_reason_and_what_to_do)
{
        static const struct { const char *state, *before, *word, *step; } failures[] = {
                {"approved", "dhcp-offer", "dhcp-silent", "address"}, {"approved", "dhcp-offer", "dhcp-nak", "address"},
                {"approved", "dhcp-offer", "dhcp-decline", "address"}, {"approved", "dhcp-offer", "address-conflict", "address"},
                {"approved", "dhcp-offer", "dhcp-flood", "address"}, {"approved", "dhcp-offer", "pnp-refused", "address"},
                {"approved", "dhcp-offer", "pnp-silent", "address"}, {"approved", "dhcp-ack", "stage1-refused", "first-settings"},
                {"approved", "dhcp-ack", "vpn-client-missing", "first-settings"}, {"approved", "dhcp-ack", "vpn-image-served", "first-settings"},
                {"approved", "dhcp-ack", "firmware-refused", "first-settings"}, {"approved", "stage1-served", "bundle-refused", "bundle"},
                {"enrolled", "enrolled", "tunnel-refused", "tunnel"}, {"enrolled", "tunnel-up", "tunnel-closed", "tunnel"},
                {"enrolled", "tunnel-up", "tunnel-down", "tunnel"}, {"enrolled", "enrolled", "tunnel-unproven", "tunnel"},
                {"connected", "tunnel-up", "settings-refused", "settings"}, {"connected", "tunnel-up", "settings-held", "settings"},
                {"connected", "tunnel-up", "notify-refused", "settings"}, {"connected", "tunnel-up", "notify-silent", "settings"},
                {"connected", "tunnel-up", "rollout-failed", "settings"}, {"current", "served", "renewal-stuck", "renewal"},
                {"current", "served", "settings-held", "settings"}, {"current", "served", "firmware-refused", "firmware"},
        };

        for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
                const char *step = AFTER(failures[i].state, failures[i].before, failures[i].word);

                if (strcmp(step, failures[i].step) != 0)
                        TEST_FAIL("%s: %s, not %s", failures[i].word, step, failures[i].step);
                if (!strstr(missing.sentence, " 1 minute ago: because of this."))
                        TEST_FAIL("%s: %s", failures[i].word, missing.sentence);
                if (!*missing.todo || missing.todo[strlen(missing.todo) - 1] != '.')
                        TEST_FAIL("%s: what to do is \"%s\"", failures[i].word, missing.todo);
        }
}

TEST(a_failure_that_a_success_came_after_is_over)
{
        CHECK_STR(AFTER("enrolled", "tunnel-refused", "tunnel-up", "tunnel-down"), "tunnel");
        CHECK(strstr(missing.sentence, "left the tunnel"));
        CHECK_STR(AFTER("approved", "stage1-refused", "stage1-served"), "bundle");
        CHECK(!strstr(missing.sentence, "refused"));
        CHECK_STR(AFTER("current", "renewal-stuck", "renewed", "served"), "none");
        CHECK_STR(AFTER("current", "firmware-refused", "firmware-served"), "none");
}

TEST(of_several_failures_the_newest_is_told)
{
        CHECK_STR(AFTER("connected", "tunnel-up", "notify-silent", "settings-held"), "settings");
        CHECK(strstr(missing.sentence, "error"));
}

TEST(a_certificate_that_ended_is_told_before_what_the_tunnel_says)
{
        struct way_event event = {.word = "tunnel-refused", .detail = "certificate", .at_s = NOW - 5};
        struct way_facts facts = facts_of("enrolled");

        facts.events = &event;
        facts.n_events = 1;
        facts.certificate_not_after = NOW - 3 * 86400 - 5;
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK_STR(missing.sentence, "It is refused the tunnel: its certificate ended 3 days ago.");
        CHECK(!strncmp(missing.todo, "Renew it", 8));
        facts.certificate_not_after = NOW + 1;
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK_STR(missing.sentence, "It was refused the tunnel a moment ago: certificate.");
}

TEST(an_old_phone_waits_for_its_process_when_that_is_off)
{
        struct way_facts facts = facts_of("enrolled");

        facts.is_legacy = true;
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK(strstr(missing.sentence, "which is off"));
        facts.is_legacy_on = true;
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK(strstr(missing.sentence, "has not come into the tunnel"));
}

TEST(a_reason_keeps_its_own_full_stop_and_nothing_of_it_rules_a_terminal)
{
        struct way_event event = {.word = "tunnel-refused", .detail = "It showed another certificate.", .at_s = NOW - 3600};
        struct way_facts facts = facts_of("enrolled");

        facts.events = &event;
        facts.n_events = 1;
        facts.enrolled_at = NOW - 7200;
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK_STR(missing.sentence, "It was refused the tunnel 1 hour ago: It showed another certificate.");
        event.detail = "\x1b[2J";
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK(!strchr(missing.sentence, '\x1b'));
        event.detail = "";
        CHECK_STR(step_of(&facts), "tunnel");
        CHECK_STR(missing.sentence, "It was refused the tunnel 1 hour ago.");
}

TEST(a_detail_of_any_length_is_cut)
{
        char detail[2000];
        struct way_event event = {.word = "stage1-refused", .detail = detail, .at_s = NOW - 60};
        struct way_facts facts = facts_of("approved");

        memset(detail, 'x', sizeof detail - 1);
        detail[sizeof detail - 1] = 0;
        facts.events = &event;
        facts.n_events = 1;
        CHECK_STR(step_of(&facts), "first-settings");
        CHECK(strlen(missing.sentence) < WAY_SENTENCE_SIZE);
}
