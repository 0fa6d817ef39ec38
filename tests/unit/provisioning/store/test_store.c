/*
 * test_store: what the store promises, on a database of its own.
 */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "store_fixture.h"

#include "provisioning/store/store_db.h"
#include "provisioning/store/store_seal.h"

/* --- helpers ------------------------------------------------------------- */

static bool file_holds(const char *path, const char *text)
{
        static char bytes[8 << 20];
        int fd = open(path, O_RDONLY);
        ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);

        if (fd >= 0)
                close(fd);
        return size > 0 && memmem(bytes, (size_t)size, text, strlen(text));
}

static bool disk_holds(const char *text)
{
        char wal[112];

        snprintf(wal, sizeof wal, "%s-wal", fixture_db);
        return file_holds(fixture_db, text) || file_holds(wal, text);
}

static void copy_file(const char *from, const char *to)
{
        char command[300];

        snprintf(command, sizeof command, "! test -e %s || cp %s %s", from, from, to);
        CHECK(system(command) == 0);
}

/* The files as a power cut would leave them now, opened as a second store. */
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

static bool knows(struct store *store, const char *mac)
{
        int64_t one;

        return store_db_number(store_db(store), "SELECT 1 FROM phone WHERE mac = ?", &one, "s", mac) == 0;
}

static int64_t rows_about(const char *mac)
{
        static const char *const queries[] = {
                "SELECT count(*) FROM phone WHERE mac = ?", "SELECT count(*) FROM secret WHERE mac = ?",
                "SELECT count(*) FROM phone_setting WHERE mac = ?", "SELECT count(*) FROM lease WHERE mac = ?",
                "SELECT count(*) FROM event WHERE mac = ?",
        };
        int64_t sum = 0, n = 0;

        for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
                CHECK_EQ_INT(store_db_number(store_db(fixture), queries[i], &n, "s", mac), 0);
                sum += n;
        }
        return sum;
}

static int64_t revision_of(const char *json)
{
        CHECK_STR(ASK(get_phone, json), "");
        return atoll(fixture_get("phone.revision"));
}

/* --- the database -------------------------------------------------------- */

TEST(an_empty_directory_becomes_a_database)
{
        int64_t version = 0;

        fixture_begin();
        CHECK_EQ_INT(store_db_number(store_db(fixture), "PRAGMA user_version", &version, ""), 0);
        CHECK_EQ_INT(version, 10);
        CHECK_EQ_INT(store_db_number(store_db(fixture), "PRAGMA synchronous", &version, ""), 0);
        CHECK_EQ_INT(version, 2);
        CHECK_EQ_INT(store_db_number(store_db(fixture), "PRAGMA foreign_keys", &version, ""), 0);
        CHECK_EQ_INT(version, 1);
        CHECK_EQ_INT(store_db_number(store_db(fixture), "PRAGMA secure_delete", &version, ""), 0);
        CHECK_EQ_INT(version, 1);
        CHECK_STR(ASK(get_site, "{}"), "");
        CHECK_STR(fixture_get("complete"), "false");
        CHECK_EQ_INT(fixture_count("missing"), 3);
        fixture_end();
}

TEST(a_database_of_a_newer_system_is_not_touched)
{
        struct store *store = NULL;

        fixture_begin();
        CHECK_EQ_INT(store_db_run(store_db(fixture), "PRAGMA user_version = 99", ""), 0);
        store_close(fixture);
        fixture = NULL;
        CHECK(store_open(fixture_db, fixture_key, &store) < 0);
        fixture_end();
}

TEST(another_key_is_refused_at_start)
{
        struct store *store = NULL;
        int fd;

        fixture_begin();
        store_close(fixture);
        fixture = NULL;
        fd = open(fixture_key, O_WRONLY);
        CHECK(write(fd, "X", 1) == 1);
        CHECK_EQ_INT(store_open(fixture_db, fixture_key, &store), PV_EREFUSED);
        CHECK(ftruncate(fd, 31) == 0);
        CHECK_EQ_INT(store_open(fixture_db, fixture_key, &store), PV_EMALFORMED);
        close(fd);
        fixture_end();
}

TEST(what_was_answered_survives_a_power_cut)
{
        struct store *cut;

        fixture_begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        cut = after_power_cut();
        CHECK(knows(cut, MAC_A));
        CHECK(!knows(cut, MAC_B));
        store_close(cut);
        fixture_end();
}

