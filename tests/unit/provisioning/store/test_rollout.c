/*
 * test_rollout: who gets a revision when, and the way back.
 */
#include "store_fixture.h"

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_rollout.h"

#define WAIT_S 600
#define SETTLE_S 60

static uint64_t mono_ms;
static char told[8192];

static uint64_t mono(void)
{
        return mono_ms;
}

static void tell(const char *kind, const char *key, void *userdata)
{
        (void)userdata;
        if (!strcmp(kind, "settings"))
                snprintf(told + strlen(told), sizeof told - strlen(told), "%s ", key);
}

static const char *mac_of(unsigned i)
{
        static char macs[4][MAC_TEXT_SIZE];
        char *mac = macs[i % 4];

        snprintf(mac, MAC_TEXT_SIZE, "000413%06x", i & 0xffffffU);
        return mac;
}

static const char *json(const char *format, ...)
{
        static char texts[4][700];
        static unsigned next;
        char *text = texts[next++ % 4];
        va_list args;

        va_start(args, format);
        vsnprintf(text, sizeof texts[0], format, args);
        va_end(args);
        return text;
}

static int64_t number(const char *sql, const char *mac)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, "s", mac), 0);
        return n;
}

static int64_t revision(const char *mac)
{
        return number("SELECT revision FROM phone WHERE mac = ?", mac);
}

static void set_tunnel(const char *mac, bool up)
{
        CHECK_STR(DO(report_tunnel, json("{\"mac\":\"%s\",\"up\":%s,\"detail\":\"\"}", mac, up ? "true" : "false")), "");
}

static void fetch(const char *mac)
{
        CHECK_STR(DO(mark_served, json("{\"mac\":\"%s\",\"revision\":%lld}", mac, (long long)revision(mac))), "");
}

/* Time goes by, and the store looks as its timer does. */
static void pass(int64_t seconds)
{
        mono_ms += (uint64_t)seconds * 1000;
        fixture_now_ms += seconds * 1000;
        if (store_rollout_is_due(fixture))
                CHECK_STR(DO(tick_rollout, "{}"), "");
}

static void begin(unsigned n)
{
        mono_ms = 1000000;
        fixture_begin();
        store_set_monotonic(fixture, mono);
        CHECK_STR(DO(set_site, json("{\"values\":[{\"name\":\"rollout_wait_s\",\"value\":\"%d\"},{\"name\":\"rollout_settle_s\",\"value\":\"%d\"}]}",
                                    WAIT_S, SETTLE_S)), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[]}"), "");
        for (unsigned i = 0; i < n; i++) {
                CHECK_STR(DO(add_phone, json("{\"mac\":\"%s\",\"name\":\"Desk %u\",\"model\":\"snomD785\",\"profile\":\"sales\",\"approve\":true}", mac_of(i), i)), "");
                fixture_connect(mac_of(i));
                fetch(mac_of(i));
        }
        store_on_change(fixture, tell, NULL);
        told[0] = 0;
}

static const char *change(const char *value)
{
        return DO(set_settings, json("{\"scope\":\"profile\",\"owner\":\"sales\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"%s\","
                                     "\"permission\":\"R\"}],\"reason\":\"louder\"}", value));
}

static const char *rollout(const char *field)
{
        CHECK_STR(ASK(get_rollout, "{}"), "");
        return fixture_get(json("rollout.%s", field));
}

static const char *ring_volume(unsigned i)
{
        CHECK_STR(ASK(get_document, json("{\"tunnel_address\":\"10.64.0.%u\"}", i + 2)), "");
        return fixture_setting("ring_volume") ? fixture_setting("ring_volume") : "none";
}

/* Phones first to last fetch, and stay. */
static void come_back(unsigned first, unsigned last)
{
        for (unsigned i = first; i <= last; i++)
                fetch(mac_of(i));
        pass(1);
        pass(SETTLE_S);
}

