/*
 * test_seen: who is let in by a rule, who waits for what, and what strangers cannot do.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_import.h"

#define HTTPS(mac, proof, more) "{\"mac\":\"" mac "\",\"model\":\"snomD785\",\"how\":\"https\",\"proof\":\"" proof "\"" more "}"
#define CERTIFICATE(word) ",\"evidence\":[{\"kind\":\"certificate\",\"value\":\"" word "\"},{\"kind\":\"agent\",\"value\":\"snomD785-SIP\"}]"
#define EXPECTED(mac) "{\"mac\":\"" mac "\",\"approve\":false,\"expected\":true}"

static const char *bootstrap_sees(const char *json)
{
        return fixture_call(true, store_op_report_seen, "bootstrap", json);
}

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
}

/* --- states -------------------------------------------------------------- */

TEST(a_phone_that_only_dhcp_heard_is_seen_and_one_that_asked_waits)
{
        begin();
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "seen");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(bootstrap_sees("{\"mac\":\"" MAC_A "\",\"how\":\"https\",\"proof\":\"none\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "seen");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(fixture_get("phone.waiting_for"), "it shows no certificate: if you know this phone, approve it and open its own window");
        CHECK_STR(fixture_get("phone.expected"), "false");
        fixture_end();
}

TEST(an_expected_phone_waits_only_once_it_came)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "expected");
        CHECK_STR(fixture_get("phone.waiting_for"), "it has not come yet: connect it");
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "expected");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", CERTIFICATE("other-phone"))), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(fixture_get("phone.waiting_for"),
                  "its certificate names another phone (not said): no window lets it in with that; compare the MAC with its label, and look who else is there");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"approve\":true,\"expected\":true}"), "InvalidValue expected");
        fixture_end();
}

TEST(a_phone_that_made_itself_known_can_be_listed)
{
        begin();
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(fixture_get("phone.expected"), "true");
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "AlreadyThere");
        fixture_end();
}

/* --- rules --------------------------------------------------------------- */

/* Every combination: is it listed, what does it prove, what does the site say, is a window open. */
TEST(every_combination_lets_in_just_whom_the_rules_name)
{
        static const char *const proofs[] = {"none", "invalid", "factory"};

        for (int k = 0; k < 2 * 3 * 2 * 2; k++) {
                bool listed = k & 1, ask = k & 2, window = k & 4;
                const char *proof = proofs[k / 8], *rule = "";
                char json[200];

                begin();
                if (listed)
                        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
                if (ask)
                        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"listed_phones\",\"value\":\"ask\"}]}"), "");
                if (window)
                        CHECK_STR(DO(open_enrolment, "{\"seconds\":600}"), "");
                if (listed && !ask && !strcmp(proof, "factory"))
                        rule = "listed-certificate";
                else if (listed && window)
                        rule = "listed-window";
                snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"how\":\"https\",\"proof\":\"%s\"}", proof);
                CHECK_STR(bootstrap_sees(json), "");
                CHECK_STR(fixture_get("rule"), rule);
                CHECK_STR(fixture_get("phone.state"), *rule ? "approved" : "waiting");
                CHECK_EQ_INT(number("SELECT count(*) FROM secret"), *rule ? 7 : 0);
                CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE tunnel_address IS NOT NULL"), *rule ? 1 : 0);
                fixture_end();
        }
}

TEST(nobody_but_bootstrap_says_what_a_phone_proved)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", HTTPS(MAC_A, "factory", "")), "NotAllowed");
        CHECK_STR(fixture_call(true, store_op_report_seen, "settings", "{\"mac\":\"" MAC_A "\",\"how\":\"x\",\"proven\":true}"), "NotAllowed");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "perhaps", "")), "InvalidValue proof");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "expected");
        fixture_end();
}

TEST(a_phone_that_a_window_lets_in_gets_what_is_left_of_it)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(DO(add_phone, EXPECTED(MAC_B)), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":600,\"phones\":1}"), "");
        fixture_now_ms += 100000;
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.expected"), "false");
        CHECK_STR(fixture_get("phone.window_until"), "1800000600");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_B, "none", "")), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(ASK(get_enrolment_window, "{}"), "");
        CHECK_STR(fixture_get("enrolment.phones_left"), "0");
        CHECK_STR(fixture_get("enrolment.let_in.0"), MAC_A);
        CHECK(fixture_get("enrolment.open_until") == NULL);
        CHECK_STR(ASK(list_audit, "{\"limit\":1}"), "");
        CHECK_STR(fixture_get("entries.0.actor"), "rule listed-window");
        CHECK_STR(fixture_get("entries.0.subject"), MAC_A);
        fixture_end();
}

TEST(a_window_ends_by_itself_by_hand_and_when_the_clock_goes_back)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":600}"), "");
        fixture_now_ms -= 1000;
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(fixture_get("rule"), "");
        fixture_now_ms += 601000;
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":600}"), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":0}"), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", "")), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":90000}"), "InvalidValue seconds");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":60,\"phones\":0}"), "InvalidValue phones");
        fixture_end();
}

