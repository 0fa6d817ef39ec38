/*
 * test_replace: a phone takes the place of another one, as a whole or not at all.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_renewal.h"
#include "provisioning/store/store_snapshot.h"
#include "provisioning/store/store_secret.h"

#define OLD MAC_A
#define NEW MAC_B
#define OTHER "000413aabbee"
#define REPLACE "{\"old\":\"" OLD "\",\"new\":\"" NEW "\"}"
#define CANARY "canary-sip-secret-7Q"

static uint64_t monotonic_ms;

static uint64_t monotonic(void)
{
        return monotonic_ms;
}

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

/* All of one phone that the database holds, as text; the caller's to free. */
static char *everything_of(const char *mac)
{
        sd_json_variant *snapshot = NULL;
        char *text = NULL;

        CHECK_EQ_INT(store_snapshot_take(fixture, mac, &snapshot), 0);
        CHECK(sd_json_variant_format(snapshot, 0, &text) >= 0);
        sd_json_variant_unref(snapshot);
        return text;
}

/* A phone with everything: names, profiles, settings with attributes, switched rows, an account, addresses, a certificate. */
static void begin(void)
{
        fixture_begin();
        monotonic_ms = 1000;
        store_set_monotonic(fixture, monotonic);
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"4\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" OLD "\",\"name\":\"Reception\",\"profiles\":[\"default\",\"sales\"],\"lan_address\":\"192.168.7.20\","
                                "\"sip_user\":\"201\",\"sip_secret\":\"" CANARY "\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" OLD "\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"},"
                                   "{\"name\":\"fkey\",\"index\":1,\"value\":\"blf sip:202@pbx\",\"permission\":\"RW\",\"attributes\":{\"context\":\"1\"}}]}"), "");
        CHECK_STR(DO(set_row, "{\"scope\":\"phone\",\"owner\":\"" OLD "\",\"row\":\"web\",\"state\":\"off\",\"reason\":\"needed for tests\"}"), "");
        fixture_connect(OLD);
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        CHECK_STR(fixture_get("phone.state"), "connected");
}

static void serve(const char *mac)
{
        char json[120];

        snprintf(json, sizeof json, "{\"mac\":\"%s\"}", mac);
        CHECK_STR(ASK(get_phone, json), "");
        snprintf(json, sizeof json, "{\"mac\":\"%s\",\"revision\":%s}", mac, fixture_get("phone.revision"));
        CHECK_STR(DO(mark_served, json), "");
}

static void tick(int64_t seconds)
{
        monotonic_ms += (uint64_t)seconds * 1000;
        fixture_now_ms += seconds * 1000;
        if (store_replace_is_due(fixture))
                CHECK_STR(fixture_call(true, store_op_tick_replace, "store", "{}"), "");
}

static const char *state_of(const char *mac)
{
        char json[60];

        snprintf(json, sizeof json, "{\"mac\":\"%s\"}", mac);
        return *ASK(get_phone, json) ? "unknown" : fixture_get("phone.state");
}

TEST(the_new_phone_has_all_that_was_the_old_ones_and_the_old_one_is_out)
{
        char *secret = NULL;

        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(fixture_get("replacement.state"), "pending");
        CHECK_STR(fixture_get("replacement.until"), "1800003600");
        CHECK_STR(fixture_get("phone.mac"), NEW);
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.name"), "Reception");
        CHECK_STR(fixture_get("phone.profiles.1"), "sales");
        CHECK_STR(fixture_get("phone.sip_user"), "201");
        CHECK_STR(fixture_get("phone.lan_address"), "192.168.7.20");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(fixture_get("phone.replaces"), OLD);
        CHECK_STR(fixture_get("phone.certificate_serial"), "null");
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        CHECK_STR(fixture_get("phone.state"), "revoked");
        CHECK_STR(fixture_get("phone.replaced_by"), NEW);
        CHECK_STR(fixture_get("phone.lan_address"), "null");
        CHECK_STR(fixture_get("phone.tunnel_address"), "null");
        CHECK_STR(fixture_get("phone.has_sip_secret"), "false");
        CHECK_STR(fixture_call(false, store_op_get_enrolment, "bootstrap", MAC(OLD)), "");
        CHECK_STR(fixture_get("private_key"), "null");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" NEW "\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 2);
        CHECK_STR(fixture_get("settings.0.attributes.context"), "1");
        CHECK_STR(fixture_get("settings.1.value"), "Deutsch");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_row WHERE mac = '" NEW "' AND row = 'web'"), 1);
        CHECK_EQ_INT(store_secret_get(fixture, NEW, "sip_secret", &secret), 0);
        CHECK_STR(secret, CANARY);
        free(secret);
        fixture_end();
}

