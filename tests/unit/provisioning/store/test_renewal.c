/*
 * test_renewal: next certificates, from the keeper's question to the tunnel that proves one; authorities; ends and warnings.
 *
 * In:   calls as bootstrap and session make them, a clock of this test.
 * Out:  rows, events and alarms.
 * Not:  no certificates: PEM is text here (tests/site has real ones).
 */
#include <signal.h>
#include <sys/wait.h>

#include "provisioning/store/store_alarm.h"
#include "provisioning/store/store_end.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_secret.h"
#include "tests/unit/provisioning/store/store_fixture.h"

#define DAY INT64_C(86400)
#define START INT64_C(1800000000)
#define DIGEST_2 "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define DIGEST_3 "ee112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_2 "-----BEGIN PRIVATE KEY-----\\ncanary-next-key\\n-----END PRIVATE KEY-----\\n"

static char json_space[2048];

static const char *json(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *json(const char *format, ...)
{
        va_list list;

        va_start(list, format);
        vsnprintf(json_space, sizeof json_space, format, list);
        va_end(list);
        return json_space;
}

static const char *certificate(const char *mac, const char *serial, const char *digest, int64_t not_after, int generation, bool next)
{
        return json("{\"mac\":\"%s\",\"certificate\":\"" PEM "\",\"private_key\":\"%s\",\"serial\":\"%s\",\"sha256\":\"%s\",\"not_before\":%" PRId64
                    ",\"not_after\":%" PRId64 ",\"generation\":%d,\"next\":%s}", mac, next ? KEY_2 : KEY, serial, digest, START - 2 * DAY, not_after,
                    generation, next ? "true" : "false");
}

static const char *get(const char *mac, const char *path)
{
        CHECK_STR(ASK(get_phone, json("{\"mac\":\"%s\"}", mac)), "");
        return fixture_get(path);
}

/* As session calls it, whose own part is tested elsewhere. */
static int promote_with(struct store *store, struct store_request *request)
{
        bool promoted;

        return store_renewal_promote(store, store_in_text(request, "mac"), store_in_text(request, "sha256"), &promoted);
}

static void comes_with(const char *mac, const char *digest)
{
        CHECK_STR(fixture_call(true, promote_with, "session", json("{\"mac\":\"%s\",\"sha256\":\"%s\"}", mac, digest)), "");
        CHECK_STR(DO(report_tunnel, json("{\"mac\":\"%s\",\"up\":true,\"detail\":\"\",\"sha256\":\"%s\"}", mac, digest)), "");
}

static void goes(const char *mac)
{
        CHECK_STR(DO(report_tunnel, json("{\"mac\":\"%s\",\"up\":false,\"detail\":\"\"}", mac)), "");
}

/* An approved phone that took its bundle on the LAN and is connected; its certificate lasts `days`. */
static void have_phone(const char *mac, int64_t days)
{
        CHECK_STR(DO(add_phone, json("{\"mac\":\"%s\",\"approve\":true}", mac)), "");
        CHECK_STR(DO(set_enrolment, certificate(mac, "0a1b", DIGEST, START + days * DAY, 1, false)), "");
        CHECK_STR(DO(mark_enrolled, json("{\"mac\":\"%s\",\"serial\":\"0a1b\",\"delivered\":\"lan\"}", mac)), "");
        CHECK_STR(DO(report_tunnel, json("{\"mac\":\"%s\",\"up\":true,\"detail\":\"\"}", mac)), "");
}

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
}

static size_t due(int64_t days, int generation)
{
        CHECK_STR(ASK(list_renewals, json("{\"before\":%" PRId64 ",\"generation\":%d,\"limit\":100}", fixture_now_ms / 1000 + days * DAY, generation)), "");
        return fixture_count("phones");
}

/* How often this stands in the timeline of a phone, or of the site. */
static unsigned events(const char *mac, const char *word)
{
        unsigned n = 0;

        CHECK_STR(ASK(timeline, json("{\"mac\":\"%s\",\"limit\":500}", mac)), "");
        for (size_t i = 0; i < fixture_count("events"); i++) {
                char path[48];

                snprintf(path, sizeof path, "events.%zu.word", i);
                n += !strcmp(fixture_get(path), word);
        }
        return n;
}