/* bootstrap turns it away in any case, so it would use up the window and get nothing. */
TEST(a_window_is_not_for_who_shows_the_certificate_of_another_phone)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":600}"), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", CERTIFICATE("other-phone"))), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", CERTIFICATE("no-phone"))), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", CERTIFICATE("FAILED:certificate has expired"))), "");
        CHECK_STR(fixture_get("rule"), "listed-window");
        fixture_end();
}

/* The table of strangers is full, and the clock was set back: whoever comes now looks as if it were the one heard longest ago. */
TEST(a_stranger_that_comes_is_not_the_one_that_is_forgotten_for_it)
{
        begin();
        CHECK_EQ_INT(store_db_run(store_db(fixture), "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
                                  "INSERT INTO phone (mac, trust, added_at, seen_at, stranger) SELECT printf('02%010x', i), 0, ?2, ?2, 1 FROM n", "ii",
                                  (int64_t)STORE_SEEN_MAX, fixture_now_ms / 1000), 0);
        fixture_now_ms -= 1000000;
        CHECK_STR(bootstrap_sees("{\"mac\":\"" MAC_A "\",\"how\":\"https\",\"proof\":\"none\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "seen");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone"), STORE_SEEN_MAX);
        fixture_end();
}

TEST(a_revoked_phone_is_let_in_by_no_rule)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(open_enrolment, "{\"seconds\":600}"), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "factory", "")), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(fixture_get("phone.state"), "revoked");
        fixture_end();
}

TEST(a_rule_that_cannot_approve_says_why_and_the_sighting_stands)
{
        begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.1/30\"}]}"), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "factory", "")), "");
        CHECK_STR(fixture_get("rule"), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1}"), "");
        CHECK_STR(fixture_get("events.0.word"), "rule-failed");
        CHECK(strstr(fixture_get("events.0.detail"), "no free address"));
        fixture_end();
}

TEST(a_list_of_expected_phones_is_imported)
{
        begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(DO(import_phones, "{\"phones\":[{\"line\":1,\"mac\":\"" MAC_A "\",\"name\":\"Desk\"},{\"line\":2,\"mac\":\"" MAC_B "\"}],"
                                    "\"approve\":false,\"dry_run\":false,\"expected\":true}"), "");
        CHECK_STR(fixture_get("added"), "1");
        CHECK_STR(fixture_get("unchanged"), "1");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "expected");
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.expected"), "false");
        CHECK_STR(DO(import_phones, "{\"phones\":[],\"approve\":true,\"dry_run\":false,\"expected\":true}"), "InvalidValue expected");
        fixture_end();
}

TEST(who_made_himself_known_is_approved_by_name_and_never_in_a_crowd)
{
        begin();
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "factory", "")), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_B, "none", "")), "");
        CHECK_STR(DO(add_phone, EXPECTED("000413aabbee")), "");
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(fixture_get("approved"), "1");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE trust = 2 AND mac = '000413aabbee'"), 1);
        CHECK_STR(DO(approve_phones, "{\"macs\":[\"" MAC_A "\"]}"), "");
        CHECK_STR(fixture_get("approved"), "1");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_B "\",\"name\":\"Kitchen\"}"), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stranger = 1"), 0);
        CHECK_STR(DO(approve_phones, "{}"), "");
        CHECK_STR(fixture_get("approved"), "1");
        fixture_end();
}

/* --- evidence ------------------------------------------------------------ */

TEST(evidence_is_kept_and_judged)
{
        begin();
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder",
                               "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\",\"evidence\":[{\"kind\":\"hostname\",\"value\":\"snom \\u001b[2J\"}]}"), "");
        CHECK_STR(ASK(get_evidence, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("verdict"), "unknown");
        CHECK_STR(fixture_get("vendor"), "Snom");
        CHECK_STR(fixture_get("evidence.0.value"), "snom \\x1b[2J");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", ",\"evidence\":[{\"kind\":\"certificate\",\"value\":\"FAILED:certificate has expired\"},"
                                       "{\"kind\":\"certificate_ends\",\"value\":\"2020-05-01\"}]")), "");
        CHECK_STR(ASK(get_evidence, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("verdict"), "doubtful");
        CHECK_STR(fixture_get("missing.0"), "its certificate ended on 2020-05-01");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "factory", CERTIFICATE("factory"))), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", CERTIFICATE("none"))), "");
        CHECK_STR(ASK(get_evidence, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("verdict"), "genuine");
        CHECK_EQ_INT(fixture_count("missing"), 0);
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "none", ",\"evidence\":[{\"kind\":\"password\",\"value\":\"x\"}]")), "InvalidValue evidence");
        fixture_end();
}