TEST(it_is_settled_when_the_new_phone_is_current_and_nothing_is_kept_for_undoing)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        tick(100);
        CHECK_STR(state_of(OLD), "revoked");
        fixture_connect(NEW);
        serve(NEW);
        tick(1);
        CHECK_STR(ASK(list_replacements, "{}"), "");
        CHECK_STR(fixture_get("replacements.0.state"), "done");
        CHECK_STR(fixture_get("replacements.0.ended_at"), "1800000101");
        CHECK_EQ_INT(number("SELECT count(*) FROM replacement WHERE undo IS NOT NULL"), 0);
        CHECK(!store_replace_runs(fixture));
        CHECK_STR(ASK(get_phone, MAC(NEW)), "");
        CHECK_STR(fixture_get("phone.replaces"), "null");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "NotAllowed");
        fixture_end();
}

TEST(undo_restores_everything_byte_for_byte)
{
        char *old_before, *new_before, *after;

        begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" NEW "\",\"name\":\"From the box\",\"sip_user\":\"999\",\"sip_secret\":\"another-Secret-5x\",\"lan_address\":"
                                "\"192.168.7.30\",\"approve\":false,\"expected\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" NEW "\",\"settings\":[{\"name\":\"language\",\"value\":\"English\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(fixture_call(true, store_op_report_tunnel, "session", "{\"mac\":\"" OLD "\",\"up\":false,\"detail\":\"\"}"), "");
        old_before = everything_of(OLD);
        new_before = everything_of(NEW);
        CHECK(strstr(old_before, "certificate_sha256") && strstr(old_before, "phone_setting"));
        CHECK_STR(DO(replace_phone, REPLACE), "");
        fixture_connect(NEW);
        CHECK_STR(DO(change_phone, "{\"mac\":\"" NEW "\",\"name\":\"changed meanwhile\"}"), "");
        CHECK_STR(DO(undo_replace, "{\"mac\":\"" NEW "\",\"reason\":\"it is broken as well\"}"), "");
        CHECK_STR(fixture_get("replacement.state"), "undone");
        CHECK_STR(fixture_get("replacement.reason"), "undone by root: it is broken as well");
        after = everything_of(OLD);
        CHECK_STR(after, old_before);
        free(after);
        after = everything_of(NEW);
        CHECK_STR(after, new_before);
        free(after);
        free(old_before);
        free(new_before);
        CHECK_STR(state_of(OLD), "enrolled");
        CHECK_STR(state_of(NEW), "expected");
        /* Tables counted by name: a snapshot that forgot one would be equal to itself. */
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_row WHERE mac = '" OLD "'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_row WHERE mac = '" NEW "'"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_setting WHERE mac = '" OLD "'"), 2);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_setting WHERE mac = '" NEW "'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_profile WHERE mac = '" NEW "'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE mac = '" OLD "'"), 9);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE mac = '" NEW "'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM replacement WHERE undo IS NOT NULL"), 0);
        CHECK_STR(fixture_call(true, store_op_report_tunnel, "session", "{\"mac\":\"" OLD "\",\"up\":true,\"detail\":\"\"}"), "");
        fixture_end();
}

TEST(a_tunnel_that_was_up_is_not_up_after_undoing)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(state_of(OLD), "enrolled");
        CHECK_STR(fixture_call(false, store_op_get_document, "settings", "{\"tunnel_address\":\"10.64.0.2\"}"), "NoTunnel");
        CHECK_STR(state_of(NEW), "unknown");
        fixture_end();
}

TEST(a_new_phone_that_came_in_between_stays_seen)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" NEW "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(state_of(NEW), "unknown");
        CHECK_STR(fixture_call(true, store_op_report_seen, "responder", "{\"mac\":\"" NEW "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(state_of(NEW), "seen");
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(state_of(NEW), "seen");
        fixture_end();
}

TEST(it_is_undone_by_itself_when_the_new_phone_does_not_come)
{
        begin();
        CHECK_STR(DO(replace_phone, "{\"old\":\"" OLD "\",\"new\":\"" NEW "\",\"without_certificate\":true}"), "");
        CHECK_STR(fixture_get("phone.window_until"), "1800003600");
        for (int i = 0; i < 359; i++)
                tick(10);
        CHECK_STR(state_of(NEW), "approved");
        tick(10);
        CHECK_STR(state_of(NEW), "unknown");
        CHECK_STR(state_of(OLD), "enrolled");
        CHECK_STR(ASK(list_replacements, "{}"), "");
        CHECK_STR(fixture_get("replacements.0.state"), "undone");
        CHECK_STR(fixture_get("replacements.0.reason"), "the new phone was not current within 60 minutes: it got as far as approved");
        fixture_end();
}

TEST(time_counts_only_while_the_store_runs_and_no_clock_ends_it)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        tick(3000);
        fixture_now_ms += INT64_C(400000000000);
        monotonic_ms = 5;
        fixture_reopen();
        store_set_monotonic(fixture, monotonic);
        CHECK(store_replace_runs(fixture));
        tick(500);
        CHECK_STR(state_of(NEW), "approved");
        tick(101);
        CHECK_STR(state_of(OLD), "enrolled");
        fixture_end();
}