/* "" or the kind of the open alarm about this subject. */
static const char *alarm_of(const char *subject)
{
        static char kind[64];
        char path[48];

        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        for (size_t i = 0; i < fixture_count("alarms"); i++) {
                snprintf(path, sizeof path, "alarms.%zu.subject", i);
                if (strcmp(fixture_get(path), subject))
                        continue;
                snprintf(path, sizeof path, "alarms.%zu.kind", i);
                snprintf(kind, sizeof kind, "%s", fixture_get(path));
                return kind;
        }
        return "";
}

static void look(void)
{
        CHECK_STR(DO(look_at_ends, "{}"), "");
}

/* --- the way of a next certificate --------------------------------------- */

TEST(a_certificate_that_ends_within_the_days_is_listed_until_there_is_a_next_one)
{
        begin();
        have_phone(MAC_A, 300);
        have_phone(MAC_B, 700);
        CHECK_EQ_INT(due(400, 1), 1);
        CHECK_STR(fixture_get("phones.0.mac"), MAC_A);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_EQ_INT(due(400, 1), 0);
        CHECK_EQ_INT(due(400, 2), 2);           /* another generation: both, the next one of the first is no good either */
        fixture_end();
}

TEST(a_next_certificate_changes_nothing_until_a_tunnel_with_it_is_up)
{
        begin();
        have_phone(MAC_A, 300);
        int64_t revision = atoll(get(MAC_A, "phone.revision"));
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK(atoll(get(MAC_A, "phone.revision")) > revision);
        CHECK_STR(fixture_get("phone.certificate_serial"), "0a1b");
        CHECK_STR(fixture_get("phone.next_serial"), "0b2c");
        CHECK_STR(fixture_get("phone.state"), "connected");     /* its tunnel was not closed */
        CHECK_STR(ASK(get_enrolment, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("serial"), "0a1b");
        CHECK(strstr(fixture_get("private_key"), "canary-vpn-key"));
        CHECK_STR(ASK(get_enrolment, "{\"mac\":\"" MAC_A "\",\"next\":true}"), "");
        CHECK_STR(fixture_get("serial"), "0b2c");
        CHECK(strstr(fixture_get("private_key"), "canary-next-key"));
        comes_with(MAC_A, DIGEST);
        CHECK_STR(get(MAC_A, "phone.next_serial"), "0b2c");
        goes(MAC_A);
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0b2c");
        CHECK_STR(fixture_get("phone.certificate_sha256"), DIGEST_2);
        CHECK_STR(fixture_get("phone.certificate_not_after"), json("%" PRId64, START + 730 * DAY));
        CHECK(!fixture_get("phone.next_serial") || !strcmp(fixture_get("phone.next_serial"), "null"));
        CHECK_STR(ASK(get_enrolment, MAC(MAC_A)), "");
        CHECK(strstr(fixture_get("private_key"), "canary-next-key"));
        CHECK_EQ_INT(events(MAC_A, "renewed"), 1);
        CHECK_EQ_INT(due(400, 1), 0);
        fixture_end();
}

TEST(a_tunnel_with_the_former_certificate_after_that_promotes_nothing)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(fixture_call(true, promote_with, "session", "{\"mac\":\"" MAC_A "\",\"sha256\":\"" DIGEST "\"}"), "");
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0b2c");
        fixture_end();
}

TEST(where_a_bundle_was_taken_stands_with_the_certificate_it_belongs_to)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(get(MAC_A, "phone.delivered"), "lan");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"tunnel\"}"), "");
        CHECK_STR(get(MAC_A, "phone.delivered"), "lan");
        int64_t revision = atoll(get(MAC_A, "phone.revision"));
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(get(MAC_A, "phone.delivered"), "tunnel");
        CHECK_EQ_INT(atoll(fixture_get("phone.revision")), revision);   /* its settings name that bundle already */
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"lan\"}"), "");
        CHECK_STR(get(MAC_A, "phone.delivered"), "lan");
        CHECK(atoll(fixture_get("phone.revision")) > revision);
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"delivered\":\"moon\"}"), "InvalidValue delivered");
        fixture_end();
}