TEST(one_failed_call_of_a_round_does_not_undo_the_others)
{
        struct store_write w[3] = {0};
        static const char *const json[] = {ADD(MAC_A), ADD(MAC_A), ADD(MAC_B)};

        fixture_begin();
        for (size_t i = 0; i < 3; i++) {
                w[i] = (struct store_write){.operation = store_op_add_phone, .request = {.actor = "root"}};
                CHECK(sd_json_parse(json[i], 0, &w[i].request.in, NULL, NULL) >= 0);
        }
        store_write_round(fixture, w, 3);
        CHECK_EQ_INT(w[0].result, 0);
        CHECK_EQ_INT(w[1].result, PV_EREFUSED);
        CHECK_STR(w[1].request.error, "AlreadyThere");
        CHECK_EQ_INT(w[2].result, 0);
        CHECK(knows(fixture, MAC_A) && knows(fixture, MAC_B));
        for (size_t i = 0; i < 3; i++) {
                sd_json_variant_unref(w[i].request.in);
                store_request_done(&w[i].request);
        }
        fixture_end();
}

TEST(a_refused_change_leaves_nothing_behind)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"nowhere\",\"approve\":true}"), "NoSuchName");
        CHECK_EQ_INT(rows_about(MAC_A), 0);
        CHECK_STR(ASK(list_audit, "{\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 0);
        fixture_end();
}

TEST(a_full_disk_is_told_and_passes)
{
        struct rlimit none, old;
        char wal[112];
        struct stat status;

        fixture_begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        snprintf(wal, sizeof wal, "%s-wal", fixture_db);
        CHECK(stat(wal, &status) == 0);
        signal(SIGXFSZ, SIG_IGN);
        CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
        none = (struct rlimit){.rlim_cur = (rlim_t)status.st_size, .rlim_max = old.rlim_max};
        CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
        const char *told = DO(add_phone, ADD_APPROVED(MAC_B));
        char first[160];
        snprintf(first, sizeof first, "%s", told);
        const char *still = ASK(get_phone, MAC(MAC_A));
        char second[160];
        snprintf(second, sizeof second, "%s", still);
        CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
        CHECK_STR(first, "StorageTrouble");
        CHECK_STR(second, "");
        CHECK(!knows(fixture, MAC_B));
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        fixture_reopen();
        CHECK(knows(fixture, MAC_A) && knows(fixture, MAC_B));
        fixture_end();
}

/* --- secrets ------------------------------------------------------------- */

TEST(no_secret_stands_in_the_files)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"sip_secret\":\"canary-sip\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"ldap_password\",\"value\":\"canary-profile\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"x_pass\",\"value\":\"canary-phone\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK(disk_holds(MAC_A));
        CHECK(!disk_holds("canary"));
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.has_sip_secret"), "true");
        CHECK_STR(ASK(get_enrolment, MAC(MAC_A)), "");
        CHECK(strstr(fixture_get("private_key"), "canary-vpn-key") != NULL);
        fixture_end();
}

TEST(a_secret_moved_to_another_phone_does_not_open)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"1\",\"sip_secret\":\"aaaa-Secret-1\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"2\",\"sip_secret\":\"bbbb-Secret-2\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
        fixture_connect(MAC_B);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.3\"}"), "");
        CHECK_EQ_INT(store_db_run(store_db(fixture),
                                  "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE mac = '" MAC_A "' AND name = 'sip_secret') "
                                  "WHERE mac = '" MAC_B "' AND name = 'sip_secret'", ""), 0);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.3\"}"), "StorageTrouble");
        CHECK_EQ_INT(store_db_run(store_db(fixture),
                                  "UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE mac = '" MAC_A "' AND name = 'sip_secret') "
                                  "WHERE mac = '" MAC_A "' AND name = 'http_pass'", ""), 0);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "StorageTrouble");
        fixture_end();
}

TEST(each_approved_phone_gets_passwords_of_its_own)
{
        char first[64];

        fixture_begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        fixture_connect(MAC_A);
        fixture_connect(MAC_B);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        snprintf(first, sizeof first, "%s", fixture_setting("http_pass"));
        CHECK_EQ_INT(strlen(first), 16);
        CHECK(strcmp(first, fixture_setting("admin_mode_password")) != 0);
        CHECK_STR(fixture_setting("admin_mode_password_confirm"), fixture_setting("admin_mode_password"));
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.3\"}"), "");
        CHECK(strcmp(first, fixture_setting("http_pass")) != 0);
        fixture_end();
}

/* --- site and sources ---------------------------------------------------- */

TEST(the_site_refuses_wrong_values_and_keeps_the_old)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(fixture_get("revision"), "2");
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(fixture_get("revision"), "2");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lease_s\",\"value\":\"5\"}]}"), "InvalidValue lease_s");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"nothing\",\"value\":\"5\"}]}"), "InvalidValue nothing");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"domain\",\"value\":\"x.example\"},{\"name\":\"pool_last\",\"value\":\"192.168.8.2\"}]}"),
                  "InvalidValue pool_last");
        CHECK_STR(ASK(get_site, "{}"), "");
        CHECK_STR(fixture_get("complete"), "true");
        CHECK_STR(fixture_get("revision"), "2");
        CHECK(strcmp(fixture_get("values.13.value"), "") == 0);
        fixture_end();
}