TEST(a_second_replacement_begins_with_its_whole_time)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        monotonic_ms += 3599000;
        CHECK_STR(DO(replace_phone, REPLACE), "");
        tick(3000);
        CHECK_STR(state_of(NEW), "approved");
        fixture_end();
}

TEST(who_may_not_be_replaced_or_replace_is_told_so)
{
        begin();
        CHECK_STR(DO(replace_phone, "{\"old\":\"" OLD "\",\"new\":\"" OLD "\"}"), "InvalidValue new");
        CHECK_STR(DO(replace_phone, "{\"old\":\"x\",\"new\":\"" NEW "\"}"), "InvalidValue old");
        CHECK_STR(DO(replace_phone, "{\"old\":\"" OTHER "\",\"new\":\"" NEW "\"}"), "NoSuchPhone");
        CHECK_STR(DO(add_phone, ADD(OTHER)), "");
        CHECK_STR(DO(replace_phone, "{\"old\":\"" OTHER "\",\"new\":\"" NEW "\"}"), "NotAllowed");
        CHECK_STR(DO(approve_phone, MAC(OTHER)), "");
        CHECK_STR(DO(replace_phone, "{\"old\":\"" OLD "\",\"new\":\"" OTHER "\"}"), "NotAllowed");
        CHECK_STR(state_of(OLD), "connected");
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(replace_phone, REPLACE), "NotAllowed");
        CHECK_STR(DO(replace_phone, "{\"old\":\"" NEW "\",\"new\":\"000413aabb11\"}"), "NotAllowed");
        CHECK_STR(DO(approve_phone, MAC(OLD)), "NotAllowed");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" NEW "\",\"vpn_class\":\"legacy\"}"), "NotAllowed");
        fixture_end();
}

TEST(revoking_the_new_phone_brings_the_old_one_back)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" NEW "\",\"stolen\":true}"), "");
        CHECK_STR(fixture_get("phone.state"), "revoked");
        CHECK(strstr(fixture_get("todo.0"), "account 201"));
        CHECK_STR(state_of(OLD), "enrolled");
        fixture_end();
}

TEST(revoking_the_old_phone_again_is_for_good)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(revoke_phone, "{\"mac\":\"" OLD "\",\"stolen\":true}"), "");
        CHECK_STR(ASK(list_replacements, "{}"), "");
        CHECK_STR(fixture_get("replacements.0.state"), "done");
        CHECK_STR(state_of(NEW), "approved");
        CHECK_STR(DO(delete_phone, MAC(OLD)), "");
        CHECK_STR(state_of(NEW), "approved");
        fixture_end();
}

TEST(deleting_either_of_them_ends_it)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(delete_phone, MAC(NEW)), "");
        CHECK_STR(state_of(NEW), "unknown");
        CHECK_STR(state_of(OLD), "enrolled");
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(delete_phone, MAC(OLD)), "");
        CHECK_STR(state_of(OLD), "unknown");
        CHECK_STR(state_of(NEW), "approved");
        CHECK(!store_replace_runs(fixture));
        fixture_end();
}

TEST(a_reservation_that_somebody_else_has_by_now_is_not_taken_back)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" NEW "\",\"lan_address\":\"192.168.7.21\"}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" OTHER "\",\"lan_address\":\"192.168.7.20\",\"approve\":false}"), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        CHECK_STR(fixture_get("phone.lan_address"), "null");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(ASK(get_phone, MAC(OTHER)), "");
        CHECK_STR(fixture_get("phone.lan_address"), "192.168.7.20");
        fixture_end();
}

TEST(shared_settings_that_changed_meanwhile_are_a_new_revision_of_the_old_phone)
{
        char before[32];

        begin();
        serve(OLD);
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        snprintf(before, sizeof before, "%s", fixture_get("phone.revision"));
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"5\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        CHECK(strcmp(fixture_get("phone.revision"), before) != 0);
        fixture_end();
}

