/*
 * test_revision: what changed when and by whom, and the way back.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"

#define SALES(name, value) "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"" name "\",\"value\":" value ",\"permission\":\"R\"}],\"reason\":\"why not\"}"
#define AT "{\"tunnel_address\":\"10.64.0.2\"}"

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"profile\":\"sales\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
}

static int64_t newest(void)
{
        CHECK_STR(ASK(list_revisions, "{\"limit\":1}"), "");
        return atoll(fixture_get("revisions.0.number"));
}

static const char *json(const char *format, ...)
{
        static char text[300];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        return text;
}

/* "scope owner name old>new" of a change of the newest revision. */
static const char *change(unsigned i)
{
        static char text[300];
        static const char *const fields[] = {"scope", "owner", "name", "old", "new"}, *const after[] = {" ", " ", " ", ">", ""};

        CHECK_STR(ASK(get_revision, json("{\"number\":%lld}", (long long)newest())), "");
        if (i >= fixture_count("changes"))
                return "(none)";
        text[0] = 0;
        for (size_t k = 0; k < 5; k++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", fixture_get(json("changes.%u.%s", i, fields[k])), after[k]);
        return text;
}

static const char *document(const char *name)
{
        CHECK_STR(ASK(get_document, AT), "");
        return fixture_setting(name) ? fixture_setting(name) : "none";
}

static int64_t count(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

TEST(each_change_is_a_revision_that_tells_what_was_and_what_is)
{
        begin();
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"3\"")), "");
        CHECK_STR(change(0), "profile sales ring_volume null>3");
        CHECK_STR(fixture_get("revision.reason"), "why not");
        CHECK_STR(fixture_get("revision.actor"), "root");
        CHECK_STR(fixture_get("revision.phones"), "1");
        CHECK_STR(change(1), "(none)");
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"4\"")), "");
        CHECK_STR(change(0), "profile sales ring_volume 3>4");
        CHECK_STR(DO(set_settings, SALES("ring_volume", "null")), "");
        CHECK_STR(change(0), "profile sales ring_volume 4>null");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"canary.Xw8+\"")), "");
        CHECK_STR(change(0), "profile sales ldap_password null>");
        CHECK_STR(fixture_get("changes.0.secret"), "true");
        CHECK_STR(DO(set_row, "{\"scope\":\"site\",\"owner\":\"\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "");
        CHECK_STR(change(0), "site  row noise null>off");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"time_zone\",\"value\":\"GER+1\"},{\"name\":\"lease_s\",\"value\":\"7200\"}]}"), "");
        CHECK_STR(change(0), "value  time_zone null>GER+1");
        CHECK_STR(change(1), "(none)");
        CHECK_STR(ASK(get_revision, "{\"number\":99999}"), "NoSuchName");
        fixture_end();
}

TEST(an_earlier_revision_comes_back_as_a_new_one)
{
        int64_t then;

        begin();
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"3\"")), "");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Xw8.pqKd3+ab\"")), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"fkey\",\"index\":1,\"value\":\"blf 201\",\"permission\":\"\",\"attributes\":{\"label\":\"Door\"}}]}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"time_zone\",\"value\":\"GER+1\"}]}"), "");
        then = newest();
        CHECK_STR(DO(set_settings, SALES("ring_volume", "null")), "");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Another.one42\"")), "");
        CHECK_STR(DO(set_settings, SALES("idle_text", "\"x\"")), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"site\",\"owner\":\"\"}"), "");
        CHECK_STR(DO(set_row, "{\"scope\":\"model\",\"owner\":\"D785\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"time_zone\",\"value\":\"\"}]}"), "");
        CHECK_STR(DO(restore_revision, json("{\"number\":%lld,\"reason\":\"too loud\"}", (long long)then)), "");
        CHECK(atoll(fixture_get("revision")) > then);
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_STR(document("ring_volume"), "3");
        CHECK_STR(fixture_setting("ldap_password"), "Xw8.pqKd3+ab");
        CHECK_STR(fixture_setting("fkey"), "blf 201");
        CHECK_STR(fixture_setting("timezone"), "GER+1");
        CHECK(fixture_setting("idle_text") == NULL);
        CHECK(fixture_setting("multicast_listen") != NULL);
        CHECK_STR(ASK(list_settings, "{\"scope\":\"site\",\"owner\":\"\"}"), "");
        CHECK_STR(fixture_get("settings.0.attributes.label"), "Door");
        int64_t restored = newest();
        CHECK_STR(DO(restore_revision, json("{\"number\":%lld}", (long long)then)), "");
        CHECK_STR(fixture_get("phones"), "0");
        CHECK_EQ_INT(newest(), restored);
        CHECK_STR(DO(restore_revision, "{\"number\":99999}"), "NoSuchName");
        fixture_end();
}

TEST(a_removed_profile_comes_back_with_its_settings)
{
        int64_t then;

        begin();
        CHECK_STR(DO(set_settings, SALES("ring_volume", "\"3\"")), "");
        then = newest();
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profiles\":[]}"), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "NoSuchName");
        CHECK_STR(DO(restore_revision, json("{\"number\":%lld}", (long long)then)), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"sales\"}"), "");
        CHECK_STR(fixture_get("settings.0.value"), "3");
        fixture_end();
}

TEST(the_oldest_revisions_are_forgotten_with_what_held_only_then)
{
        begin();
        for (int i = 0; i < STORE_REVISIONS_MAX + 20; i++)
                CHECK_STR(DO(set_settings, json("{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"%d\","
                                                "\"permission\":\"R\"}]}", i % 10)), "");
        CHECK_EQ_INT(count("SELECT count(*) FROM revision"), STORE_REVISIONS_MAX);
        CHECK(count("SELECT count(*) FROM shared_setting") <= STORE_REVISIONS_MAX + 1);
        CHECK_EQ_INT(count("SELECT count(*) FROM revision_scope WHERE number NOT IN (SELECT number FROM revision)"), 0);
        CHECK_STR(DO(restore_revision, "{\"number\":1}"), "NoSuchName");
        CHECK_STR(DO(restore_revision, json("{\"number\":%lld}", (long long)count("SELECT min(number) FROM revision"))), "");
        CHECK_STR(document("ring_volume"), "0");
        fixture_end();
}

/* Who can write the file cannot bring back a value by moving it to another revision or profile. */
TEST(a_value_moved_to_another_revision_does_not_open)
{
        begin();
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Xw8.pqKd3+ab\"")), "");
        CHECK_STR(DO(set_settings, SALES("ldap_password", "\"Another.one42\"")), "");
        CHECK_EQ_INT(store_db_run(store_db(fixture), "UPDATE shared_setting SET sealed = (SELECT sealed FROM shared_setting WHERE until_revision IS NOT NULL) "
                                  "WHERE until_revision IS NULL", ""), 0);
        store_layers_forget(store_layers(fixture));
        CHECK_STR(ASK(get_document, AT), "StorageTrouble");
        fixture_end();
}

TEST(a_reason_is_one_line)
{
        begin();
        CHECK_STR(DO(set_settings, "{\"scope\":\"site\",\"owner\":\"\",\"settings\":[],\"reason\":\"a\\nb\"}"), "InvalidValue reason");
        fixture_end();
}