TEST(evidence_is_bounded_and_the_first_of_a_kind_stays)
{
        begin();
        for (int i = 0; i < 200; i++) {
                char json[900];

                snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\",\"evidence\":[{\"kind\":\"hostname\",\"value\":\"h%d\"},"
                         "{\"kind\":\"vendor_class\",\"value\":\"%0300d\"}]}", i, i);
                fixture_now_ms += 1000;
                CHECK_STR(fixture_call(true, store_op_report_seen, "responder", json), "");
        }
        CHECK_EQ_INT(number("SELECT count(*) FROM evidence WHERE kind = 'hostname'"), STORE_EVIDENCE_PER_KIND);
        CHECK_EQ_INT(number("SELECT count(*) FROM evidence WHERE kind = 'hostname' AND value IN ('h0', 'h197', 'h198', 'h199')"), 4);
        CHECK(number("SELECT max(length(value)) FROM evidence") <= STORE_EVIDENCE_VALUE_MAX);
        fixture_end();
}

TEST(evidence_of_one_phone_is_bounded_in_all_and_no_kind_is_pushed_out)
{
        static const char *const kinds[] = {"how", "vendor_class", "hostname", "client_id", "parameters", "relay", "circuit_id", "remote_id", "pnp_vendor",
                                            "pnp_model", "pnp_version", "lan_address", "agent", "vpn_header", "certificate", "issuer", "subject",
                                            "certificate_ends", "fingerprint", "tunnel_version", "tunnel_ciphers"};

        begin();
        for (int i = 0; i < 6; i++)
                for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
                        char json[300];

                        snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\",\"evidence\":[{\"kind\":\"%s\",\"value\":\"%d\"}]}", kinds[k], i);
                        fixture_now_ms += 1000;
                        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", json), "");
                }
        CHECK_EQ_INT(number("SELECT count(*) FROM evidence"), STORE_EVIDENCE_PER_MAC);
        CHECK_EQ_INT(number("SELECT count(DISTINCT kind) FROM evidence"), 21);
        fixture_end();
}

/* --- strangers ----------------------------------------------------------- */

static void flood(const char *actor, const char *prefix, const char *rest, int n)
{
        for (int i = 0; i < n; i += 20) {
                struct store_write w[20] = {0};

                for (int k = 0; k < 20; k++) {
                        char json[200];

                        snprintf(json, sizeof json, "{\"mac\":\"%s%08x\",\"how\":\"x\"%s}", prefix, (unsigned)(i + k), rest);
                        w[k] = (struct store_write){.operation = store_op_report_seen, .request = {.actor = actor}};
                        CHECK(sd_json_parse(json, 0, &w[k].request.in, NULL, NULL) >= 0);
                }
                fixture_now_ms += 1000;
                store_write_round(fixture, w, 20);
                for (int k = 0; k < 20; k++) {
                        CHECK_EQ_INT(w[k].result, 0);
                        sd_json_variant_unref(w[k].request.in);
                        store_request_done(&w[k].request);
                }
        }
}

TEST(strangers_push_out_neither_who_is_listed_nor_who_proved_itself_nor_who_waits)
{
        begin();
        CHECK_STR(DO(add_phone, EXPECTED(MAC_A)), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_B, "factory", "")), "");
        CHECK_STR(bootstrap_sees(HTTPS("000413aabbee", "none", "")), "");
        flood("bootstrap", "0200", ",\"model\":\"snomD785\",\"proof\":\"none\"", 600);
        flood("responder", "0202", "", STORE_SEEN_MAX + 40);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stranger = 1"), STORE_SEEN_MAX);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stranger = 1 AND trust = 1 AND proven_at IS NULL"), STORE_STRANGERS_WAITING_MAX);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE mac IN ('" MAC_A "', '" MAC_B "', '000413aabbee')"), 3);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE mac = '000413aabbee' AND trust = 1"), 1);
        /* The place of one that went away more than a day ago is free. */
        fixture_now_ms += INT64_C(90000000);
        CHECK_STR(bootstrap_sees(HTTPS("000413aabbff", "none", "")), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stranger = 1 AND trust = 1 AND proven_at IS NULL"), STORE_STRANGERS_WAITING_MAX);
        fixture_end();
}

TEST(nothing_of_a_phone_that_nobody_let_in_is_a_secret)
{
        begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"approve\":false,\"expected\":true,\"sip_user\":\"201\",\"sip_secret\":\"canary-sip-secret-1\"}"), "");
        CHECK_STR(bootstrap_sees(HTTPS(MAC_A, "invalid", CERTIFICATE("unknown-ca"))), "");
        char *text = NULL;
        CHECK(sd_json_variant_format(fixture_out, 0, &text) >= 0);
        CHECK(!strstr(text, "canary"));
        free(text);
        CHECK_STR(fixture_call(false, store_op_get_enrolment, "bootstrap", MAC(MAC_A)), "");
        CHECK_STR(fixture_get("private_key"), "null");
        CHECK_STR(fixture_call(true, store_op_set_enrolment, "bootstrap", ENROLMENT(MAC_A)), "NotAllowed");
        CHECK_STR(fixture_call(true, store_op_mark_enrolled, "bootstrap", MAC(MAC_A)), "NotAllowed");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE tunnel_address IS NOT NULL"), 0);
        fixture_end();
}