TEST(a_change_reaches_one_phone_then_a_share_then_all)
{
        begin(12);
        CHECK_STR(rollout("state"), "none");
        CHECK_STR(rollout("started_at"), "null");
        CHECK_STR(change("3"), "");
        CHECK_STR(fixture_get("phones"), "12");
        CHECK_STR(told, "000413000000 ");
        CHECK_STR(rollout("state"), "running");
        CHECK_STR(rollout("ring"), "1");
        CHECK_STR(rollout("ring_phones"), "1");
        CHECK_STR(ring_volume(0), "3");
        CHECK_STR(ring_volume(1), "none");
        told[0] = 0;
        come_back(0, 0);
        CHECK_STR(rollout("ring"), "2");
        CHECK_STR(rollout("ring_phones"), "2");
        CHECK_STR(rollout("done"), "1");
        CHECK_STR(told, "000413000001 000413000006 ");
        fetch(mac_of(1));
        fetch(mac_of(6));
        pass(1);
        told[0] = 0;
        pass(SETTLE_S);
        CHECK_STR(rollout("ring"), "3");
        CHECK_EQ_INT(strlen(told), 9 * 13);
        come_back(0, 11);
        CHECK_STR(rollout("state"), "done");
        CHECK_STR(rollout("done"), "12");
        for (unsigned i = 0; i < 12; i++)
                CHECK_STR(ring_volume(i), "3");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE shared_revision IS NOT NULL AND mac <> ?", ""), 0);
        CHECK_STR(ASK(list_revisions, "{\"limit\":10}"), "");
        CHECK_STR(fixture_get("revisions.0.state"), "active");
        CHECK_STR(fixture_get("revisions.0.summary"), "profile sales: ring_volume");
        CHECK_STR(fixture_get("revisions.0.reason"), "louder");
        fixture_end();
}

TEST(a_phone_that_does_not_come_back_stops_it_and_everything_is_as_before)
{
        int64_t before, given;

        begin(12);
        CHECK_STR(change("3"), "");
        come_back(0, 0);
        CHECK_STR(rollout("ring"), "2");
        fetch(mac_of(1));
        before = revision(mac_of(2));
        given = revision(mac_of(0));
        set_tunnel(mac_of(1), false);           /* it fetched, and that was the last of it */
        pass(WAIT_S - 10);
        CHECK_STR(rollout("state"), "running");
        told[0] = 0;
        pass(11);
        CHECK_STR(rollout("state"), "stopped");
        CHECK_STR(rollout("ring"), "2");
        CHECK(strstr(rollout("reason"), "stopped in ring 2 of 3: 2 of 2 phones did not come back") != NULL);
        CHECK(strstr(rollout("reason"), "000413000001 (Desk 1): It fetched its settings, then lost its tunnel") != NULL);
        CHECK_STR(rollout("failed.0.mac"), "000413000001");
        CHECK(strstr(rollout("failed.1.reason"), "did not fetch its settings within 600 s, though its tunnel is up") != NULL);
        /* Those that had it get what was before; the others never had anything else and are left alone. */
        CHECK_STR(told, "000413000000 000413000006 ");
        CHECK(revision(mac_of(0)) > given);
        CHECK_EQ_INT(revision(mac_of(2)), before);
        for (unsigned i = 0; i < 12; i++)
                if (i != 1)
                        CHECK_STR(ring_volume(i), "none");
        CHECK_STR(ASK(list_revisions, "{\"limit\":10}"), "");
        CHECK_STR(fixture_get("revisions.0.phones"), "3");
        CHECK_STR(fixture_get("revisions.1.state"), "stopped");
        CHECK_STR(ASK(timeline, "{\"mac\":\"\",\"limit\":10}"), "");
        CHECK_STR(fixture_get(json("events.%zu.word", fixture_count("events") - 1)), "rollout-stopped");
        CHECK_STR(ASK(timeline, "{\"mac\":\"000413000001\",\"limit\":10}"), "");
        CHECK_STR(fixture_get(json("events.%zu.word", fixture_count("events") - 1)), "rollout-failed");
        /* The one that was away comes back late and gets what was before, too. */
        set_tunnel(mac_of(1), true);
        CHECK_STR(ring_volume(1), "none");
        CHECK_STR(change("4"), "");
        fixture_end();
}

TEST(one_change_goes_out_at_a_time)
{
        begin(5);
        CHECK_STR(change("3"), "");
        CHECK_STR(change("4"), "NotAllowed");
        CHECK_STR(change("3"), "");             /* is so already */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx.example\"}]}"), "NotAllowed");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lease_s\",\"value\":\"7200\"}]}"), "");
        CHECK_STR(DO(set_row, "{\"scope\":\"site\",\"owner\":\"\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "NotAllowed");
        CHECK_STR(DO(restore_revision, "{\"number\":1}"), "NotAllowed");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"000413000003\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"}]}"), "");
        CHECK_STR(ring_volume(3), "none");
        CHECK_STR(fixture_setting("language"), "Deutsch");
        CHECK_STR(DO(control_rollout, "{\"action\":\"finish\"}"), "");
        CHECK_STR(fixture_get("rollout.state"), "done");
        for (unsigned i = 0; i < 5; i++)
                CHECK_STR(ring_volume(i), "3");
        CHECK_STR(change("4"), "");
        fixture_end();
}

