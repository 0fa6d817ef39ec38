/*
 * test_alarm: one alarm for each thing, however often it happens; receipts that outlive the phone.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"

#define RAISE(kind, subject) "{\"kind\":\"" kind "\",\"subject\":\"" subject "\",\"detail\":\"as it was\"}"
#define RECEIPT(cause) "{\"mac\":\"" MAC_A "\",\"cause\":\"" cause "\",\"lines\":[{\"at_ms\":5,\"word\":\"tunnel\",\"ok\":true,\"text\":\"closed\"}]," \
                       "\"todo\":[\"Change the account 201.\"]}"

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

TEST(the_same_again_is_counted_and_told_once_a_minute)
{
        fixture_begin();
        for (int i = 0; i < 100; i++)
                CHECK_STR(fixture_call(true, store_op_raise_alarm, "session", RAISE("second-place", "00:04:13:AA:BB:CC")), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 1);
        CHECK_STR(fixture_get("alarms.0.count"), "100");
        CHECK_STR(fixture_get("alarms.0.subject"), MAC_A);
        CHECK(fixture_get("alarms.0.closed_at") == NULL);
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("events"), 1);
        CHECK_STR(fixture_get("events.0.word"), "alarm");
        fixture_now_ms += 61000;
        CHECK_STR(fixture_call(true, store_op_raise_alarm, "session", RAISE("second-place", MAC_A)), "");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":100}"), "");
        CHECK_EQ_INT(fixture_count("events"), 2);
        fixture_end();
}

TEST(a_closed_alarm_opens_anew_when_it_happens_again)
{
        fixture_begin();
        CHECK_STR(DO(raise_alarm, RAISE("rogue-dhcp", MAC_A)), "");
        CHECK_STR(DO(close_alarm, "{\"id\":1,\"note\":\"\"}"), "InvalidValue note");
        CHECK_STR(DO(close_alarm, "{\"id\":1,\"note\":\"it was a laptop\"}"), "");
        CHECK_STR(DO(close_alarm, "{\"id\":1,\"note\":\"again\"}"), "NoSuchName");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 0);
        CHECK_STR(DO(raise_alarm, RAISE("rogue-dhcp", MAC_A)), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":false}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 2);
        CHECK_STR(fixture_get("alarms.0.id"), "2");
        CHECK_STR(fixture_get("alarms.1.closed_by"), "root");
        CHECK_STR(ASK(list_audit, "{\"limit\":1}"), "");
        CHECK_STR(fixture_get("entries.0.detail"), "rogue-dhcp: it was a laptop");
        fixture_end();
}

TEST(a_station_says_when_it_is_over)
{
        fixture_begin();
        CHECK_STR(DO(clear_alarm, "{\"kind\":\"clock\",\"subject\":\"clock\"}"), "");
        CHECK_STR(DO(raise_alarm, RAISE("clock", "clock")), "");
        CHECK_STR(fixture_call(true, store_op_clear_alarm, "session", "{\"kind\":\"clock\",\"subject\":\"clock\"}"), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":false}"), "");
        CHECK_STR(fixture_get("alarms.0.closed_by"), "session");
        CHECK_STR(DO(raise_alarm, RAISE("no-such-thing", "x")), "InvalidValue kind");
        CHECK_STR(DO(raise_alarm, RAISE("clock", "")), "InvalidValue subject");
        fixture_end();
}

TEST(strangers_cannot_grow_the_alarms_nor_hide_one_kind_behind_another)
{
        fixture_begin();
        CHECK_STR(DO(raise_alarm, RAISE("second-place", MAC_A)), "");
        for (int i = 0; i < STORE_ALARMS_OPEN_MAX + 50; i++) {
                char json[160];

                snprintf(json, sizeof json, "{\"kind\":\"rogue-dhcp\",\"subject\":\"0200%08x\",\"detail\":\"\"}", i);
                CHECK_STR(DO(raise_alarm, json), "");
        }
        CHECK_EQ_INT(number("SELECT count(*) FROM alarm WHERE kind = 'rogue-dhcp'"), STORE_ALARMS_OPEN_MAX + 1);
        CHECK_EQ_INT(number("SELECT count FROM alarm WHERE kind = 'rogue-dhcp' AND subject = 'others'"), 50);
        for (int i = 0; i < STORE_ALARMS_CLOSED_MAX + 20; i++) {
                CHECK_STR(DO(raise_alarm, RAISE("clock", "clock")), "");
                CHECK_STR(DO(clear_alarm, "{\"kind\":\"clock\",\"subject\":\"clock\"}"), "");
        }
        CHECK_EQ_INT(number("SELECT count(*) FROM alarm WHERE kind = 'clock'"), STORE_ALARMS_CLOSED_MAX);
        CHECK_EQ_INT(number("SELECT count(*) FROM alarm WHERE kind = 'second-place'"), 1);
        fixture_end();
}

TEST(what_a_stolen_phone_had_is_told_of_by_that_name)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" MAC_A "\",\"stolen\":true,\"reason\":\"taken from the lobby\"}"), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_B)), "");
        CHECK_STR(fixture_call(true, store_op_raise_alarm, "session", RAISE("revoked-certificate", MAC_A)), "");
        CHECK_STR(fixture_call(true, store_op_raise_alarm, "session", RAISE("revoked-certificate", MAC_B)), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM alarm WHERE kind = 'stolen-certificate' AND subject = '" MAC_A "'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM alarm WHERE kind = 'revoked-certificate' AND subject = '" MAC_B "'"), 1);
        CHECK_STR(fixture_call(true, store_op_report_seen, "bootstrap", "{\"mac\":\"" MAC_A "\",\"how\":\"https\",\"proof\":\"factory\"}"), "");
        CHECK_EQ_INT(number("SELECT count FROM alarm WHERE kind = 'stolen-certificate'"), 2);
        fixture_end();
}

TEST(a_receipt_outlives_its_phone)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(keep_receipt, RECEIPT("revoked")), "");
        CHECK_STR(fixture_get("id"), "1");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(keep_receipt, RECEIPT("deleted")), "");
        CHECK_STR(ASK(list_receipts, "{\"mac\":\"\",\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("receipts"), 2);
        CHECK_STR(fixture_get("receipts.0.cause"), "deleted");
        CHECK_STR(fixture_get("receipts.1.lines.0.text"), "closed");
        CHECK_STR(fixture_get("receipts.1.lines.0.ok"), "true");
        CHECK_STR(fixture_get("receipts.1.todo.0"), "Change the account 201.");
        CHECK_STR(DO(keep_receipt, RECEIPT("sold")), "InvalidValue cause");
        CHECK_STR(DO(keep_receipt, "{\"mac\":\"" MAC_A "\",\"cause\":\"deleted\",\"lines\":[],\"todo\":[]}"), "InvalidValue lines");
        fixture_end();
}


/* --- what a revoke leaves to people -------------------------------------- */