TEST(the_bootstrap_url_always_lies_under_a_trusted_source)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(ASK(list_sources, "{}"), "");
        CHECK_EQ_INT(fixture_count("sources"), 1);
        CHECK_STR(fixture_get("sources.0.url"), "https://192.168.7.1/");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"bootstrap_url\",\"value\":\"https://evil.example/{mac}.xml\"}]}"),
                  "InvalidValue bootstrap_url");
        CHECK_STR(DO(set_source, "{\"name\":\"other\",\"url\":\"https://pbx.example/prov/\"}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"bootstrap_url\",\"value\":\"https://pbx.example/provider/{mac}.xml\"}]}"),
                  "InvalidValue bootstrap_url");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"bootstrap_url\",\"value\":\"https://pbx.example/prov/{mac}.xml\"}]}"), "");
        CHECK_STR(DO(remove_source, "{\"name\":\"other\"}"), "NotAllowed");
        CHECK_STR(DO(set_source, "{\"name\":\"other\",\"url\":\"https://pbx.example/elsewhere/\"}"), "NotAllowed");
        CHECK_STR(DO(remove_source, "{\"name\":\"appliance\"}"), "NotAllowed");
        CHECK_STR(DO(set_source, "{\"name\":\"appliance\",\"url\":\"https://a/\"}"), "NotAllowed");
        CHECK_STR(DO(set_source, "{\"name\":\"x\",\"url\":\"https://user@a/\"}"), "InvalidValue url");
        CHECK_STR(DO(remove_source, "{\"name\":\"never\"}"), "NoSuchName");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"bootstrap_url\",\"value\":\"\"}]}"), "");
        CHECK_STR(DO(remove_source, "{\"name\":\"other\"}"), "");
        fixture_end();
}

TEST(the_appliance_follows_its_lan_address_as_a_source)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lan_address\",\"value\":\"192.168.7.2/24\"}]}"), "");
        CHECK_STR(ASK(list_sources, "{}"), "");
        CHECK_STR(fixture_get("sources.0.url"), "https://192.168.7.2/");
        /* A URL that names the old address would not be trusted any more. */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"bootstrap_url\",\"value\":\"https://192.168.7.2/{mac}.xml\"}]}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lan_address\",\"value\":\"192.168.7.3/24\"}]}"), "InvalidValue bootstrap_url");
        fixture_end();
}

TEST(the_tunnel_network_cannot_move_away_from_its_phones)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.65.0.1/16\"}]}"), "InvalidValue tunnel_address");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.2/16\"}]}"), "InvalidValue tunnel_address");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.1/24\"}]}"), "");
        fixture_end();
}

TEST(old_phones_hold_their_own_network_and_not_the_other)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"vpn_class\":\"legacy\"}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy\",\"value\":\"on\"}]}"), "");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"legacy_address\",\"value\":\"10.66.0.1/16\"}]}"), "InvalidValue legacy_address");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.67.0.1/16\"}]}"), "");
        fixture_end();
}

/* --- a phone's life ------------------------------------------------------ */

TEST(a_phone_goes_from_seen_to_current)
{
        fixture_begin();
        CHECK_STR(DO(report_seen, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"firmware\":null,\"how\":\"dhcp\"}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "seen");
        CHECK_STR(fixture_get("phone.model"), "snomD785");
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "waiting");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "NotAllowed");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(fixture_get("phone.certificate_serial"), "0a1b");
        CHECK_STR(DO(mark_enrolled, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "enrolled");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"peer=192.168.7.100\"}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "connected");
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        char served[120];
        snprintf(served, sizeof served, "{\"mac\":\"" MAC_A "\",\"revision\":%s}", fixture_get("revision"));
        CHECK_STR(DO(mark_served, served), "");
        CHECK_STR(fixture_get("phone.state"), "current");
        CHECK_STR(DO(report_tunnels, "{\"macs\":[]}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "enrolled");
        CHECK_STR(DO(report_tunnels, "{\"macs\":[\"" MAC_A "\"]}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "current");
        /* A restart of the store leaves tunnels open, a boot does not. */
        fixture_reopen();
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "current");
        CHECK_EQ_INT(store_tunnel_none_open(fixture), 0);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "enrolled");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":100}"), "");
        CHECK_STR(fixture_get("events.0.word"), "seen");
        CHECK_EQ_INT(fixture_count("events"), 9);
        fixture_end();
}

TEST(revoke_takes_everything_back_at_once)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"1\",\"sip_secret\":\"s\",\"approve\":true}"), "");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\"}"), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "revoked");
        CHECK_STR(fixture_get("phone.has_sip_secret"), "false");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "NotAllowed");
        CHECK_STR(ASK(get_enrolment, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("private_key"), "null");
        CHECK_STR(fixture_get("certificate"), "null");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "NotAllowed");
        CHECK_STR(DO(mark_enrolled, MAC(MAC_A)), "NotAllowed");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":false,\"detail\":\"kicked\"}"), "");
        CHECK_STR(ASK(list_tunnels, "{}"), "");
        CHECK_EQ_INT(fixture_count("tunnels"), 1);
        CHECK_STR(fixture_get("tunnels.0.allowed"), "false");
        CHECK_STR(fixture_get("tunnels.0.certificate_sha256"), DIGEST);
        /* The next phone does not get its address. */
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.3");
        /* Approved again, it begins a new life at the old address; the old certificate is not of it. */
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(fixture_get("phone.certificate_sha256"), "null");
        fixture_end();
}