TEST(a_phone_that_changed_by_itself_meanwhile_gets_yet_another_revision)
{
        int64_t own;

        begin(5);
        CHECK_STR(change("3"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"000413000003\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"}]}"), "");
        own = revision(mac_of(3));
        fetch(mac_of(3));
        CHECK_STR(DO(control_rollout, "{\"action\":\"finish\"}"), "");
        CHECK(revision(mac_of(3)) > own);
        CHECK_STR(ring_volume(3), "3");
        fixture_end();
}

TEST(phones_that_are_not_connected_get_it_when_it_is_done)
{
        begin(6);
        set_tunnel(mac_of(4), false);
        set_tunnel(mac_of(5), false);
        CHECK_STR(change("3"), "");
        CHECK_STR(rollout("waiting"), "2");
        CHECK_STR(rollout("total"), "6");
        set_tunnel(mac_of(5), true);            /* in the middle: it still has what was */
        CHECK_STR(ring_volume(5), "none");
        for (unsigned ring = 1; ring <= 3; ring++)
                come_back(0, 5);
        CHECK_STR(rollout("state"), "done");
        CHECK_STR(ring_volume(5), "3");
        CHECK_STR(ASK(get_phone, MAC("000413000004")), "");
        CHECK_EQ_INT(number("SELECT revision > revision_served FROM phone WHERE mac = ?", mac_of(4)), 1);
        fixture_end();
}

