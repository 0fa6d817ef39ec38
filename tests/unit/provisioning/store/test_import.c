/*
 * test_import: many phones at once, all or nothing.
 */
#include "store_fixture.h"

#include <time.h>

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_import.h"

/* --- helpers ------------------------------------------------------------- */

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

static const char *import(const char *phones, bool approve, bool dry_run)
{
        static char json[16384];

        CHECK((size_t)snprintf(json, sizeof json, "{\"phones\":[%s],\"approve\":%s,\"dry_run\":%s}", phones, approve ? "true" : "false",
                               dry_run ? "true" : "false") < sizeof json);
        return DO(import_phones, json);
}

/* "added changed unchanged approved" of the last answer. */
static const char *counts(void)
{
        static char text[100];
        static const char *const names[] = {"added", "changed", "unchanged", "approved"};

        *text = 0;
        for (size_t i = 0; i < 4; i++)
                snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", fixture_get(names[i]));
        return text;
}

/* "2 mac" of the i-th problem. */
static const char *problem(size_t i)
{
        static char text[100];
        char path[40];

        snprintf(path, sizeof path, "problems.%zu.line", i);
        const char *line = fixture_get(path);
        int at = snprintf(text, sizeof text, "%s ", line ? line : "none");
        snprintf(path, sizeof path, "problems.%zu.field", i);
        const char *field = fixture_get(path);
        snprintf(text + at, sizeof text - (size_t)at, "%s", field ? field : "");
        return text;
}

static void begin(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[]}"), "");
}

#define LINE(n, mac, rest) "{\"line\":" #n ",\"mac\":\"" mac "\"" rest "}"
#define TWO                                                                                                              \
        LINE(2, "00:04:13:AA:BB:CC", ",\"name\":\"Desk\",\"model\":\"snomD785\",\"profiles\":[\"sales\",\"default\"],"          \
             "\"lan_address\":\"192.168.7.20\",\"sip_user\":\"201\",\"sip_secret\":\"one-Secret-1\","                           \
             "\"settings\":[{\"name\":\"ring_volume\",\"value\":\"5\",\"permission\":\"RW\"}]") ","                            \
        LINE(3, MAC_B, ",\"sip_user\":\"202\",\"sip_secret\":\"two-Secret-2\"")

/* --- tests --------------------------------------------------------------- */

TEST(imported_phones_have_what_their_lines_say)
{
        begin();
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(counts(), "2 0 0 2");
        CHECK_EQ_INT(fixture_count("problems"), 0);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.name"), "Desk");
        CHECK_STR(fixture_get("phone.model"), "snomD785");
        CHECK_STR(fixture_get("phone.profiles.0"), "sales");
        CHECK_STR(fixture_get("phone.profiles.1"), "default");
        CHECK_STR(fixture_get("phone.lan_address"), "192.168.7.20");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(fixture_get("phone.has_sip_secret"), "true");
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 16);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_setting WHERE mac = '" MAC_A "' AND name = 'ring_volume'"), 1);
        CHECK_STR(ASK(list_audit, "{\"limit\":1}"), "");
        CHECK_STR(fixture_get("entries.0.action"), "import");
        CHECK_STR(fixture_get("entries.0.detail"), "added=2 changed=0 unchanged=0 approved=2");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":9}"), "");
        CHECK_STR(fixture_get("events.0.word"), "added");
        CHECK_STR(fixture_get("events.1.word"), "approved");
        fixture_end();
}

TEST(the_same_list_again_changes_nothing)
{
        begin();
        CHECK_STR(import(TWO, false, false), "");
        CHECK_STR(counts(), "2 0 0 0");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(counts(), "0 0 2 2");
        int64_t revisions = number("SELECT sum(revision) FROM phone");
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(counts(), "0 0 2 0");
        CHECK_EQ_INT(number("SELECT sum(revision) FROM phone"), revisions);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'import'"), 2);
        fixture_end();
}

