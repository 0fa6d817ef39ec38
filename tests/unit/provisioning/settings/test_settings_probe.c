/*
 * settings_probe: how quickly a phone answers in its tunnel, and what was lost on the way.
 */
#include "tests/support/test.h"

#include "provisioning/settings/settings_probe.h"

#define PHONE 0x0a400002        /* 10.64.0.2 */

static struct settings_probe probe;
static char bytes[SETTINGS_PROBE_MAX + 1];
static size_t size;

static void begin(void)
{
        probe = (struct settings_probe){.address = PHONE, .gateway = 0x0a400001, .port = 5061, .call_id = "c0", .tag = "t0"};
}

/* Branches are b0, b1, ... */
static void send_at(uint64_t now_us)
{
        char branch[8];

        snprintf(branch, sizeof branch, "b%u", probe.n_sent);
        CHECK(settings_probe_next(&probe, branch, now_us, bytes, &size) == 0);
        bytes[size] = 0;
}

static void send_all(void)
{
        begin();
        for (unsigned i = 0; i < SETTINGS_PROBE_N; i++)
                send_at(1000 + i * SETTINGS_PROBE_EVERY_US);
}

static bool answer(unsigned i, unsigned status, uint64_t now_us)
{
        struct sip_answer a = {.status = status, .cseq = i + 1, .method = "OPTIONS"};

        snprintf(a.branch, sizeof a.branch, "z9hG4bKb%u", i);
        return settings_probe_take(&probe, &a, PHONE, now_us);
}

TEST(the_request_is_whole_and_names_both_ends)
{
        begin();
        send_at(5);
        CHECK(strstr(bytes, "OPTIONS sip:10.64.0.2:5061 SIP/2.0\r\n") == bytes);
        CHECK(strstr(bytes, "\r\nVia: SIP/2.0/UDP 10.64.0.1:5060;branch=z9hG4bKb0;rport\r\n"));
        CHECK(strstr(bytes, "\r\nCSeq: 1 OPTIONS\r\n"));
        CHECK(strstr(bytes, "\r\nContent-Length: 0\r\n\r\n"));
        CHECK_EQ_INT(strlen(bytes), size);
}

TEST(five_are_sent_and_no_more)
{
        send_all();
        CHECK_EQ_INT(settings_probe_next(&probe, "b5", 9, bytes, &size), PV_ETOOLARGE);
        CHECK_EQ_INT(settings_probe_result(&probe).sent, 5);
}

TEST(when_all_are_answered_it_is_over_and_told_in_numbers)
{
        send_all();
        for (unsigned i = 0; i < SETTINGS_PROBE_N; i++) {
                CHECK(!settings_probe_is_over(&probe, 400000));
                CHECK(answer(i, 200, 1000 + i * SETTINGS_PROBE_EVERY_US + 10 * (i + 1)));
        }
        CHECK(settings_probe_is_over(&probe, 400000));
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 5);
        CHECK_EQ_INT(settings_probe_result(&probe).least_us, 10);
        CHECK_EQ_INT(settings_probe_result(&probe).mean_us, 30);
        CHECK_EQ_INT(settings_probe_result(&probe).most_us, 50);
}

TEST(what_is_not_answered_within_a_second_is_lost)
{
        send_all();
        CHECK(answer(1, 404, 1000 + SETTINGS_PROBE_EVERY_US + 70));
        CHECK(!settings_probe_is_over(&probe, settings_probe_due_us(&probe) - 1));
        CHECK(settings_probe_is_over(&probe, settings_probe_due_us(&probe)));
        CHECK_EQ_INT(settings_probe_due_us(&probe), 1000 + 4 * SETTINGS_PROBE_EVERY_US + SETTINGS_PROBE_WAIT_US);
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 1);
        CHECK_EQ_INT(settings_probe_result(&probe).least_us, 70);
}

TEST(of_a_phone_that_is_silent_no_time_is_told)
{
        send_all();
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 0);
        CHECK_EQ_INT(settings_probe_result(&probe).mean_us, 0);
}

TEST(an_answer_counts_once_and_a_provisional_one_not_at_all)
{
        send_all();
        CHECK(answer(0, 100, 1005));
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 0);
        CHECK(answer(0, 200, 1010));
        CHECK(answer(0, 200, 9000));
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 1);
        CHECK_EQ_INT(settings_probe_result(&probe).most_us, 10);
}

TEST(answers_of_others_do_not_count)
{
        struct sip_answer a = {.status = 200, .cseq = 1, .method = "OPTIONS", .branch = "z9hG4bKb0"};

        send_all();
        CHECK(!settings_probe_take(&probe, &a, PHONE + 1, 2000));
        a.cseq = 2;
        CHECK(!settings_probe_take(&probe, &a, PHONE, 2000));
        a = (struct sip_answer){.status = 200, .cseq = 1, .method = "NOTIFY", .branch = "z9hG4bKb0"};
        CHECK(!settings_probe_take(&probe, &a, PHONE, 2000));
        a = (struct sip_answer){.status = 200, .cseq = 1, .method = "OPTIONS", .branch = "b0"};
        CHECK(!settings_probe_take(&probe, &a, PHONE, 2000));
        CHECK_EQ_INT(settings_probe_result(&probe).answered, 0);
}