TEST(delete_leaves_no_trace_but_the_audit)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"canary-name\",\"approve\":true}"), "");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"x\",\"value\":\"1\",\"permission\":\"\"}]}"), "");
        CHECK_STR(DO(commit_leases, "{\"leases\":[{\"address\":\"192.168.7.100\",\"mac\":\"" MAC_A
                                    "\",\"client_id\":\"01\",\"hostname\":\"canary-host\",\"expires_at\":5,\"state\":\"bound\"}]}"), "");
        CHECK_STR(ASK(add_events, "{\"events\":[{\"at_ms\":5,\"mac\":\"" MAC_A "\",\"station\":\"responder\",\"word\":\"w\",\"detail\":\"canary-detail\"}]}"), "");
        CHECK(rows_about(MAC_A) > 5);
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(rows_about(MAC_A), 0);
        /* A station that is told late still speaks of it. */
        CHECK_STR(ASK(add_events, "{\"events\":[{\"at_ms\":5,\"mac\":\"" MAC_A "\",\"station\":\"session\",\"word\":\"tunnel-down\",\"detail\":\"\"}]}"), "");
        store_write_round(fixture, NULL, 0);
        CHECK_EQ_INT(rows_about(MAC_A), 0);
        CHECK(!disk_holds("canary"));
        CHECK_STR(ASK(list_audit, "{\"limit\":100}"), "");
        CHECK_STR(fixture_get("entries.2.action"), "delete");
        CHECK_STR(fixture_get("entries.2.subject"), MAC_A);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "NoSuchPhone");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "NoSuchPhone");
        fixture_end();
}

TEST(the_lowest_free_tunnel_address_is_given_and_full_is_told)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"tunnel_address\",\"value\":\"10.64.0.2/29\"}]}"), "");
        static const char *const expected[] = {"10.64.0.1", "10.64.0.3", "10.64.0.4", "10.64.0.5", "10.64.0.6"};
        for (int i = 0; i < 5; i++) {
                char json[80];
                snprintf(json, sizeof json, "{\"mac\":\"00041300000%d\",\"approve\":true}", i);
                CHECK_STR(DO(add_phone, json), "");
                CHECK_STR(fixture_get("phone.tunnel_address"), expected[i]);
        }
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "NotAllowed");
        CHECK_STR(DO(delete_phone, MAC("000413000002")), "");
        /* Its tunnel may be open for a moment more. */
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "NotAllowed");
        fixture_now_ms += INT64_C(1000) * STORE_TUNNEL_REST_S;
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.4");
        fixture_end();
}

/* Settings go by tunnel address: whoever still sits in the tunnel of a deleted phone must not become another one. */
TEST(the_tunnel_address_of_a_deleted_phone_goes_to_no_other)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.2");
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.3");
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "NoSuchPhone");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.tunnel_address"), "10.64.0.4");
        fixture_end();
}

/* Revoked and approved again while its old tunnel is still there: what is asked in it is not the phone's to have. */
TEST(settings_wait_for_a_tunnel_with_the_present_certificate)
{
        static const char document[] = "{\"tunnel_address\":\"10.64.0.2\"}";

        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(ASK(get_document, document), "NoTunnel");
        fixture_connect(MAC_A);
        CHECK_STR(ASK(get_document, document), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(ASK(get_document, document), "NoTunnel");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(ASK(get_document, document), "NoTunnel");
        fixture_connect(MAC_A);
        CHECK_STR(ASK(get_document, document), "");
        fixture_end();
}

TEST(a_tunnel_is_listed_as_up_only_with_the_present_certificate)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        /* Reports of an earlier life come late. */
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\"}"), "");
        CHECK_STR(DO(report_tunnels, "{\"macs\":[\"" MAC_A "\"]}"), "");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(ASK(list_tunnels, "{}"), "");
        CHECK_STR(fixture_get("tunnels.0.up"), "false");
        CHECK_STR(DO(report_tunnel, "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"\"}"), "");
        CHECK_STR(ASK(list_tunnels, "{}"), "");
        CHECK_STR(fixture_get("tunnels.0.up"), "true");
        CHECK_STR(DO(set_enrolment, ENROLMENT(MAC_A)), "");
        CHECK_STR(ASK(list_tunnels, "{}"), "");
        CHECK_STR(fixture_get("tunnels.0.up"), "false");
        fixture_end();
}