TEST(what_differs_is_changed_and_gets_one_new_revision)
{
        begin();
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        int64_t revision = atoll(fixture_get("phone.revision"));
        CHECK_STR(import(LINE(1, MAC_A, ",\"name\":\"Front desk\"") "," LINE(2, MAC_B, ",\"sip_user\":\"202\"") "," LINE(3, "000413000001", ""), false,
                         false), "");
        CHECK_STR(counts(), "1 1 1 0");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.name"), "Front desk");
        CHECK_STR(fixture_get("phone.sip_user"), "201");
        CHECK(atoll(fixture_get("phone.revision")) > revision);
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        CHECK_EQ_INT(atoll(fixture_get("phone.revision")), revision);
        static const char *const changes[] = {
                LINE(1, MAC_A, ",\"profiles\":[\"default\",\"sales\"]"), LINE(1, MAC_A, ",\"lan_address\":\"192.168.7.21\""),
                LINE(1, MAC_A, ",\"lan_address\":\"\""), LINE(1, MAC_A, ",\"sip_secret\":\"new-Secret-3\""), LINE(1, MAC_A, ",\"sip_secret\":\"\""),
                LINE(1, MAC_A, ",\"key_type\":\"rsa2048\""), LINE(1, MAC_A, ",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"6\",\"permission\":\"RW\"}]"),
                LINE(1, MAC_A, ",\"settings\":[{\"name\":\"ring_volume\",\"value\":null,\"permission\":\"\"}]"),
        };
        for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
                CHECK_STR(import(changes[i], false, false), "");
                CHECK_STR(counts(), "0 1 0 0");
                CHECK_STR(import(changes[i], false, false), "");
                CHECK_STR(counts(), "0 0 1 0");
        }
        fixture_end();
}

TEST(each_wrong_line_is_named_and_nothing_is_kept)
{
        static const struct { const char *line, *field, *reason; } wrong[] = {
                {LINE(7, "000413", ""), "mac", "12 hex digits"},
                {LINE(7, "ffffffffffff", ""), "mac", "12 hex digits"},
                {LINE(7, "0004-13AA-BBCC", ""), "mac", "12 hex digits"},
                {LINE(7, MAC_B, ""), "mac", "in line 2"},
                {LINE(7, MAC_A, ",\"name\":\"a\\nb\""), "name", "printable"},
                {LINE(7, MAC_A, ",\"profiles\":[\"nowhere\"]"), "profiles", "no profile"},
                {LINE(7, MAC_A, ",\"profiles\":[\"sales\",\"sales\"]"), "profiles", "twice"},
                {LINE(7, MAC_A, ",\"key_type\":\"rsa1024\""), "key_type", "p256"},
                {LINE(7, MAC_A, ",\"lan_address\":\"192.168.8.20\""), "lan_address", "phone LAN"},
                {LINE(7, MAC_A, ",\"lan_address\":\"192.168.7.1\""), "lan_address", "phone LAN"},
                {LINE(7, MAC_A, ",\"lan_address\":\"192.168.7.255\""), "lan_address", "phone LAN"},
                {LINE(7, MAC_A, ",\"lan_address\":\"x\""), "lan_address", "like 192.168.1.20"},
                {LINE(7, MAC_A, ",\"lan_address\":\"192.168.7.30\""), "lan_address", "another phone"},
                {LINE(7, MAC_A, ",\"sip_user\":\"201\",\"sip_secret\":\"201\""), "sip_secret", ""},
                {LINE(7, MAC_A, ",\"sip_user\":\"201\",\"sip_secret\":\"two-Secret-2\""), "sip_secret", MAC_B},
                {LINE(7, MAC_A, ",\"settings\":[{\"name\":\"http_pass\",\"value\":\"0000\",\"permission\":\"R\"}]"), "http_pass", ""},
                {LINE(7, MAC_A, ",\"settings\":[{\"name\":\"setting_server\",\"value\":\"x\",\"permission\":\"R\"}]"), "setting_server", ""},
                {LINE(7, "000413000009", ",\"name\":\"back\""), "mac", "revoked"},
        };

        begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED("000413000009")), "");
        CHECK_STR(DO(revoke_phone, MAC("000413000009")), "");
        int64_t audits = number("SELECT count(*) FROM audit"), events = number("SELECT count(*) FROM event");
        int64_t counter = number("SELECT value FROM meta WHERE name = 'revision'");
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                char list[1024], told[100], wanted[100];

                snprintf(list, sizeof list, "%s,%s", LINE(2, MAC_B, ",\"sip_user\":\"202\",\"sip_secret\":\"two-Secret-2\",\"lan_address\":\"192.168.7.30\""),
                         wrong[i].line);
                CHECK_STR(import(list, true, false), "");
                snprintf(told, sizeof told, "%zu: %s", i, problem(0));
                snprintf(wanted, sizeof wanted, "%zu: 7 %s", i, wrong[i].field);
                CHECK_STR(told, wanted);
                CHECK_EQ_INT(fixture_count("problems"), 1);
                CHECK(strlen(fixture_get("problems.0.reason")) > 15);
                if (!strstr(fixture_get("problems.0.reason"), wrong[i].reason))
                        TEST_FAIL("%zu: %s", i, fixture_get("problems.0.reason"));
                CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE mac <> '000413000009'"), 0);
        }
        CHECK_EQ_INT(number("SELECT count(*) FROM audit"), audits);
        CHECK_EQ_INT(number("SELECT count(*) FROM event"), events);
        CHECK_EQ_INT(number("SELECT value FROM meta WHERE name = 'revision'"), counter);
        fixture_end();
}