TEST(a_phone_that_was_never_there_gets_its_next_certificate_as_its_present_one)
{
        begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0b2c");
        CHECK(!fixture_get("phone.next_serial") || !strcmp(fixture_get("phone.next_serial"), "null"));
        fixture_end();
}

TEST(a_revoked_phone_gets_no_next_certificate_and_keeps_none)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0c3d", DIGEST_3, START + 730 * DAY, 1, true)), "NotAllowed");
        CHECK_EQ_INT(due(400, 1), 0);
        CHECK_STR(fixture_call(true, promote_with, "session", "{\"mac\":\"" MAC_A "\",\"sha256\":\"" DIGEST_2 "\"}"), "");
        CHECK_STR(get(MAC_A, "phone.state"), "revoked");
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0a1b");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");           /* and when it comes back it begins anew */
        CHECK_STR(fixture_call(true, promote_with, "session", "{\"mac\":\"" MAC_A "\",\"sha256\":\"" DIGEST_2 "\"}"), "");
        CHECK(!strcmp(get(MAC_A, "phone.state"), "approved"));
        fixture_end();
}

TEST(a_phone_of_another_class_begins_anew)
{
        begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\"}"), "");
        CHECK(!get(MAC_A, "phone.next_serial") || !strcmp(fixture_get("phone.next_serial"), "null"));
        CHECK_STR(fixture_call(true, promote_with, "session", "{\"mac\":\"" MAC_A "\",\"sha256\":\"" DIGEST_2 "\"}"), "");
        CHECK_STR(get(MAC_A, "phone.state"), "approved");
        CHECK_EQ_INT(due(400, 1), 0);           /* it gets one when it asks on the phone LAN */
        fixture_end();
}

TEST(a_phone_whose_class_changes_while_it_is_out_comes_back_with_an_address_of_its_class)
{
        begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"},{\"name\":\"legacy_address\",\"value\":\"10.65.0.1/24\"}]}"), "");
        have_phone(MAC_A, 300);
        CHECK(strstr(get(MAC_A, "phone.tunnel_address"), "10.64."));
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(get(MAC_A, "phone.state"), "revoked");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(get(MAC_A, "phone.tunnel_address"), "10.65.0.2");
        /* What it had rests like any other that was given up. */
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(get(MAC_B, "phone.tunnel_address"), "10.64.0.3");
        fixture_end();
}

TEST(old_phones_are_due_while_the_site_serves_them)
{
        begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"approve\":true,\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0a1b", DIGEST, START + 700 * DAY, 1, false)), "");
        CHECK_EQ_INT(due(400, 1), 1);           /* its certificate is of the other class's authority */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"off\"}]}"), "");
        CHECK_EQ_INT(due(400, 1), 0);
        fixture_end();
}

TEST(in_the_tunnel_a_phone_is_found_by_its_address_while_it_is_up)
{
        begin();
        have_phone(MAC_A, 300);
        char address[32];

        snprintf(address, sizeof address, "%s", get(MAC_A, "phone.tunnel_address"));
        CHECK_STR(ASK(get_enrolment, json("{\"mac\":\"\",\"tunnel_address\":\"%s\"}", address)), "");
        CHECK_STR(fixture_get("phone.mac"), MAC_A);
        CHECK_STR(ASK(get_enrolment, "{\"mac\":\"\",\"tunnel_address\":\"10.64.9.9\"}"), "NoSuchPhone");
        CHECK_STR(ASK(get_enrolment, "{\"mac\":\"\",\"tunnel_address\":\"here\"}"), "InvalidValue tunnel_address");
        goes(MAC_A);
        CHECK_STR(ASK(get_enrolment, json("{\"mac\":\"\",\"tunnel_address\":\"%s\"}", address)), "NoTunnel");
        fixture_end();
}

TEST(what_a_phone_may_hold_alone_is_not_replaced)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"tunnel\"}"), "");
        goes(MAC_A);
        CHECK_EQ_INT(due(400, 2), 0);           /* a rollover waits for it, the meter shows it */
        fixture_now_ms += 60000;
        comes_with(MAC_A, DIGEST);              /* it still has the former one */
        CHECK_EQ_INT(due(400, 2), 1);
        fixture_end();
}