TEST(a_reservation_belongs_to_one_phone_inside_the_lan)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"lan_address\":\"192.168.7.20\",\"approve\":false}"), "");
        CHECK_STR(fixture_get("phone.lan_address"), "192.168.7.20");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"lan_address\":\"192.168.7.20\",\"approve\":false}"), "InvalidValue lan_address");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"lan_address\":\"192.168.7.1\",\"approve\":false}"), "InvalidValue lan_address");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"lan_address\":\"10.0.0.1\",\"approve\":false}"), "InvalidValue lan_address");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"lan_address\":\"\"}"), "");
        CHECK_STR(fixture_get("phone.lan_address"), "null");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"Desk\"}"), "");
        CHECK_STR(fixture_get("phone.name"), "Desk");
        CHECK_STR(DO(change_phone, "{\"mac\":\"zz\",\"name\":\"Desk\"}"), "InvalidValue mac");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_B "\",\"name\":\"Desk\"}"), "NoSuchPhone");
        fixture_end();
}

TEST(an_enrolment_window_opens_for_approved_phones_and_is_used_once)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":60}"), "NotAllowed");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":90000}"), "InvalidValue seconds");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":60}"), "");
        CHECK_STR(fixture_get("phone.window_until"), "1800000060");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"window\":true}"), "");
        CHECK_STR(fixture_get("phone.window_until"), "null");
        CHECK_STR(DO(mark_enrolled, "{\"mac\":\"" MAC_A "\",\"window\":true}"), "NotAllowed");
        CHECK_STR(DO(mark_enrolled, MAC(MAC_A)), "");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":60}"), "");
        CHECK_STR(DO(open_window, "{\"mac\":\"" MAC_A "\",\"seconds\":0}"), "");
        CHECK_STR(fixture_get("phone.window_until"), "null");
        fixture_end();
}

/* --- documents ----------------------------------------------------------- */

/* A field of one setting of a preview, as text. */
static const char *preview_of(const char *name, const char *field)
{
        sd_json_variant *list = sd_json_variant_by_key(fixture_out, "settings");
        char path[64];

        for (size_t i = 0; i < sd_json_variant_elements(list); i++)
                if (!strcmp(sd_json_variant_string(sd_json_variant_by_key(sd_json_variant_by_index(list, i), "name")), name)) {
                        snprintf(path, sizeof path, "settings.%zu.%s", i, field);
                        return fixture_get(path);
                }
        return "(not there)";
}

TEST(a_document_is_merged_from_site_profile_and_phone)
{
        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx.example\"},{\"name\":\"time_zone\",\"value\":\"GER+1\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"office\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"},"
                                  "{\"name\":\"ring_volume\",\"value\":\"3\",\"permission\":\"!\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"name\":\"Desk\",\"profile\":\"office\",\"sip_user\":\"201\",\"sip_secret\":\"pw\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"7\",\"permission\":\"R\"}]}"), "");
        fixture_connect(MAC_A);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        CHECK_STR(fixture_setting("setting_server"), "https://10.64.0.1/{mac}.xml");
        CHECK_STR(fixture_setting("provisioning_order"), "redirection:stop");
        CHECK_STR(fixture_setting("tls_server_authentication"), "on");
        CHECK_STR(fixture_setting("language"), "Deutsch");
        CHECK_STR(fixture_setting("timezone"), "GER+1");
        CHECK_STR(fixture_setting("ntp_server"), "10.64.0.1");
        CHECK_STR(fixture_setting("ring_volume"), "7");
        CHECK_STR(fixture_setting("user_name"), "201");
        CHECK_STR(fixture_setting("user_pass"), "pw");
        CHECK_STR(fixture_setting("user_host"), "pbx.example");
        CHECK_STR(fixture_setting("user_outbound"), "pbx.example;transport=tls");
        CHECK_STR(fixture_setting("user_realname"), "Desk");
        CHECK_STR(fixture_get("phone.mac"), MAC_A);
        /* Without a registrar there is no account. */
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"\"}]}"), "");
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        CHECK(fixture_setting("user_name") == NULL);
        CHECK(fixture_setting("user_pass") == NULL);
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"10.64.0.9\"}"), "NoSuchPhone");
        CHECK_STR(ASK(get_document, "{\"tunnel_address\":\"x\"}"), "InvalidValue tunnel_address");
        fixture_end();
}