TEST(problems_come_in_the_order_of_the_lines)
{
        begin();
        CHECK_STR(import(LINE(2, MAC_A, "") "," LINE(3, "x", "") "," LINE(4, MAC_A, "") "," LINE(5, MAC_B, ",\"key_type\":\"x\"") "," LINE(6, MAC_A, ""),
                         false, false), "");
        CHECK_EQ_INT(fixture_count("problems"), 4);
        CHECK_STR(problem(0), "3 mac");
        CHECK_STR(problem(1), "4 mac");
        CHECK_STR(problem(2), "5 key_type");
        CHECK_STR(problem(3), "6 mac");
        fixture_end();
}

TEST(a_delivery_note_lists_who_is_not_in)
{
        static const char note[] = "{\"phones\":[" LINE(2, MAC_A, "") "," LINE(3, MAC_B, "") "],\"approve\":false,\"dry_run\":false,\"expected\":true}";

        begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"approve\":true}"), "");
        CHECK_STR(DO(import_phones, note), "");
        CHECK_STR(counts(), "1 0 1 0");
        CHECK_STR(DO(get_phone, "{\"mac\":\"" MAC_A "\"}"), "");
        CHECK_STR(fixture_get("phone.state"), "expected");
        CHECK_STR(DO(get_phone, "{\"mac\":\"" MAC_B "\"}"), "");
        CHECK_STR(fixture_get("phone.expected"), "false");
        CHECK_STR(DO(import_phones, note), "");
        CHECK_STR(counts(), "0 0 2 0");
        fixture_end();
}

TEST(a_preview_counts_and_keeps_nothing)
{
        begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"200\",\"approve\":false}"), "");
        int64_t audits = number("SELECT count(*) FROM audit");
        CHECK_STR(import(TWO, true, true), "");
        CHECK_STR(counts(), "1 1 0 2");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit"), audits);
        CHECK_STR(ASK(get_phone, MAC(MAC_B)), "");
        CHECK_STR(fixture_get("phone.sip_user"), "200");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(counts(), "1 1 0 2");
        fixture_end();
}