TEST(an_old_phone_that_comes_back_is_told_of_authorities_that_changed_meanwhile)
{
        char before[32];

        begin();
        CHECK_STR(fixture_call(true, store_op_set_authorities, "bootstrap", "{\"roots\":\"" PEM "\",\"generation\":1}"), "");
        serve(OLD);
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        snprintf(before, sizeof before, "%s", fixture_get("phone.revision"));
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_STR(fixture_call(true, store_op_set_authorities, "bootstrap", "{\"roots\":\"" PEM PEM "\",\"generation\":1}"), "");
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(ASK(get_phone, MAC(OLD)), "");
        CHECK(strcmp(fixture_get("phone.revision"), before) != 0);
        fixture_end();
}

TEST(nothing_readable_is_kept_for_undoing_and_nothing_stays_after)
{
        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM replacement WHERE undo IS NOT NULL AND instr(undo, CAST('BEGIN CERT' AS BLOB)) = 0"), 1);
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM replacement WHERE undo IS NOT NULL"), 0);
        CHECK_STR(ASK(timeline, "{\"mac\":\"" OLD "\",\"limit\":100}"), "");
        char *text = NULL;
        CHECK(sd_json_variant_format(fixture_out, 0, &text) >= 0);
        CHECK(!strstr(text, "canary"));
        free(text);
        fixture_end();
}

/* --- power cuts ---------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
        char command[300];

        snprintf(command, sizeof command, "! test -e %s || cp %s %s", from, from, to);
        CHECK(system(command) == 0);
}

/* The files as a power cut would leave them now, opened as another store. */
static struct store *after_power_cut(void)
{
        char copy[120], from[120], to[140];
        struct store *store = NULL;

        snprintf(copy, sizeof copy, "%s/cut.db", fixture_dir);
        copy_file(fixture_db, copy);
        snprintf(from, sizeof from, "%s-wal", fixture_db);
        snprintf(to, sizeof to, "%s-wal", copy);
        copy_file(from, to);
        CHECK_EQ_INT(store_open(copy, fixture_key, &store), 0);
        return store;
}

static struct store *cut;

/* In the middle of the transaction: what a cut leaves then is the moment before it. */
static int cut_then_replace(struct store *store, struct store_request *request)
{
        int r = store_op_replace_phone(store, request);

        cut = after_power_cut();
        return r;
}

TEST(a_power_cut_in_the_middle_leaves_the_old_phone_where_it_was)
{
        char *before, *after;
        struct store *whole;

        begin();
        before = everything_of(OLD);
        CHECK_STR(fixture_call(true, cut_then_replace, "root", REPLACE), "");
        whole = fixture;
        fixture = cut;
        after = everything_of(OLD);
        CHECK_STR(after, before);
        CHECK_EQ_INT(number("SELECT count(*) FROM replacement"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone"), 1);
        store_close(cut);
        fixture = whole;
        free(after);
        free(before);
        CHECK_STR(state_of(OLD), "revoked");
        fixture_end();
}

TEST(a_power_cut_after_the_answer_leaves_all_of_it_and_it_can_be_undone)
{
        struct store *whole;

        begin();
        CHECK_STR(DO(replace_phone, REPLACE), "");
        whole = fixture;
        fixture = after_power_cut();
        store_set_clock(fixture, fixture_clock);
        CHECK_STR(state_of(OLD), "revoked");
        CHECK_STR(state_of(NEW), "approved");
        CHECK(store_replace_runs(fixture));
        CHECK_STR(DO(undo_replace, MAC(OLD)), "");
        CHECK_STR(state_of(OLD), "enrolled");
        store_close(fixture);
        fixture = whole;
        fixture_end();
}

/* The last step fails: nothing of the steps before it stays. */
static int replace_and_fail(struct store *store, struct store_request *request)
{
        int r = store_op_replace_phone(store, request);

        return r < 0 ? r : store_refuse(request, "NotAllowed", "made to fail");
}

TEST(one_step_that_fails_undoes_them_all)
{
        char *before, *after;

        begin();
        before = everything_of(OLD);
        CHECK_STR(fixture_call(true, replace_and_fail, "root", REPLACE), "NotAllowed");
        after = everything_of(OLD);
        CHECK_STR(after, before);
        CHECK_STR(state_of(NEW), "unknown");
        CHECK(!store_replace_runs(fixture));
        free(before);
        free(after);
        fixture_end();
}
