/*
 * test_scope: settings and rows of each scope: what is taken, what is refused, what is told.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"

#define SET(scope, owner, settings) "{\"scope\":\"" scope "\",\"owner\":\"" owner "\",\"settings\":[" settings "]}"
#define S(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\",\"permission\":\"R\"}"
#define GONE(name) "{\"name\":\"" name "\",\"value\":null,\"permission\":\"\"}"
#define AT "{\"tunnel_address\":\"10.64.0.2\"}"

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        CHECK_STR(DO(set_settings, SET("profile", "sales", "")), "");
        CHECK_STR(DO(set_settings, SET("profile", "lobby", "")), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"profiles\":[\"sales\",\"lobby\"],\"approve\":true}"), "");
        fixture_connect(MAC_A);
}

static const char *document(const char *name)
{
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("held"), "null");
        return fixture_setting(name) ? fixture_setting(name) : "none";
}

static int64_t shared_rows(void)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), "SELECT count(*) FROM shared_setting", &n, ""), 0);
        return n;
}

/* --- settings ------------------------------------------------------------ */

TEST(later_scopes_win_and_their_end_brings_back_the_earlier)
{
        begin();
        CHECK_STR(DO(set_settings, SET("site", "", S("ring_volume", "1"))), "");
        CHECK_STR(document("ring_volume"), "1");
        CHECK_STR(DO(set_settings, SET("model", "d785", S("ring_volume", "2"))), "");
        CHECK_STR(document("ring_volume"), "2");
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "3"))), "");
        CHECK_STR(document("ring_volume"), "3");
        CHECK_STR(DO(set_settings, SET("profile", "lobby", S("ring_volume", "4"))), "");
        CHECK_STR(document("ring_volume"), "4");
        CHECK_STR(DO(set_settings, SET("phone", "00:04:13:AA:BB:CC", S("ring_volume", "5"))), "");
        CHECK_STR(document("ring_volume"), "5");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[\"lobby\",\"sales\"]}"), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        CHECK_STR(document("ring_volume"), "3");
        CHECK_STR(DO(set_settings, SET("profile", "sales", GONE("ring_volume"))), "");
        CHECK_STR(document("ring_volume"), "4");
        CHECK_STR(DO(set_settings, SET("profile", "lobby", GONE("ring_volume"))), "");
        CHECK_STR(document("ring_volume"), "2");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"model\",\"owner\":\"snomD785\"}"), "");
        CHECK_STR(document("ring_volume"), "1");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"site\",\"owner\":\"\"}"), "");
        CHECK_STR(document("ring_volume"), "none");
        fixture_end();
}

TEST(a_list_of_changes_is_taken_as_a_whole_or_not_at_all)
{
        begin();
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "3") "," S("use_hidden_tags", "perhaps"))), "InvalidValue use_hidden_tags");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("ring_volume", "3") "," S("setting_server", "https://x/"))), "InvalidValue setting_server");
        CHECK_EQ_INT(shared_rows(), 0);
        CHECK_STR(document("ring_volume"), "none");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 0);
        fixture_end();
}

TEST(a_setting_stands_in_a_list_once)
{
        begin();
        CHECK_STR(DO(set_settings, SET("site", "", S("ring_volume", "5") "," S("language", "Deutsch") "," S("ring_volume", "3"))), "InvalidValue ring_volume");
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "5") "," GONE("ring_volume"))), "InvalidValue ring_volume");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("ring_volume", "5") "," S("ring_volume", "5"))), "InvalidValue ring_volume");
        CHECK_STR(DO(set_settings, SET("site", "", S("\\u001b[2J", "5") "," S("\\u001b[2J", "5"))), "InvalidValue \\x1b[2J");
        CHECK_STR(DO(set_settings, SET("site", "", "{\"name\":\"speed\",\"index\":1,\"value\":\"1\",\"permission\":\"R\"},"
                                                   "{\"name\":\"speed\",\"index\":2,\"value\":\"1\",\"permission\":\"R\"}")), "");
        CHECK_EQ_INT(shared_rows(), 2);
        fixture_end();
}

TEST(owners_that_cannot_be_are_refused)
{
        begin();
        CHECK_STR(DO(set_settings, SET("group", "x", "")), "InvalidValue scope");
        CHECK_STR(DO(set_settings, SET("site", "berlin", "")), "InvalidValue owner");
        CHECK_STR(DO(set_settings, SET("model", "", "")), "InvalidValue owner");
        CHECK_STR(DO(set_settings, SET("profile", " x", "")), "InvalidValue name");
        CHECK_STR(DO(set_settings, SET("phone", "x", "")), "InvalidValue owner");
        CHECK_STR(DO(set_settings, SET("phone", MAC_B, "")), "NoSuchPhone");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"nowhere\"}"), "NoSuchName");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"nowhere\"}"), "NoSuchName");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "NotAllowed");
        fixture_end();
}