TEST(phones_of_one_account_may_share_its_secret)
{
        begin();
        CHECK_STR(import(LINE(1, MAC_A, ",\"sip_user\":\"201\",\"sip_secret\":\"one-Secret-1\"") ","
                         LINE(2, MAC_B, ",\"sip_user\":\"201\",\"sip_secret\":\"one-Secret-1\""), false, false), "");
        CHECK_STR(counts(), "2 0 0 0");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"202\",\"sip_secret\":\"one-Secret-1\"}"), "InvalidValue sip_secret");
        fixture_end();
}

static char heard[400];

static void hear(const char *kind, const char *key, void *userdata)
{
        (void)userdata;
        snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s:%s ", kind, key);
}

TEST(subscribers_hear_of_an_import_once_and_of_a_preview_never)
{
        begin();
        store_on_change(fixture, hear, NULL);
        CHECK_STR(import(TWO, true, true), "");
        CHECK_STR(import(LINE(1, MAC_A, "") "," LINE(2, "x", ""), true, false), "");
        CHECK_STR(import("", true, false), "");
        CHECK_STR(counts(), "0 0 0 0");
        CHECK_STR(heard, "");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'import'"), 0);
        CHECK_STR(import(TWO, true, false), "");
        CHECK_STR(heard, "profile:default phone: ");
        fixture_connect(MAC_A);
        heard[0] = 0;
        CHECK_STR(import(LINE(1, MAC_A, ",\"name\":\"Front\"") "," LINE(2, MAC_B, ",\"name\":\"Back\""), true, false), "");
        CHECK_STR(heard, "phone: settings:" MAC_A " ");
        fixture_end();
}

/* --- ten thousand -------------------------------------------------------- */

static sd_json_variant *many(size_t n, const char *secret)
{
        size_t room = n * 220 + 100, at = 0;
        char *json = malloc(room);
        sd_json_variant *in = NULL;

        at += (size_t)snprintf(json, room, "{\"approve\":true,\"dry_run\":false,\"phones\":[");
        for (size_t i = 0; i < n; i++)
                at += (size_t)snprintf(json + at, room - at,
                                       "%s{\"line\":%zu,\"mac\":\"000413%06zx\",\"name\":\"Desk %zu\",\"model\":\"snomD785\",\"profiles\":[\"sales\"],"
                                       "\"sip_user\":\"%zu\",\"sip_secret\":\"%s-Pw.%zu\"}", i ? "," : "", i + 2, i, i, 10000 + i, secret, i);
        snprintf(json + at, room - at, "]}");
        CHECK(sd_json_parse(json, 0, &in, NULL, NULL) >= 0);
        free(json);
        return in;
}

/* Each round of the call, with a lease of somebody else in each. Prints what the longest took of the processor. */
static void import_many(sd_json_variant *in, const char *what)
{
        struct store_write w[2] = {{.operation = store_op_import_phones, .request = {.actor = "root", .in = in}}};
        double longest_s = 0, whole_s = 0;
        unsigned rounds = 0;

        do {
                struct timespec start, end;

                w[1] = (struct store_write){.operation = store_op_commit_leases, .request = {.actor = "responder"}};
                CHECK(sd_json_parse("{\"leases\":[]}", 0, &w[1].request.in, NULL, NULL) >= 0);
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
                store_write_round(fixture, w, 2);
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
                double took_s = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
                longest_s = took_s > longest_s ? took_s : longest_s;
                whole_s += took_s;
                rounds++;
                CHECK_STR(w[0].request.reason, "");
                CHECK_EQ_INT(w[1].result, 0);
                sd_json_variant_unref(w[1].request.in);
        } while (w[0].result == 0 && w[0].request.again);
        printf("# %s: %u rounds, %.2f s of the processor, the longest %.2f s\n", what, rounds, whole_s, longest_s);
        fixture_out = sd_json_variant_unref(fixture_out);
        fixture_out = sd_json_variant_ref(w[0].request.out);
        sd_json_variant_unref(in);
        store_request_done(&w[0].request);
}

