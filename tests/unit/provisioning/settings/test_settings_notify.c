/*
 * test_settings_notify: the request, and the transaction around it, by table.
 */
#include "provisioning/settings/settings_notify.h"

#include "provisioning/settings/settings_resync_account.h"
#include "tests/support/golden.h"
#include "tests/support/test.h"

static const struct settings_notify_marks marks = {"00112233445566778899aabbccddeeff", "0123", "feed", "0a4f113b", 1};
static const struct settings_notify_phone phone = {0x0a400009, 0x0a400001, 5060, "340899", "340899", "S3cret!", false};

static char bytes[SETTINGS_NOTIFY_MAX + 1];
static size_t size;

static int put(const struct settings_notify_phone *p, const struct sip_challenge *challenge)
{
        memset(bytes, 0, sizeof bytes);
        return settings_notify_write(p, &marks, challenge, bytes, &size);
}

TEST(the_request_asks_for_a_check_sync_without_a_reboot)
{
        CHECK_EQ_INT(put(&phone, NULL), 0);
        CHECK_GOLDEN("settings/notify.sip", bytes, size);
        CHECK(!strstr(bytes, "S3cret"));
}

TEST(the_request_that_answers_a_challenge_names_the_account)
{
        struct settings_notify_phone p = phone;
        struct sip_challenge challenge = {.algorithm = SIP_DIGEST_SHA256, .has_qop = true, .realm = "snom", .nonce = "98ab"};

        p.reboot = true;
        CHECK_EQ_INT(put(&p, &challenge), 0);
        CHECK_GOLDEN("settings/notify_with_password.sip", bytes, size);
        CHECK(!strstr(bytes, "S3cret"));
}

TEST(a_user_with_marks_is_escaped_and_one_without_a_name_is_left_out)
{
        struct settings_notify_phone p = phone;

        p.user = "a b@c:\"<>\r\n%\xc3\xa4";
        CHECK_EQ_INT(put(&p, NULL), 0);
        CHECK(strstr(bytes, "NOTIFY sip:a%20b%40c%3A%22%3C%3E%0D%0A%25%C3%A4@10.64.0.9:5060 SIP/2.0\r\n"));
        p.user = "";
        p.port = 5070;
        CHECK_EQ_INT(put(&p, NULL), 0);
        CHECK(strstr(bytes, "NOTIFY sip:10.64.0.9:5070 SIP/2.0\r\n"));
        CHECK(strstr(bytes, "To: <sip:10.64.0.9>\r\n"));
}

TEST(a_user_too_long_for_a_message_is_refused)
{
        struct settings_notify_phone p = phone;
        char user[200];

        memset(user, 'u', sizeof user);
        user[sizeof user - 1] = 0;
        p.user = user;
        CHECK_EQ_INT(put(&p, NULL), PV_ETOOLARGE);
}

/* --- the transaction --- */

static struct settings_notify n;
static const struct sip_challenge *challenge;

static void begin(bool has_password)
{
        memset(&n, 0, sizeof n);
        settings_notify_begin(&n, has_password, false, 1000);
}

static struct sip_answer said(unsigned status)
{
        return (struct sip_answer){.status = status};
}

static struct sip_answer asked(unsigned status, bool is_stale)
{
        return (struct sip_answer){.status = status, .n_challenges = 1, .challenges = {{.realm = "r", .nonce = "n", .is_stale = is_stale}}};
}

static enum settings_notify_action take(struct sip_answer answer)
{
        static struct sip_answer kept;

        kept = answer;
        challenge = NULL;
        return settings_notify_take(&n, &kept, 1100, &challenge);
}

/* RFC 3261 17.1.2.2: T1, doubled up to T2, until 64 * T1. */
TEST(silence_is_met_with_the_same_request_again_until_the_time_is_over)
{
        static const unsigned at[] = {500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500};

        begin(true);
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
                CHECK_EQ_INT(settings_notify_next_ms(&n), 1000 + at[i]);
                CHECK_EQ_INT(settings_notify_tick(&n, 999 + at[i]), SETTINGS_NOTIFY_WAIT);
                CHECK_EQ_INT(settings_notify_tick(&n, 1000 + at[i]), SETTINGS_NOTIFY_SEND);
        }
        CHECK_EQ_INT(settings_notify_next_ms(&n), 33000);
        CHECK_EQ_INT(settings_notify_tick(&n, 33000), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_SILENT);
        CHECK_STR(n.reason, "the phone did not answer; it asks by itself at its next poll");
        begin(true);
        n.hint = "it sleeps";
        CHECK_EQ_INT(settings_notify_tick(&n, 33000), SETTINGS_NOTIFY_END);
        CHECK_STR(n.reason, "the phone did not answer; it asks by itself at its next poll; it sleeps");
}

TEST(a_provisional_answer_slows_the_repetitions_and_ends_nothing)
{
        begin(true);
        CHECK_EQ_INT(take(said(100)), SETTINGS_NOTIFY_WAIT);
        CHECK_EQ_INT(settings_notify_next_ms(&n), 5100);
        CHECK_EQ_INT(settings_notify_tick(&n, 5100), SETTINGS_NOTIFY_SEND);
        CHECK_EQ_INT(settings_notify_tick(&n, 33000), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_SILENT);
}