TEST(those_in_their_tunnels_are_listed_first)
{
        begin();
        have_phone(MAC_A, 100);
        have_phone(MAC_B, 300);
        goes(MAC_A);
        CHECK_EQ_INT(due(400, 1), 2);
        CHECK_STR(fixture_get("phones.0.mac"), MAC_B);
        fixture_end();
}

/* The keeper goes by a list that is some seconds old; meanwhile the phone may have got one on the phone LAN. */
TEST(two_that_make_a_next_certificate_at_once_leave_the_phone_with_the_one_it_was_told_of)
{
        begin();
        have_phone(MAC_A, 20);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"lan\"}"), "");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0c3d", DIGEST_3, START + 730 * DAY + 8, 1, true)), "");
        CHECK_STR(get(MAC_A, "phone.next_serial"), "0b2c");
        CHECK_EQ_INT(events(MAC_A, "certificate-next"), 1);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0c3d", DIGEST_3, START + 730 * DAY + 8, 2, true)), "");
        CHECK_STR(get(MAC_A, "phone.next_serial"), "0c3d");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 830 * DAY, 2, true)), "");
        CHECK_STR(get(MAC_A, "phone.next_serial"), "0b2c");
        fixture_end();
}

/* An answer that was long under way: the phone was put out and let in again meanwhile. */
TEST(a_bundle_of_an_earlier_life_marks_nothing)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":600}"), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0a1b\",\"delivered\":\"lan\"}"), "");
        CHECK_STR(get(MAC_A, "phone.state"), "approved");
        CHECK_STR(fixture_get("phone.window_until"), "1800000600");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0c3d", DIGEST_3, START + 730 * DAY, 1, false)), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0a1b\",\"delivered\":\"lan\",\"window\":true}"), "NotAllowed");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0c3d\",\"delivered\":\"lan\",\"window\":true}"), "");
        CHECK_STR(get(MAC_A, "phone.state"), "enrolled");
        fixture_end();
}

/* Opened while the clock was ten years ahead, it would stay open for ten years. */
TEST(a_window_that_is_open_for_longer_than_any_can_be_is_closed)
{
        begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        fixture_now_ms += 3650 * DAY * 1000;
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":600}"), "");
        CHECK(strcmp(fixture_get("phone.window_until"), "null") != 0);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0c3d", DIGEST_3, START + 730 * DAY, 1, false)), "");
        fixture_now_ms -= 3650 * DAY * 1000;
        CHECK_STR(get(MAC_A, "phone.window_until"), "null");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0c3d\",\"delivered\":\"lan\",\"window\":true}"), "NotAllowed");
        fixture_end();
}

/* --- power cuts ------------------------------------------------------------ */

TEST(a_power_cut_after_the_answer_loses_neither_certificate)
{
        int status;
        pid_t pid;

        begin();
        have_phone(MAC_A, 300);
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
                CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
                raise(SIGKILL);
        }
        CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
        fixture_reopen();
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0a1b");
        CHECK_STR(fixture_get("phone.next_serial"), "0b2c");
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0b2c");
        fixture_end();
}

static int promote_and_fail(struct store *store, struct store_request *request)
{
        int r = promote_with(store, request);

        return r < 0 ? r : store_refuse(request, "NotAllowed", "as if the power went");
}

TEST(a_promotion_that_is_not_kept_leaves_both_good)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(fixture_call(true, promote_and_fail, "session", "{\"mac\":\"" MAC_A "\",\"sha256\":\"" DIGEST_2 "\"}"), "NotAllowed");
        fixture_reopen();
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0a1b");
        CHECK_STR(fixture_get("phone.next_serial"), "0b2c");
        CHECK_STR(ASK(get_enrolment, "{\"mac\":\"" MAC_A "\",\"next\":true}"), "");
        CHECK(strstr(fixture_get("private_key"), "canary-next-key"));
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(get(MAC_A, "phone.certificate_serial"), "0b2c");
        fixture_end();
}

TEST(no_key_stands_readable_in_the_database)
{
        char command[256];

        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        snprintf(command, sizeof command, "! grep -q canary-next-key %s/*", fixture_dir);
        CHECK_EQ_INT(system(command), 0);
        fixture_end();
}

/* --- authorities ----------------------------------------------------------- */

#define ROOTS(generation) "{\"roots\":\"" PEM "\",\"generation\":" generation "}"
#define TWO_ROOTS(generation) "{\"roots\":\"" PEM PEM "\",\"generation\":" generation "}"