TEST(ten_thousand_phones_are_one_import)
{
        begin();
        import_many(many(STORE_IMPORT_MAX, "first"), "10,000 new phones");
        CHECK_STR(counts(), "10000 0 0 10000");
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 80000);
        CHECK_EQ_INT(number("SELECT count(DISTINCT tunnel_address) FROM phone"), 10000);
        import_many(many(STORE_IMPORT_MAX, "first"), "the same again");
        CHECK_STR(counts(), "0 0 10000 0");
        import_many(many(STORE_IMPORT_MAX, "other"), "10,000 new secrets");
        CHECK_STR(counts(), "0 10000 0 0");
        fixture_end();
}

TEST(more_than_that_are_refused)
{
        struct store_write w = {.operation = store_op_import_phones, .request = {.actor = "root"}};

        begin();
        w.request.in = many(STORE_IMPORT_MAX + 1, "x");
        store_write_round(fixture, &w, 1);
        CHECK_STR(w.request.error, "InvalidValue");
        sd_json_variant_unref(w.request.in);
        store_request_done(&w.request);
        fixture_end();
}

/* --- shared settings that come with phones -------------------------------- */

#define SHARED(origin, scope, owner, name, value)                                                                        \
        "{\"origin\":\"" origin "\",\"scope\":\"" scope "\",\"owner\":\"" owner "\",\"settings\":[{\"name\":\"" name "\",\"value\":\"" value \
        "\",\"permission\":\"R\"}]}"
#define FOLDER SHARED("all.xml", "site", "", "ring_volume", "3") "," SHARED("snomD785.htm", "model", "snomD785", "ring_volume", "5")

static const char *import_folder(const char *phones, const char *shared, bool dry_run)
{
        static char json[8192];

        CHECK((size_t)snprintf(json, sizeof json, "{\"phones\":[%s],\"approve\":true,\"dry_run\":%s,\"shared\":[%s],\"reason\":\"the old server\"}", phones,
                               dry_run ? "true" : "false", shared) < sizeof json);
        return DO(import_phones, json);
}

/* Three phones of one model that are connected: a change of what they share is rolled out to them. */
static void connect_three(void)
{
        static const char *const macs[] = {"000413000001", "000413000002", "000413000003"};
        char json[200];

        for (size_t i = 0; i < 3; i++) {
                snprintf(json, sizeof json, "{\"mac\":\"%s\",\"model\":\"snomD785\",\"approve\":true}", macs[i]);
                CHECK_STR(DO(add_phone, json), "");
                fixture_connect(macs[i]);
        }
}

#define SHARED_ROWS "SELECT count(*) FROM shared_setting WHERE name = 'ring_volume'"

TEST(a_folder_with_settings_of_several_scopes_is_one_revision)
{
        begin();
        connect_three();
        int64_t before = number("SELECT count(*) FROM revision");
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"}", FOLDER, false), "");
        CHECK_STR(counts(), "1 0 0 1");
        CHECK_STR(fixture_get("shared_phones"), "3");
        CHECK_EQ_INT(atoll(fixture_get("revision")), number("SELECT max(number) FROM revision"));
        CHECK_EQ_INT(number("SELECT count(*) FROM revision"), before + 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM revision WHERE state = 'rolling' AND reason = 'the old server'"), 1);
        CHECK_EQ_INT(number(SHARED_ROWS), 2);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'set-settings' AND subject = 'import' AND "
                            "detail = 'site: ring_volume; model snomD785: ring_volume (the old server)'"), 1);
        CHECK_EQ_INT(number("SELECT trust FROM phone WHERE mac = '" MAC_A "'"), 2);
        fixture_end();
}