TEST(a_dry_run_tells_what_would_be_and_keeps_nothing)
{
        begin();
        CHECK_STR(document("ring_volume"), "none");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        char before[32];
        snprintf(before, sizeof before, "%s", fixture_get("phone.revision"));
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"new\",\"settings\":[" S("ring_volume", "3") "],\"dry_run\":true}"), "");
        CHECK_STR(fixture_get("phones"), "0");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[" S("ring_volume", "3") "," S("no_such_thing", "1") "],\"dry_run\":true}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_STR(fixture_get("findings.0.severity"), "warning");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[" S("ring_volume", "3") "],\"dry_run\":true}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_STR(DO(set_row, "{\"scope\":\"site\",\"owner\":\"\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\",\"dry_run\":true}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_EQ_INT(shared_rows(), 0);
        CHECK_STR(document("ring_volume"), "none");
        CHECK_STR(fixture_get("phone.revision"), before);
        CHECK_STR(ASK(list_rows, "{}"), "");
        CHECK_EQ_INT(fixture_count("rows"), 0);
        CHECK_STR(ASK(list_scopes, "{}"), "");
        CHECK_STR(fixture_get("scopes.1.owner"), "default");
        CHECK_STR(fixture_get("scopes.2.owner"), "lobby");
        CHECK_EQ_INT(fixture_count("scopes"), 4);
        CHECK_STR(ASK(list_audit, "{\"limit\":3}"), "");
        CHECK_STR(fixture_get("entries.2.action"), "add-approve");
        fixture_end();
}

TEST(what_is_set_to_what_it_was_changes_nothing)
{
        char before[32];

        begin();
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "3"))), "");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("language", "Deutsch"))), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        snprintf(before, sizeof before, "%s", fixture_get("phone.revision"));
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "3") "," GONE("never_there"))), "");
        CHECK_STR(fixture_get("phones"), "0");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("language", "Deutsch"))), "");
        CHECK_STR(fixture_get("phones"), "0");
        CHECK_STR(fixture_get("revision"), before);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.revision"), before);
        fixture_end();
}

TEST(replacing_removes_what_is_not_named)
{
        begin();
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ring_volume", "3") "," S("a", "1") "," S("b", "2"))), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[" S("a", "1") "," S("c", "9") "],\"replace\":true}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 2);
        CHECK_STR(fixture_get("settings.0.name"), "a");
        CHECK_STR(fixture_get("settings.1.name"), "c");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("x", "3") "," S("y", "1"))), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[" S("y", "1") "],\"replace\":true}"), "");
        CHECK_STR(document("x"), "none");
        CHECK_STR(document("y"), "1");
        fixture_end();
}

TEST(attributes_are_kept_with_a_setting)
{
        static const char key[] = "{\"scope\":\"%s\",\"owner\":\"%s\",\"settings\":[{\"name\":\"fkey\",\"index\":%d,\"value\":\"blf sip:201\",\"permission\":\"\","
                                  "\"attributes\":{\"label\":\"%s\",\"context\":\"active\"}}]}";
        char json[400];

        begin();
        for (int i = 0; i < 2; i++) {
                snprintf(json, sizeof json, key, i ? "phone" : "profile", i ? MAC_A : "sales", i, "Reception");
                CHECK_STR(DO(set_settings, json), "");
                CHECK_STR(fixture_get("phones"), "1");
                CHECK_STR(DO(set_settings, json), "");
                CHECK_STR(fixture_get("phones"), "0");
                snprintf(json, sizeof json, key, i ? "phone" : "profile", i ? MAC_A : "sales", i, "Desk");
                CHECK_STR(DO(set_settings, json), "");
                CHECK_STR(fixture_get("phones"), "1");
        }
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        CHECK_STR(fixture_get("settings.0.attributes.label"), "Desk");
        CHECK_STR(ASK(get_document, AT), "");
        size_t n = 0;
        for (size_t i = 0; i < fixture_count("settings"); i++) {
                char path[64];

                snprintf(path, sizeof path, "settings.%zu.attributes.label", i);
                n += fixture_get(path) && !strcmp(fixture_get(path), "Desk");
        }
        CHECK_EQ_INT(n, 2);
        CHECK_STR(DO(set_settings, SET("profile", "sales", "{\"name\":\"fkey\",\"index\":1,\"value\":\"x\",\"permission\":\"\",\"attributes\":{\"a b\":\"x\"}}")),
                  "InvalidValue fkey");
        fixture_end();
}

TEST(a_secret_is_never_told)
{
        char *text = NULL;

        begin();
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("ldap_password", "canary-Xw8.pq"))), "");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("http_proxy_pass", "canary-Kd3+ab"))), "");
        for (int i = 0; i < 4; i++) {
                CHECK_STR(i == 0 ? ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}")
                          : i == 1 ? ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}")
                          : i == 2 ? ASK(preview_document, MAC(MAC_A)) : ASK(diff_document, MAC(MAC_A)), "");
                CHECK(sd_json_variant_format(fixture_out, 0, &text) >= 0);
                CHECK(!strstr(text, "canary"));
                free(text);
        }
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_STR(fixture_get("settings.0.secret"), "true");
        fixture_end();
}