static const char *authorities_of(const char *mac)
{
        static char text[4096];
        char *roots = NULL;

        CHECK_EQ_INT(store_renewal_authorities(fixture, mac, &roots), 0);
        snprintf(text, sizeof text, "%s", roots ? roots : "");
        free(roots);
        return text;
}

TEST(one_root_from_the_beginning_is_told_to_nobody)
{
        begin();
        have_phone(MAC_A, 700);
        int64_t revision = atoll(get(MAC_A, "phone.revision"));
        CHECK_STR(DO(set_authorities, ROOTS("1")), "");
        CHECK_EQ_INT(atoll(get(MAC_A, "phone.revision")), revision);
        CHECK_STR(authorities_of(MAC_A), "");
        fixture_end();
}

TEST(a_second_root_and_the_end_of_the_first_are_new_settings_each_and_no_more)
{
        begin();
        have_phone(MAC_A, 700);
        CHECK_STR(DO(set_authorities, ROOTS("1")), "");
        int64_t revision = atoll(get(MAC_A, "phone.revision")), second;
        CHECK_STR(DO(set_authorities, TWO_ROOTS("2")), "");
        second = atoll(get(MAC_A, "phone.revision"));
        CHECK(second > revision);
        CHECK(strstr(authorities_of(MAC_A), "BEGIN"));
        CHECK_STR(DO(set_authorities, TWO_ROOTS("2")), "");
        CHECK_EQ_INT(atoll(get(MAC_A, "phone.revision")), second);
        CHECK_STR(DO(set_authorities, ROOTS("2")), "");
        CHECK(atoll(get(MAC_A, "phone.revision")) > second);
        CHECK(strstr(authorities_of(MAC_A), "BEGIN"));          /* stage 1 gave it the former one */
        CHECK_STR(DO(set_authorities, "{\"roots\":\"none\",\"generation\":1}"), "InvalidValue roots");
        fixture_end();
}

TEST(the_meter_counts_phones_that_have_a_bundle_of_the_generation)
{
        begin();
        have_phone(MAC_A, 700);
        have_phone(MAC_B, 700);
        CHECK_STR(DO(add_phone, ADD_APPROVED("000413000009")), "");
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 2, true)), "");
        CHECK_STR(ASK(count_generations, "{\"generation\":2}"), "");
        CHECK_STR(fixture_get("holding"), "0");
        CHECK_STR(fixture_get("total"), "2");
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(ASK(count_generations, "{\"generation\":2}"), "");
        CHECK_STR(fixture_get("holding"), "1");
        CHECK_EQ_INT(fixture_count("lost"), 1);
        CHECK_STR(fixture_get("lost.0"), MAC_B);
        fixture_end();
}

/* --- ends -------------------------------------------------------------------- */

TEST(warnings_of_a_phone_come_at_30_14_and_3_days_once_each_and_go_by_themselves)
{
        unsigned n = 0;

        begin();
        have_phone(MAC_A, 100);
        goes(MAC_A);
        for (int64_t day = 0; day <= 103; day++) {
                int64_t left = 100 - day;

                fixture_now_ms = (START + day * DAY + 10) * 1000;
                look();
                look();
                n += left == 30 || left == 14 || left == 3 || left == 0;
                if (events(MAC_A, "alarm") != n)
                        TEST_FAIL("%u events with %" PRId64 " days left, not %u", events(MAC_A, "alarm"), left, n);
                CHECK_STR(alarm_of(MAC_A), left > 30 ? "" : left > 0 ? "ends-soon" : "ended");
        }
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, fixture_now_ms / 1000 + 730 * DAY, 1, true)), "");
        look();
        CHECK_STR(alarm_of(MAC_A), "ended");    /* a next one that waits is no use to it yet */
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(alarm_of(MAC_A), "");
        look();
        CHECK_STR(alarm_of(MAC_A), "");
        fixture_end();
}

TEST(a_warning_is_not_said_again_after_a_restart_or_a_clock_that_went_back)
{
        begin();
        have_phone(MAC_A, 10);
        look();
        CHECK_EQ_INT(events(MAC_A, "alarm"), 1);
        fixture_reopen();
        look();
        fixture_now_ms -= 200 * DAY * 1000;
        look();
        fixture_now_ms += 200 * DAY * 1000;
        look();
        CHECK_EQ_INT(events(MAC_A, "alarm"), 1);
        fixture_end();
}