TEST(while_a_roll_out_runs_nothing_of_a_folder_is_kept)
{
        begin();
        connect_three();
        CHECK_STR(DO(set_settings, "{\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"9\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"}", FOLDER, false), "NotAllowed");
        CHECK_EQ_INT(number(SHARED_ROWS), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE mac = '" MAC_A "'"), 0);
        fixture_end();
}

TEST(a_wrong_second_part_of_a_folder_keeps_the_first_out_and_is_named)
{
        struct store_write w = {.operation = store_op_import_phones, .request = {.actor = "root"}};

        begin();
        CHECK(sd_json_parse("{\"phones\":[{\"mac\":\"" MAC_A "\"}],\"approve\":true,\"shared\":[" SHARED("all.xml", "site", "", "ring_volume", "3") ","
                            SHARED("b.xml", "model", "snomD785", "setting_server", "http://a/") "]}", 0, &w.request.in, NULL, NULL) >= 0);
        store_write_round(fixture, &w, 1);
        CHECK_EQ_INT(w.result, PV_EREFUSED);
        CHECK_STR(w.request.field, "setting_server");
        CHECK(!strncmp(w.request.reason, "b.xml: setting_server is decided by the appliance", 40));
        store_request_done(&w.request);
        sd_json_variant_unref(w.request.in);
        CHECK_EQ_INT(number(SHARED_ROWS), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone"), 0);
        fixture_end();
}

TEST(settings_of_a_phone_are_no_shared_ones)
{
        begin();
        CHECK_STR(import_folder("", SHARED("c.xml", "phone", MAC_A, "ring_volume", "3"), false), "NoSuchPhone");
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"}", "", false), "");
        CHECK_STR(import_folder("", SHARED("c.xml", "phone", MAC_A, "ring_volume", "3"), false), "InvalidValue scope");
        fixture_end();
}

TEST(a_wrong_phone_keeps_the_shared_settings_of_its_folder_out)
{
        begin();
        connect_three();
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"},{\"mac\":\"x\"}", FOLDER, false), "");
        CHECK_STR(problem(0), "2 mac");
        CHECK_EQ_INT(number(SHARED_ROWS), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE subject = 'import'"), 0);
        CHECK_STR(ASK(get_rollout, "{}"), "");
        CHECK_STR(fixture_get("rollout.state"), "none");
        /* And nothing of the roll-out that was undone is in the way of the next. */
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"}", FOLDER, false), "");
        CHECK_STR(ASK(get_rollout, "{}"), "");
        CHECK_STR(fixture_get("rollout.state"), "running");
        fixture_end();
}

TEST(a_dry_run_of_a_folder_tells_all_and_keeps_nothing)
{
        begin();
        connect_three();
        int64_t before = number("SELECT count(*) FROM revision");
        CHECK_STR(import_folder("{\"mac\":\"" MAC_A "\"}", FOLDER, true), "");
        CHECK_STR(counts(), "1 0 0 1");
        CHECK_STR(fixture_get("shared_phones"), "3");
        CHECK_EQ_INT(number(SHARED_ROWS), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE mac = '" MAC_A "'"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM revision"), before);
        CHECK_STR(ASK(get_rollout, "{}"), "");
        CHECK_STR(fixture_get("rollout.state"), "none");
        fixture_end();
}

TEST(of_two_files_for_one_scope_the_later_counts)
{
        begin();
        CHECK_STR(import_folder("", SHARED("a.xml", "site", "", "ring_volume", "3") "," SHARED("b.xml", "site", "", "ring_volume", "4"), false), "");
        CHECK_EQ_INT(number(SHARED_ROWS), 1);
        CHECK_STR(ASK(list_settings, "{\"scope\":\"site\",\"owner\":\"\"}"), "");
        CHECK_STR(fixture_get("settings.0.value"), "4");
        /* The same again is no change. */
        int64_t before = number("SELECT count(*) FROM revision");
        CHECK_STR(import_folder("", SHARED("b.xml", "site", "", "ring_volume", "4"), false), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM revision"), before);
        fixture_end();
}