/* One setting alone is fine, together with another one it would hold the phone's settings back. */
TEST(what_would_hold_settings_back_is_refused_when_it_is_set)
{
        begin();
        CHECK_STR(DO(set_settings, SET("profile", "sales", S("update_policy", "never_update"))), "InvalidValue update_policy");
        CHECK_STR(DO(set_settings, SET("profile", "unused", S("update_policy", "never_update"))), "InvalidValue update_policy");
        CHECK_STR(DO(set_settings, SET("phone", MAC_A, S("update_policy", "never_update"))), "InvalidValue update_policy");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[" S("update_policy", "never_update") "],\"dry_run\":true}"), "");
        CHECK_STR(fixture_get("findings.0.severity"), "error");
        CHECK_STR(document("update_policy"), "settings_only");
        fixture_end();
}

TEST(scopes_are_listed_with_what_they_hold)
{
        begin();
        CHECK_STR(DO(set_settings, SET("model", "snomD785", S("a", "1") "," S("b", "2"))), "");
        CHECK_STR(DO(set_settings, SET("profile", "lobby", S("a", "3"))), "");
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "");
        CHECK_STR(ASK(list_scopes, "{}"), "");
        static const char *const expected[][3] = {{"site", "", "0"}, {"model", "snomD785", "2"}, {"profile", "default", "0"},
                                                  {"profile", "lobby", "1"}, {"profile", "sales", "0"}, {"phone", MAC_A, "0"}};
        CHECK_EQ_INT(fixture_count("scopes"), 6);
        for (size_t i = 0; i < 6; i++) {
                static const char *const fields[] = {"scope", "owner", "settings"};

                for (size_t k = 0; k < 3; k++) {
                        char path[48];

                        snprintf(path, sizeof path, "scopes.%zu.%s", i, fields[k]);
                        CHECK_STR(fixture_get(path), expected[i][k]);
                }
        }
        CHECK_STR(fixture_get("scopes.1.phones"), "1");
        CHECK_STR(fixture_get("scopes.2.phones"), "0");
        CHECK_STR(fixture_get("scopes.5.rows"), "1");
        fixture_end();
}

/* --- rows ---------------------------------------------------------------- */

static const char *row_state(const char *row)
{
        char path[48];

        CHECK_STR(ASK(preview_document, MAC(MAC_A)), "");
        for (size_t i = 0; i < fixture_count("hardening"); i++) {
                snprintf(path, sizeof path, "hardening.%zu.row", i);
                if (strcmp(fixture_get(path), row))
                        continue;
                snprintf(path, sizeof path, "hardening.%zu.state", i);
                return fixture_get(path);
        }
        return "no such row";
}

TEST(a_row_is_switched_off_with_a_reason_that_stays_visible)
{
        begin();
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"noise\",\"state\":\"off\"}"), "InvalidValue reason");
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"short\"}"), "InvalidValue reason");
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"nonsense\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "InvalidValue row");
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"noise\",\"state\":\"maybe\",\"reason\":\"paging needs it\"}"), "InvalidValue state");
        CHECK_STR(row_state("noise"), "met");
        CHECK_STR(document("multicast_listen"), "off");
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_STR(row_state("noise"), "waived");
        CHECK_STR(document("multicast_listen"), "none");
        CHECK_STR(ASK(list_rows, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_STR(fixture_get("rows.0.reason"), "paging needs it");
        CHECK_STR(fixture_get("rows.0.actor"), "root");
        CHECK_STR(ASK(list_audit, "{\"limit\":1}"), "");
        CHECK(strstr(fixture_get("entries.0.detail"), "paging needs it") != NULL);
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"row\":\"noise\",\"state\":\"on\"}"), "");
        CHECK_STR(row_state("noise"), "met");
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"row\":\"noise\",\"state\":\"inherit\"}"), "");
        CHECK_STR(row_state("noise"), "waived");
        CHECK_STR(DO(set_row, "{\"scope\":\"profile\",\"owner\":\"sales\",\"row\":\"noise\",\"state\":\"inherit\"}"), "");
        CHECK_STR(row_state("noise"), "met");
        fixture_end();
}

TEST(the_score_is_told_page_by_page)
{
        char mac[40];

        begin();
        for (unsigned i = 0; i < 4; i++) {
                snprintf(mac, sizeof mac, "{\"mac\":\"00041300000%u\",\"approve\":%s}", i, i == 3 ? "false" : "true");
                CHECK_STR(DO(add_phone, mac), "");
        }
        CHECK_STR(ASK(score_phones, "{\"limit\":3}"), "");
        CHECK_EQ_INT(fixture_count("phones"), 3);
        CHECK_STR(fixture_get("next"), "000413000002");
        CHECK_STR(ASK(score_phones, "{\"after\":\"000413000002\",\"limit\":3}"), "");
        CHECK_EQ_INT(fixture_count("phones"), 1);
        CHECK_STR(fixture_get("phones.0.mac"), MAC_A);
        CHECK_STR(fixture_get("phones.0.model"), "snomD785");
        CHECK_STR(fixture_get("next"), "null");
        CHECK(atoi(fixture_get("phones.0.total")) >= atoi(fixture_get("phones.0.met")));
        fixture_end();
}