TEST(final_answers_end_it)
{
        static const struct {
                unsigned status;
                enum settings_notify_outcome outcome;
        } rows[] = {
                {200, SETTINGS_NOTIFY_TAKEN}, {202, SETTINGS_NOTIFY_TAKEN}, {302, SETTINGS_NOTIFY_REFUSED}, {403, SETTINGS_NOTIFY_REFUSED},
                {481, SETTINGS_NOTIFY_REFUSED}, {489, SETTINGS_NOTIFY_REFUSED}, {500, SETTINGS_NOTIFY_REFUSED}, {603, SETTINGS_NOTIFY_REFUSED},
                {401, SETTINGS_NOTIFY_REFUSED},         /* without a challenge that can be answered */
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                char number[8];

                begin(true);
                if (take(said(rows[i].status)) != SETTINGS_NOTIFY_END || n.outcome != rows[i].outcome)
                        TEST_FAIL("%u", rows[i].status);
                snprintf(number, sizeof number, "(%u)", rows[i].status);
                CHECK(strstr(n.reason, number));
        }
}

TEST(a_challenge_is_answered_once_and_an_old_nonce_once_more)
{
        begin(true);
        CHECK_EQ_INT(take(asked(401, false)), SETTINGS_NOTIFY_ANSWER);
        CHECK(challenge && challenge->realm[0] == 'r');
        settings_notify_begin(&n, true, false, 1100);
        CHECK_EQ_INT(settings_notify_next_ms(&n), 1600);
        CHECK_EQ_INT(take(asked(401, true)), SETTINGS_NOTIFY_ANSWER);
        settings_notify_begin(&n, true, false, 1200);
        CHECK_EQ_INT(take(asked(401, true)), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_REFUSED);
        begin(true);
        CHECK_EQ_INT(take(asked(407, false)), SETTINGS_NOTIFY_ANSWER);
        settings_notify_begin(&n, true, false, 1100);
        CHECK_EQ_INT(take(asked(407, false)), SETTINGS_NOTIFY_END);
        CHECK(strstr(n.reason, "older one"));
}

TEST(without_a_password_a_challenge_is_the_end)
{
        begin(false);
        CHECK_EQ_INT(take(asked(401, false)), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_REFUSED);
        CHECK(strstr(n.reason, "none is set"));
}

TEST(a_phone_that_is_restarted_is_not_restarted_twice)
{
        begin(true);
        settings_notify_begin(&n, true, true, 1000);
        for (unsigned i = 0; i < 3; i++)
                CHECK_EQ_INT(settings_notify_tick(&n, settings_notify_next_ms(&n)), SETTINGS_NOTIFY_SEND);
        CHECK_EQ_INT(settings_notify_next_ms(&n), 33000);
        CHECK_EQ_INT(take(asked(401, false)), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_TAKEN);
        begin(true);
        settings_notify_begin(&n, true, true, 1000);
        CHECK_EQ_INT(take(asked(401, false)), SETTINGS_NOTIFY_END);
        CHECK_EQ_INT(n.outcome, SETTINGS_NOTIFY_REFUSED);
}

/* --- whom it asks as --- */

static struct settings_resync_account account_of(const char *settings, sd_json_variant **ret_answer)
{
        char text[1024];

        snprintf(text, sizeof text, "{\"settings\":[%s]}", settings);
        CHECK(sd_json_parse(text, 0, ret_answer, NULL, NULL) >= 0);
        return settings_resync_account(*ret_answer);
}

TEST(the_first_identity_with_a_name_is_asked)
{
        sd_json_variant *answer = NULL;
        struct settings_resync_account a = account_of(
                "{\"name\":\"user_name\",\"index\":3,\"value\":\"third\"},{\"name\":\"user_name\",\"index\":1,\"value\":\"\"},"
                "{\"name\":\"user_name\",\"index\":2,\"value\":\"second\"},{\"name\":\"user_pname\",\"index\":2,\"value\":\"login\"},"
                "{\"name\":\"user_pass\",\"index\":1,\"value\":\"one\"},{\"name\":\"user_pass\",\"index\":2,\"value\":\"two\"},"
                "{\"name\":\"network_id_port\",\"value\":\"5070\"}", &answer);

        CHECK_STR(a.user, "second");
        CHECK_STR(a.login, "login");
        CHECK_STR(a.password, "two");
        CHECK_EQ_INT(a.port, 5070);
        CHECK(!a.hint);
        sd_json_variant_unref(answer);
}

TEST(what_may_keep_a_phone_from_hearing_is_told)
{
        sd_json_variant *answer = NULL;
        struct settings_resync_account a = account_of("", &answer);

        CHECK_STR(a.user, "");
        CHECK_STR(a.password, "");
        CHECK_EQ_INT(a.port, 5060);
        CHECK(strstr(a.hint, "network_id_port"));
        answer = sd_json_variant_unref(answer);
        a = account_of("{\"name\":\"network_id_port\",\"value\":\"0\"}", &answer);
        CHECK_EQ_INT(a.port, 5060);
        CHECK(strstr(a.hint, "network_id_port"));
        answer = sd_json_variant_unref(answer);
        a = account_of("{\"name\":\"network_id_port\",\"value\":\"5060\"},{\"name\":\"filter_registrar\",\"value\":\"on\"}", &answer);
        CHECK(strstr(a.hint, "filter_registrar"));
        sd_json_variant_unref(answer);
}