static bool todo_says(const char *text)
{
        sd_json_variant *list = sd_json_variant_by_key(fixture_out, "todo");

        for (size_t i = 0; i < sd_json_variant_elements(list); i++)
                if (strstr(sd_json_variant_string(sd_json_variant_by_index(list, i)), text))
                        return true;
        return false;
}

TEST(a_revoke_says_which_secrets_others_check_or_share)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"ldap_password\",\"value\":\"canary-Directory-4\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"sip_secret\":\"canary-jf83hf8HFD\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"name\":\"Lobby\",\"sip_user\":\"201\",\"sip_secret\":\"canary-jf83hf8HFD\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"user_pass\",\"index\":2,\"value\":\"canary-Second-9z\",\"permission\":\"R\"},"
                                "{\"name\":\"user_pass\",\"index\":1,\"value\":\"canary-Third-8qWx\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" MAC_A "\",\"stolen\":true,\"reason\":\"it is gone\"}"), "");
        CHECK(todo_says("account 201 at the telephone system"));
        CHECK(todo_says(MAC_B " (Lobby) works with the account 201 too"));
        CHECK(todo_says("account 2 (setting user_pass)"));
        CHECK(!todo_says("account 1"));                 /* that is 201 */
        CHECK(todo_says("ldap_password comes from the site"));
        CHECK(!todo_says("canary") && !todo_says("http_pass") && !todo_says("admin_mode_password"));
        CHECK_STR(fixture_get("phone.state"), "revoked");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1}"), "");
        CHECK_STR(fixture_get("events.0.word"), "revoked");
        CHECK_STR(fixture_get("events.0.detail"), "by root, stolen: it is gone");
        /* Revoked before: that it was stolen can still be said. */
        CHECK_STR(DO(revoke_phone, MAC(MAC_B)), "");
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" MAC_B "\",\"stolen\":true}"), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stolen = 1"), 2);
        CHECK_STR(DO(approve_phone, MAC(MAC_B)), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE stolen = 1"), 1);
        fixture_end();
}

TEST(an_account_without_a_known_name_is_told_of_by_its_number)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"user_pass\",\"index\":1,\"value\":\"canary-First-9zK\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK(todo_says("account 1 (setting user_pass)"));
        fixture_end();
}

TEST(a_phone_that_never_got_anything_leaves_nothing_to_do)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"approve\":false}"), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(fixture_count("todo"), 0);
        fixture_end();
}

TEST(alarms_about_a_deleted_phone_go_with_it)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(DO(raise_alarm, "{\"kind\":\"second-place\",\"subject\":\"" MAC_A "\",\"detail\":\"x\"}"), "");
        CHECK_STR(DO(raise_alarm, "{\"kind\":\"second-place\",\"subject\":\"" MAC_B "\",\"detail\":\"x\"}"), "");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(ASK(list_alarms, "{\"open\":true}"), "");
        CHECK_EQ_INT(fixture_count("alarms"), 1);
        CHECK_STR(fixture_get("alarms.0.subject"), MAC_B);
        fixture_end();
}