TEST(settings_that_would_free_or_break_a_phone_are_refused)
{
        static const char *const refused[][2] = {
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"setting_server\",\"value\":\"https://evil/\",\"permission\":\"R\"}]}", "InvalidValue setting_server"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"provisioning_order\",\"value\":\"dhcp:stop\",\"permission\":\"R\"}]}", "InvalidValue provisioning_order"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"tls_server_authentication\",\"value\":\"off\",\"permission\":\"R\"}]}", "InvalidValue tls_server_authentication"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"http_pass\",\"value\":\"x\",\"permission\":\"!\"}]}", "InvalidValue http_pass"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"admin_mode\",\"value\":\"off\",\"permission\":\"R\"}]}", "InvalidValue admin_mode"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a b\",\"value\":\"x\",\"permission\":\"\"}]}", "InvalidValue a b"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"value\":\"x\\ny\",\"permission\":\"\"}]}", "InvalidValue a"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"value\":\"x\",\"permission\":\"Q\"}]}", "InvalidValue a"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"use_hidden_tags\",\"value\":\"yes\",\"permission\":\"R\"}]}", "InvalidValue use_hidden_tags"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"user_name\",\"value\":\"100\",\"permission\":\"R\"}]}", "InvalidValue user_name"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"vlan_id\",\"index\":1,\"value\":\"7\",\"permission\":\"R\"}]}", "InvalidValue vlan_id"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"http_pass\",\"value\":\"0000\",\"permission\":\"R\"}]}", "InvalidValue http_pass"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"http_pass\",\"value\":\"aLongEnoughOne42\",\"permission\":\"\"}]}", "InvalidValue http_pass"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"update_policy\",\"value\":\"never_update\",\"permission\":\"R\"}]}", "InvalidValue update_policy"},
                {"{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"ok\",\"value\":\"1\",\"permission\":\"R\"},{\"name\":\"http_scheme\",\"value\":\"1\",\"permission\":\"R\"}]}", "InvalidValue http_scheme"},
                {"{\"scope\":\"profile\",\"owner\":\"\",\"settings\":[]}", "InvalidValue name"},
        };

        fixture_begin();
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
                CHECK_STR(DO(set_settings, refused[i][0]), refused[i][1]);
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "NoSuchName");
        fixture_end();
}

TEST(an_account_that_is_the_first_guess_is_refused)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"sip_secret\":\"201\",\"approve\":true}"), "InvalidValue sip_secret");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "NoSuchPhone");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"201\",\"sip_secret\":\"jf83hf8HFD\",\"approve\":true}"), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"sip_secret\":\"" MAC_A "\"}"), "InvalidValue sip_secret");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"sip_user\":\"jf83hf8HFD\"}"), "InvalidValue sip_user");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"user_pass\",\"index\":2,\"value\":\"201\",\"permission\":\"R\"}]}"),
                  "InvalidValue user_pass");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_B "\",\"settings\":[]}"), "NoSuchPhone");
        fixture_end();
}

TEST(a_preview_tells_origins_and_findings_and_no_secret)
{
        char *text = NULL;

        fixture_begin();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx.example\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"use_hidden_tags\",\"value\":\"off\",\"permission\":\"R\"},"
                                  "{\"name\":\"admin_mode_password\",\"value\":\"canary-profile\",\"permission\":\"R\"},"
                                  "{\"name\":\"odd_secret\",\"value\":\"canary-odd\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"p\",\"sip_user\":\"201\",\"sip_secret\":\"canary-sip\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"}]}"), "");
        CHECK_STR(ASK(preview_document, MAC(MAC_A)), "");
        CHECK_STR(preview_of("webserver_type", "origin"), "built-in");
        CHECK_STR(preview_of("user_host", "origin"), "site");
        CHECK_STR(preview_of("use_hidden_tags", "origin"), "profile");
        CHECK_STR(preview_of("language", "origin"), "phone");
        CHECK_STR(preview_of("language", "value"), "Deutsch");
        CHECK_STR(preview_of("user_pass", "secret"), "true");
        CHECK_STR(preview_of("user_pass", "value"), "");
        CHECK_STR(preview_of("odd_secret", "known"), "false");
        CHECK_STR(preview_of("admin_mode_password_confirm", "origin"), "profile");
        CHECK(sd_json_variant_format(fixture_out, 0, &text) >= 0);
        CHECK(!strstr(text, "canary"));
        CHECK(strstr(text, "\"rule\":\"recommendation\",\"name\":\"use_hidden_tags\""));
        CHECK(!strstr(text, "\"severity\":\"error\""));
        CHECK(strstr(text, "{\"row\":\"sources\",\"state\":\"met\",\"missing\":\"\"}"));
        CHECK(strstr(text, "{\"row\":\"hidden-tags\",\"state\":\"open\",\"missing\":\"use_hidden_tags is weaker than recommended\"}"));
        CHECK_STR(fixture_get("hardening_total"), "14");
        free(text);
        CHECK_STR(ASK(preview_document, MAC(MAC_B)), "NoSuchPhone");
        fixture_end();
}