TEST(with_nobody_connected_or_at_once_all_get_it_now)
{
        begin(4);
        for (unsigned i = 0; i < 4; i++)
                set_tunnel(mac_of(i), false);
        CHECK_STR(change("3"), "");
        CHECK_STR(rollout("state"), "done");
        CHECK_STR(told, "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        for (unsigned i = 0; i < 4; i++)
                set_tunnel(mac_of(i), true);
        CHECK_STR(change("4"), "");
        CHECK_EQ_INT(strlen(told), 4 * 13);
        for (unsigned i = 0; i < 4; i++)
                CHECK_STR(ring_volume(i), "4");
        fixture_end();
}

TEST(only_the_phones_that_a_change_concerns_fetch)
{
        int64_t before;

        begin(2);
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snom720\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
        before = revision(MAC_A);
        told[0] = 0;
        CHECK_STR(change("3"), "");
        CHECK_STR(told, "000413000000 000413000001 ");
        CHECK_EQ_INT(revision(MAC_A), before);
        come_back(0, 1);
        CHECK_STR(rollout("state"), "done");
        CHECK_EQ_INT(revision(MAC_A), before);
        told[0] = 0;
        CHECK_STR(DO(set_settings, "{\"scope\":\"model\",\"owner\":\"720\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"9\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK_STR(told, MAC_A " ");
        fixture_end();
}

TEST(a_phone_that_is_revoked_or_deleted_in_the_middle_stops_nothing)
{
        begin(6);
        CHECK_STR(change("3"), "");
        told[0] = 0;
        CHECK_STR(DO(revoke_phone, MAC("000413000000")), "");
        pass(1);
        CHECK_STR(rollout("state"), "running");
        CHECK_STR(rollout("ring"), "1");        /* nobody came back: another one is the first */
        CHECK_STR(rollout("ring_phones"), "1");
        CHECK_STR(told, "000413000001 ");
        CHECK_STR(DO(delete_phone, MAC("000413000001")), "");
        pass(6);
        CHECK_STR(rollout("ring"), "1");
        come_back(2, 2);
        CHECK_STR(rollout("ring"), "2");
        CHECK_STR(rollout("state"), "running");
        pass(WAIT_S + 1);
        CHECK_STR(rollout("state"), "stopped");
        fixture_end();
}

TEST(a_phone_that_broke_and_was_revoked_is_no_success)
{
        begin(12);
        CHECK_STR(change("3"), "");
        set_tunnel(mac_of(0), false);
        CHECK_STR(DO(revoke_phone, MAC("000413000000")), "");
        pass(1);
        CHECK_STR(rollout("ring"), "1");
        CHECK_STR(ring_volume(1), "3");
        CHECK_STR(ring_volume(2), "none");
        fixture_end();
}

TEST(a_phone_that_is_revoked_and_approved_again_is_out_of_the_roll_out)
{
        begin(12);
        CHECK_STR(change("3"), "");
        come_back(0, 0);
        CHECK_STR(rollout("ring_phones"), "2");
        CHECK_STR(DO(revoke_phone, MAC("000413000001")), "");
        CHECK_STR(DO(approve_phone, MAC("000413000001")), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE shared_revision IS NOT NULL AND mac = ?", mac_of(1)), 0);
        CHECK_STR(rollout("ring_phones"), "1");
        fixture_connect(mac_of(1));
        CHECK_STR(ring_volume(1), "none");
        come_back(6, 6);
        CHECK_STR(rollout("ring"), "3");
        for (unsigned i = 2; i < 12; i++)
                fetch(mac_of(i));
        pass(1);
        told[0] = 0;
        pass(SETTLE_S);
        CHECK_STR(rollout("state"), "done");
        CHECK_STR(told, "000413000001 ");       /* with all that were not in it */
        CHECK_STR(ring_volume(1), "3");
        fixture_end();
}

TEST(a_restart_goes_on_where_it_was_whatever_the_wall_clock_says)
{
        begin(6);
        CHECK_STR(change("3"), "");
        pass(WAIT_S - 20);
        CHECK_STR(rollout("state"), "running");
        fixture_now_ms += INT64_C(86400000) * 365;      /* the clock was a year behind */
        fixture_reopen();
        mono_ms = 77;                                   /* another boot: it counts from there */
        store_set_monotonic(fixture, mono);
        CHECK(store_rollout_runs(fixture));
        CHECK_STR(DO(tick_rollout, "{}"), "");
        pass(15);
        CHECK_STR(rollout("state"), "running");
        CHECK_STR(ring_volume(0), "3");
        CHECK_STR(ring_volume(1), "none");
        pass(20);
        CHECK_STR(rollout("state"), "stopped");
        fixture_end();
}

TEST(after_a_boot_the_ring_has_its_whole_time_again)
{
        begin(6);
        CHECK_STR(change("3"), "");
        pass(WAIT_S - 20);
        CHECK_EQ_INT(store_tunnel_none_open(fixture), 0);
        pass(60);
        CHECK_STR(rollout("state"), "running");
        for (unsigned i = 0; i < 6; i++)
                set_tunnel(mac_of(i), true);
        come_back(0, 0);
        CHECK_STR(rollout("ring"), "2");
        fixture_end();
}

TEST(the_admin_goes_on_or_goes_back)
{
        begin(6);
        CHECK_STR(DO(control_rollout, "{\"action\":\"back\"}"), "NotAllowed");
        CHECK_STR(change("3"), "");
        CHECK_STR(DO(control_rollout, "{\"action\":\"sideways\"}"), "InvalidValue action");
        CHECK_STR(DO(control_rollout, "{\"action\":\"next\"}"), "");
        CHECK_STR(fixture_get("rollout.ring"), "2");
        CHECK_STR(DO(control_rollout, "{\"action\":\"back\",\"reason\":\"too loud\"}"), "");
        CHECK_STR(fixture_get("rollout.state"), "stopped");
        CHECK(strstr(fixture_get("rollout.reason"), "by root: too loud.") != NULL);
        for (unsigned i = 0; i < 6; i++)
                CHECK_STR(ring_volume(i), "none");
        fixture_end();
}

TEST(a_value_of_the_site_is_rolled_out_and_taken_back_too)
{
        begin(6);
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"time_zone\",\"value\":\"GER+1\"}]}"), "");
        CHECK_STR(rollout("state"), "running");
        (void)ring_volume(0);
        CHECK_STR(fixture_setting("timezone"), "GER+1");
        (void)ring_volume(1);
        CHECK(fixture_setting("timezone") == NULL);
        CHECK_STR(DO(control_rollout, "{\"action\":\"back\"}"), "");
        (void)ring_volume(0);
        CHECK(fixture_setting("timezone") == NULL);
        CHECK_STR(ASK(get_site, "{}"), "");
        for (size_t i = 0; i < fixture_count("values"); i++)
                if (!strcmp(fixture_get(json("values.%zu.name", i)), "time_zone"))
                        CHECK_STR(fixture_get(json("values.%zu.value", i)), "");
        fixture_end();
}

TEST(writes_that_are_refused_or_undone_take_no_time_from_a_ring)
{
        begin(12);
        CHECK_STR(change("3"), "");
        for (int i = 0; i < WAIT_S - 2; i++) {
                CHECK_STR(DO(mark_served, "{\"mac\":\"0004139999ff\",\"revision\":1}"), "NoSuchPhone");
                pass(1);
        }
        CHECK_STR(rollout("state"), "running");
        CHECK_STR(DO(mark_served, "{\"mac\":\"0004139999ff\",\"revision\":1}"), "NoSuchPhone");
        pass(3);
        CHECK_STR(rollout("state"), "stopped");
        CHECK_STR(change("4"), "");             /* the next one has a clock of its own */
        pass(WAIT_S - 5);
        CHECK_STR(rollout("state"), "running");
        fixture_end();
}

/* A revision after which everything is as it was before it. */
static int store_op_change_nothing(struct store *store, struct store_request *request)
{
        struct store_draft draft;
        int64_t phones;
        int r = store_revision_begin(store, request, NULL, &draft);

        for (size_t i = 0; r == 0 && i < 2; i++)
                r = store_revision_setting(store, &draft, MERGE_PROFILE, "sales",
                                           &(struct store_given){"ring_volume", STORE_NO_INDEX, i ? "3" : "5", "R", NULL});
        if (r == 0)
                r = store_revision_end(store, &draft, &phones);
        return r < 0 ? r : store_rollout_start(store, &draft);
}

TEST(the_way_back_is_a_revision_even_when_nothing_differs)
{
        int64_t given, stopped;

        begin(12);
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"at-once\"}]}"), "");
        CHECK_STR(change("3"), "");
        for (unsigned i = 0; i < 12; i++)
                fetch(mac_of(i));
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_mode\",\"value\":\"rings\"}]}"), "");
        CHECK_STR(DO(change_nothing, "{}"), "");
        CHECK_STR(rollout("state"), "running");
        given = revision(mac_of(0));
        stopped = atoll(rollout("revision"));
        CHECK_STR(DO(control_rollout, "{\"action\":\"back\"}"), "");
        CHECK_STR(rollout("state"), "stopped");
        CHECK(revision(mac_of(0)) > given);
        CHECK(number("SELECT value FROM meta WHERE name = 'base' AND ? = ''", "") > given);
        for (unsigned i = 0; i < 12; i += 5)
                CHECK_STR(ring_volume(i), "3");
        CHECK_STR(ASK(list_revisions, "{\"limit\":2}"), "");
        CHECK_STR(fixture_get("revisions.0.summary"), json("as before revision %lld", (long long)stopped));
        CHECK_STR(fixture_get("revisions.1.state"), "stopped");
        fixture_end();
}