TEST(a_clock_before_the_floor_counts_as_the_floor)
{
        begin();
        have_phone(MAC_A, 100);
        fixture_now_ms = 86400000;
        CHECK_STR(DO(report_ends, json("{\"ends\":[],\"generation\":1,\"floor\":%" PRId64 "}", START + 90 * DAY)), "");
        CHECK_STR(alarm_of(MAC_A), "ends-soon");
        CHECK_STR(ASK(list_ends, "{\"limit\":10}"), "");
        CHECK_STR(fixture_get("ends.0.state"), "soon");
        CHECK_STR(fixture_get("now"), json("%" PRId64, START + 90 * DAY));
        fixture_end();
}

TEST(whoever_is_revoked_ends_nothing)
{
        begin();
        have_phone(MAC_A, 10);
        look();
        CHECK_STR(alarm_of(MAC_A), "ends-soon");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        look();
        CHECK_STR(alarm_of(MAC_A), "");
        CHECK_STR(ASK(list_ends, "{\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("ends"), 0);
        fixture_end();
}

TEST(our_own_ends_stand_in_the_list_with_what_is_to_be_done)
{
        begin();
        have_phone(MAC_A, 700);
        CHECK_STR(DO(report_ends, json("{\"ends\":[{\"subject\":\"root\",\"not_after\":%" PRId64 "},{\"subject\":\"edge\",\"not_after\":%" PRId64
                                       "}],\"generation\":1,\"floor\":1}", START + 20 * DAY, START + 600 * DAY)), "");
        CHECK_STR(alarm_of("root"), "ends-soon");
        CHECK_STR(ASK(list_ends, "{\"limit\":10}"), "");
        CHECK_STR(fixture_get("ends.0.subject"), "root");
        CHECK_STR(fixture_get("ends.0.kind"), "own");
        CHECK_STR(fixture_get("ends.0.state"), "soon");
        CHECK_STR(fixture_get("ends.0.text"), "The root authority ends on 2027-02-04, in 20 days; a rollover of the authority takes its place.");
        CHECK_STR(fixture_get("ends.1.subject"), "edge");
        CHECK_STR(fixture_get("ends.1.state"), "renewing");
        CHECK_STR(fixture_get("ends.2.subject"), MAC_A);
        CHECK_STR(fixture_get("ends.2.state"), "good");
        CHECK_STR(DO(report_ends, json("{\"ends\":[{\"subject\":\"root\",\"not_after\":%" PRId64 "}],\"generation\":2}", START + 9000 * DAY)), "");
        CHECK_STR(alarm_of("root"), "");
        CHECK_STR(ASK(list_ends, "{\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("ends"), 2);         /* the edge is not reported any more */
        CHECK_STR(DO(report_ends, "{\"ends\":[{\"subject\":\"\",\"not_after\":1}],\"generation\":2}"), "InvalidValue ends");
        CHECK_STR(ASK(list_ends, "{\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("ends"), 2);
        fixture_end();
}

TEST(a_phone_that_takes_the_bundle_and_comes_with_the_former_one_is_told_of_once)
{
        begin();
        have_phone(MAC_A, 300);
        CHECK_STR(DO(set_enrolment, certificate(MAC_A, "0b2c", DIGEST_2, START + 730 * DAY, 1, true)), "");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"serial\":\"0b2c\",\"delivered\":\"tunnel\"}"), "");
        goes(MAC_A);
        fixture_now_ms += 60000;
        comes_with(MAC_A, DIGEST);
        look();
        CHECK_STR(alarm_of(MAC_A), "");
        fixture_now_ms += 2 * DAY * 1000;
        look();
        look();
        CHECK_STR(alarm_of(MAC_A), "renewal-stuck");
        CHECK_EQ_INT(events(MAC_A, "alarm"), 1);
        CHECK_STR(get(MAC_A, "phone.state"), "connected");
        comes_with(MAC_A, DIGEST_2);
        CHECK_STR(alarm_of(MAC_A), "");
        fixture_end();
}