TEST(a_profile_in_use_cannot_be_removed)
{
        fixture_begin();
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"index\":1,\"value\":\"x\",\"permission\":\"\"},"
                                  "{\"name\":\"a\",\"value\":\"y\",\"permission\":\"\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"p\",\"approve\":false}"), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "NotAllowed");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"default\"}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_STR(fixture_get("settings.0.value"), "y");
        CHECK_STR(fixture_get("settings.1.index"), "1");
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"value\":null,\"permission\":\"\"}]}"), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 1);
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_STR(DO(remove_scope, "{\"scope\":\"profile\",\"owner\":\"p\"}"), "NoSuchName");
        fixture_end();
}

TEST(the_revision_changes_with_all_that_a_document_depends_on)
{
        int64_t before, after;

        fixture_begin();
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"profile\":\"p\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        static const struct { store_operation operation; const char *json; } changes[] = {
                {store_op_set_settings, "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"a\",\"value\":\"x\",\"permission\":\"\"}]}"},
                {store_op_set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"b\",\"value\":\"x\",\"permission\":\"\"}]}"},
                {store_op_change_phone, "{\"mac\":\"" MAC_A "\",\"sip_secret\":\"new\"}"},
                {store_op_set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx\"}]}"},
        };
        for (size_t i = 0; i < 4; i++) {
                int64_t other = revision_of(MAC(MAC_B));
                before = revision_of(MAC(MAC_A));
                CHECK_STR(fixture_call(true, changes[i].operation, "root", changes[i].json), "");
                after = revision_of(MAC(MAC_A));
                CHECK(after > before);
                /* Only the site concerns the other phone too. */
                CHECK_EQ_INT(revision_of(MAC(MAC_B)) != other, i == 3);
        }
        before = revision_of(MAC(MAC_A));
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"lease_s\",\"value\":\"7200\"}]}"), "");
        CHECK_STR(DO(report_seen, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\"}"), "");
        CHECK_EQ_INT(revision_of(MAC(MAC_A)), before);
        fixture_end();
}

/* --- leases, events ------------------------------------------------------ */

TEST(leases_are_kept_per_address_and_survive)
{
        fixture_begin();
        CHECK_STR(DO(commit_leases, "{\"leases\":["
                "{\"address\":\"192.168.7.101\",\"mac\":\"" MAC_B "\",\"client_id\":\"01ff\",\"hostname\":\"b\\u001b[2J\",\"expires_at\":99,\"state\":\"bound\"},"
                "{\"address\":\"192.168.7.100\",\"mac\":\"" MAC_A "\",\"client_id\":\"01aa\",\"hostname\":\"\",\"expires_at\":100,\"state\":\"bound\"}]}"), "");
        CHECK_STR(DO(commit_leases, "{\"leases\":[{\"address\":\"192.168.7.101\",\"mac\":\"" MAC_A
                "\",\"client_id\":\"01aa\",\"hostname\":\"\",\"expires_at\":100,\"state\":\"nonsense\"}]}"), "InvalidValue state");
        CHECK_STR(DO(commit_leases, "{\"leases\":[{\"address\":\"192.168.7.100\",\"mac\":\"" MAC_A
                "\",\"client_id\":\"01aa\",\"hostname\":\"\",\"expires_at\":200,\"state\":\"released\"}]}"), "");
        fixture_reopen();
        CHECK_STR(ASK(list_leases, "{}"), "");
        CHECK_EQ_INT(fixture_count("leases"), 2);
        CHECK_STR(fixture_get("leases.0.address"), "192.168.7.100");
        CHECK_STR(fixture_get("leases.0.expires_at"), "200");
        CHECK_STR(fixture_get("leases.0.state"), "released");
        CHECK_STR(fixture_get("leases.1.hostname"), "b\\x1b[2J");
        fixture_end();
}

TEST(events_of_one_mac_are_bounded_and_a_station_speaks_for_itself)
{
        fixture_begin();
        for (int i = 0; i < 600; i++) {
                char json[200];
                snprintf(json, sizeof json, "{\"events\":[{\"at_ms\":%d,\"mac\":\"" MAC_A "\",\"station\":\"session\",\"word\":\"w%d\",\"detail\":\"n%d\"}]}",
                         i + 1, i % 20, i);
                CHECK_STR(fixture_call(false, store_op_add_events, "responder", json), "");
                if (i % 50 == 0)
                        store_write_round(fixture, NULL, 0);
        }
        CHECK(store_has_waiting_events(fixture));
        store_write_round(fixture, NULL, 0);
        CHECK(!store_has_waiting_events(fixture));
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1000}"), "");
        CHECK_EQ_INT(fixture_count("events"), STORE_EVENTS_PER_MAC);
        CHECK_STR(fixture_get("events.0.detail"), "n100");
        CHECK_STR(fixture_get("events.499.detail"), "n599");
        CHECK_STR(fixture_get("events.499.station"), "responder");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "NoSuchPhone");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":2}"), "");
        CHECK_STR(fixture_get("events.0.detail"), "n598");
        fixture_end();
}