#define SITE_VALUES(a, x, b, y) "{\"values\":[{\"name\":\"" a "\",\"value\":\"" x "\"},{\"name\":\"" b "\",\"value\":\"" y "\"}]}"

TEST(a_ring_waits_as_long_as_its_phones_may_take_to_poll)
{
        begin(6);
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"poll_minutes\",\"value\":\"30\"}]}"), "InvalidValue rollout_wait_s");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rollout_wait_s\",\"value\":\"300\"}]}"), "InvalidValue rollout_wait_s");
        CHECK_STR(DO(set_site, SITE_VALUES("poll_minutes", "30", "rollout_wait_s", "1860")), "");
        CHECK_STR(DO(control_rollout, "{\"action\":\"finish\"}"), "");
        for (unsigned i = 0; i < 6; i++)
                fetch(mac_of(i));
        /* Those that hear nothing know of the shorter period when the longer one is over. */
        CHECK_STR(DO(set_site, SITE_VALUES("poll_minutes", "5", "rollout_wait_s", "600")), "");
        pass(30 * 60 - 1);
        CHECK_STR(rollout("state"), "running");
        come_back(0, 0);
        CHECK_STR(rollout("ring"), "2");
        pass(30 * 60 + SETTLE_S + 1);
        CHECK_STR(rollout("state"), "stopped");
        CHECK(strstr(rollout("reason"), "within 1860 s") != NULL);
        fixture_end();
}
