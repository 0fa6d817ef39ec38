/*
 * test_document: what a phone is given, what it keeps, and what is told about it.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_layer.h"

#define AT "{\"tunnel_address\":\"10.64.0.2\"}"
#define SALES(name, value) "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"" name "\",\"value\":" value ",\"permission\":\"R\"}]}"

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"},{\"name\":\"sip_host\",\"value\":\"pbx.example\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"Desk\",\"model\":\"snomD785\",\"profile\":\"sales\",\"sip_user\":\"201\","
                                "\"sip_secret\":\"jf83hf8HFD\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
}

static void serve(void)
{
        char json[100];

        CHECK_STR(ASK(get_document, AT), "");
        snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"revision\":%s}", fixture_get("revision"));
        CHECK_STR(DO(mark_served, json), "");
}

/* As if an older system, or another database, had let it in. */
static void break_settings(void)
{
        CHECK_EQ_INT(store_db_run(store_db(fixture), "UPDATE shared_setting SET permission = '!' WHERE name = 'ldap_password'", ""), 0);
        store_layers_forget(store_layers(fixture));
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"9\"")), "");
}

/* How a setting stands in the last difference: "was>will", "(none)". */
static const char *difference(const char *name)
{
        static char text[200];
        char path[40], was[80];

        for (size_t i = 0; i < fixture_count("rows"); i++) {
                snprintf(path, sizeof path, "rows.%zu.name", i);
                if (strcmp(fixture_get(path), name))
                        continue;
                snprintf(path, sizeof path, "rows.%zu.was", i);
                snprintf(was, sizeof was, "%s", fixture_get(path));
                snprintf(path, sizeof path, "rows.%zu.will", i);
                snprintf(text, sizeof text, "%s>%s", was, fixture_get(path));
                return text;
        }
        return "(none)";
}

TEST(settings_with_an_error_are_held_back_and_the_last_good_ones_given)
{
        char good[32];

        begin();
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Xw8.pqKd3+ab\"")), "");
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"4\"")), "");
        serve();
        CHECK_STR(fixture_get("phone.state"), "current");
        snprintf(good, sizeof good, "%s", fixture_get("phone.revision"));
        break_settings();
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("held.name"), "ldap_password");
        CHECK_STR(fixture_get("held.severity"), "error");
        CHECK_STR(fixture_setting("ring_volume"), "4");
        CHECK_STR(fixture_setting("ldap_password"), "Xw8.pqKd3+ab");
        CHECK_STR(fixture_get("revision"), good);
        CHECK_STR(fixture_get("phone.state"), "connected");
        /* The phone fetches these again, after a reset perhaps: they stay. */
        fixture_now_ms += 100000;
        serve();
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_setting("ring_volume"), "4");
        CHECK_STR(ASK(preview_document, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("findings.0.severity"), "error");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "null")), "");
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("held"), "null");
        CHECK_STR(fixture_setting("ring_volume"), "9");
        fixture_end();
}

TEST(a_phone_that_never_had_any_gets_none)
{
        begin();
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Xw8.pqKd3+ab\"")), "");
        break_settings();
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("held.name"), "ldap_password");
        CHECK_EQ_INT(fixture_count("settings"), 0);
        CHECK_STR(fixture_get("revision"), "0");
        fixture_end();
}

TEST(what_a_phone_has_is_compared_with_what_it_will_get)
{
        char served[32];

        begin();
        CHECK_STR(ASK(diff_document, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("revision_served"), "0");
        CHECK_STR(difference("setting_server"), "null>https://10.64.0.1/{mac}.xml");
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"4\"")), "");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Xw8.pqKd3+ab\"")), "");
        serve();
        snprintf(served, sizeof served, "%s", fixture_get("phone.revision"));
        CHECK_STR(ASK(diff_document, MAC(MAC_A)), "");
        CHECK_EQ_INT(fixture_count("rows"), 0);
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"5\"")), "");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "null")), "");
        CHECK_STR(DO(set_settings, SALES("idle_text", "\"Sales\"")), "");
        CHECK_STR(ASK(diff_document, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("revision_served"), served);
        CHECK_EQ_INT(fixture_count("rows"), 3);
        CHECK_STR(difference("ring_volume"), "4>5");
        CHECK_STR(difference("ldap_password"), ">null");
        CHECK_STR(difference("idle_text"), "null>Sales");
        fixture_end();
}

TEST(what_was_served_is_sealed_and_goes_with_the_phones_right)
{
        int64_t n = -1;

        begin();
        serve();
        CHECK_EQ_INT(store_db_number(store_db(fixture), "SELECT count(*) FROM phone_document WHERE instr(sealed, ?) = 0", &n, "s", "jf83hf8HFD"), 0);
        CHECK_EQ_INT(n, 1);
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(store_db_number(store_db(fixture), "SELECT count(*) FROM phone_document", &n, ""), 0);
        CHECK_EQ_INT(n, 0);
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        fixture_connect(MAC_A);
        serve();
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(store_db_number(store_db(fixture), "SELECT count(*) FROM phone_document", &n, ""), 0);
        CHECK_EQ_INT(n, 0);
        fixture_end();
}