TEST(the_key_type_follows_the_model_unless_the_phone_has_its_own)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snom370\"}"), "");
        CHECK_STR(fixture_get("phone.key_type"), "p256");
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"rsa_models\",\"value\":\"snom3700 Snom370\"}]}"), "");
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("phone.key_type"), "rsa2048");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"key_type\":\"p256\"}"), "");
        CHECK_STR(fixture_get("phone.key_type"), "p256");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"key_type\":\"\",\"model\":\"snom37\"}"), "");
        CHECK_STR(fixture_get("phone.key_type"), "p256");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"key_type\":\"dsa\"}"), "InvalidValue key_type");
        fixture_end();
}

TEST(the_timeline_is_in_the_order_of_happening)
{
        fixture_begin();
        for (int i = 0; i < 3; i++) {
                char json[200];
                snprintf(json, sizeof json, "{\"events\":[{\"at_ms\":%d,\"mac\":\"" MAC_A "\",\"station\":\"session\",\"word\":\"w%d\",\"detail\":\"\"}]}",
                         1000 - i, i);
                CHECK_STR(fixture_call(false, store_op_add_events, "session", json), "");
        }
        store_write_round(fixture, NULL, 0);
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":10}"), "");
        CHECK_STR(fixture_get("events.0.word"), "w2");
        CHECK_STR(fixture_get("events.2.word"), "w0");
        fixture_end();
}

TEST(a_flood_of_one_kind_of_event_leaves_the_others)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        fixture_connect(MAC_A);
        for (int i = 0; i < 700; i++) {
                char json[200];
                snprintf(json, sizeof json, "{\"events\":[{\"at_ms\":4102444800%03d,\"mac\":\"" MAC_A "\",\"station\":\"settings\",\"word\":\"settings-refused\",\"detail\":\"%d\"}]}",
                         i, i);
                CHECK_STR(fixture_call(false, store_op_add_events, "settings", json), "");
        }
        store_write_round(fixture, NULL, 0);
        for (int i = 0; i < 70; i++)
                CHECK_STR(DO(mark_served, "{\"mac\":\"" MAC_A "\",\"revision\":1}"), "");
        CHECK_STR(ASK(timeline, "{\"mac\":\"" MAC_A "\",\"limit\":1000}"), "");
        CHECK_STR(fixture_get("events.0.word"), "added");
        CHECK_STR(fixture_get("events.1.word"), "approved");
        CHECK_EQ_INT(fixture_count("events"), 4 + STORE_EVENTS_PER_WORD + 1);
        fixture_end();
}

TEST(strangers_on_the_lan_cannot_grow_the_database)
{
        int64_t n = 0;

        fixture_begin();
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        for (int i = 0; i < STORE_SEEN_MAX + 40; i += 20) {
                struct store_write w[20] = {0};
                for (int k = 0; k < 20; k++) {
                        char json[120];
                        snprintf(json, sizeof json, "{\"mac\":\"0200%08x\",\"how\":\"dhcp\"}", i + k);
                        w[k] = (struct store_write){.operation = store_op_report_seen, .request = {.actor = "responder"}};
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
        CHECK_EQ_INT(store_db_number(store_db(fixture), "SELECT count(*) FROM phone", &n, ""), 0);
        CHECK_EQ_INT(n, STORE_SEEN_MAX + 1);
        CHECK(knows(fixture, MAC_A));
        CHECK(!knows(fixture, "020000000000"));
        fixture_end();
}

/* --- changes ------------------------------------------------------------- */

static char told[512];

static void on_change(const char *kind, const char *key, void *userdata)
{
        (void)userdata;
        snprintf(told + strlen(told), sizeof told - strlen(told), "%s:%s ", kind, key);
}

TEST(changes_are_told_after_the_commit_and_never_for_refused_calls)
{
        fixture_begin();
        store_on_change(fixture, on_change, NULL);
        told[0] = 0;
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "");
        CHECK_STR(told, "phone:" MAC_A " ");
        told[0] = 0;
        CHECK_STR(DO(add_phone, ADD(MAC_A)), "AlreadyThere");
        CHECK_STR(told, "");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(told, "profile:default phone:" MAC_A " ");
        told[0] = 0;
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(told, "site: sources:appliance ");
        told[0] = 0;
        CHECK_STR(DO(report_seen, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(told, "phone:" MAC_A " ");
        told[0] = 0;
        CHECK_STR(DO(report_seen, "{\"mac\":\"" MAC_A "\",\"how\":\"dhcp\"}"), "");
        CHECK_STR(told, "");
        fixture_end();
}