TEST(a_revision_that_was_overtaken_while_it_was_fetched_is_not_taken_for_the_new_one)
{
        char json[100];

        begin();
        serve();
        CHECK_STR(ASK(get_document, AT), "");
        snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"revision\":%s}", fixture_get("revision"));
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"5\"")), "");
        fixture_now_ms += 100000;
        CHECK_STR(DO(mark_served, json), "");
        CHECK_STR(fixture_get("phone.state"), "connected");
        CHECK_STR(ASK(diff_document, MAC(MAC_A)), "");
        CHECK_STR(difference("ring_volume"), "null>5");
        fixture_end();
}

TEST(variables_become_the_phones_own)
{
        begin();
        CHECK_STR(DO(set_settings, SALES("idle_text", "\"{name} {ext} {mac}\"")), "");
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_setting("idle_text"), "Desk 201 " MAC_A);
        CHECK_STR(ASK(preview_document, MAC(MAC_A)), "");
        for (size_t i = 0; i < fixture_count("settings"); i++) {
                char path[40];

                snprintf(path, sizeof path, "settings.%zu.name", i);
                if (strcmp(fixture_get(path), "idle_text"))
                        continue;
                snprintf(path, sizeof path, "settings.%zu.origin", i);
                CHECK_STR(fixture_get(path), "profile");
                snprintf(path, sizeof path, "settings.%zu.owner", i);
                CHECK_STR(fixture_get(path), "sales");
        }
        fixture_end();
}

TEST(firmware_is_given_when_its_file_is_there)
{
        begin();
        CHECK_STR(DO(set_settings, SALES("firmware", "\"10.1.198.19\"")), "");
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("firmware"), "null");
        CHECK(fixture_setting("firmware") == NULL);
        CHECK_STR(fixture_setting("update_policy"), "settings_only");
        CHECK_EQ_INT(store_db_run(store_db(fixture), "INSERT INTO firmware (file, model, version, kind, size, sha256, added_at) VALUES "
                                  "('snomD785-10.1.198.19-SIP-r.bin', 'snomD785', '10.1.198.19', 'firmware', 1, ?, 1)", "s", DIGEST), 0);
        CHECK_STR(ASK(get_document, AT), "");
        CHECK_STR(fixture_get("firmware.file"), "snomD785-10.1.198.19-SIP-r.bin");
        CHECK_STR(fixture_setting("update_policy"), "auto_update");
        CHECK_STR(fixture_setting("firmware_status"), "https://10.64.0.1/firmware/" MAC_A ".xml");
        fixture_end();
}

/* Its family, its firmware's names and the file it is led to hang on both. */
TEST(another_model_or_firmware_is_another_document)
{
        static const struct { const char *model, *firmware; bool is_other; } seen[] = {
                {"snomD785", "10.1.198.19", true}, {"snomD785", "10.1.198.19", false}, {"D785", "10.1.198.19", false}, {"snomD865", "10.1.198.19", true},
                {"snomD865", "10.1.200.1", true},
        };
        char json[160], before[32];

        begin();
        for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
                serve();
                fixture_now_ms += 100000;
                CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
                snprintf(before, sizeof before, "%s", fixture_get("phone.revision"));
                snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"model\":\"%s\",\"firmware\":\"%s\",\"how\":\"https\"}", seen[i].model, seen[i].firmware);
                CHECK_STR(DO(report_seen, json), "");
                CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
                CHECK_EQ_INT(strcmp(fixture_get("phone.revision"), before) != 0, seen[i].is_other);
        }
        fixture_end();
}

TEST(what_the_lan_says_changes_no_approved_phone)
{
        begin();
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" MAC_A "\",\"model\":\"snomM900\",\"firmware\":\"1\",\"how\":\"pnp\"}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.model"), "snomD785");
        CHECK_STR(fixture_get("phone.firmware"), "1");
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" MAC_A "\",\"firmware\":\"2\",\"how\":\"pnp\"}"), "");
        /* In an open window anybody may ask in the phone's name. */
        CHECK_STR(fixture_call(true, store_op_report_seen, "bootstrap", "{\"mac\":\"" MAC_A "\",\"model\":\"snomM900\",\"firmware\":\"2\",\"how\":\"https, no certificate\"}"), "");
        CHECK_STR(fixture_call(true, store_op_report_seen, "bootstrap", "{\"mac\":\"" MAC_A "\",\"model\":\"snomM900\",\"firmware\":\"2\",\"how\":\"https\",\"proven\":false}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.model"), "snomD785");
        CHECK_STR(fixture_get("phone.firmware"), "1");
        CHECK_STR(fixture_call(true, store_op_report_seen, "bootstrap", "{\"mac\":\"" MAC_A "\",\"firmware\":\"3\",\"how\":\"https\",\"proven\":true}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.firmware"), "3");
        CHECK_STR(fixture_call(true, store_op_report_seen, "settings", "{\"mac\":\"" MAC_A "\",\"model\":\"snomD865\",\"how\":\"https\"}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.model"), "snomD865");
        CHECK_STR(fixture_get("phone.firmware"), "3");
        fixture_end();
}
