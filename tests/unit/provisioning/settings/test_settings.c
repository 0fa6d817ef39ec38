/*
 * test_settings: the station as the edge in the tunnel sees it, with a store of this test.
 *
 * In:   requests with the edge's headers.
 * Out:  answers, and what the store was asked.
 * Not:  nginx, OpenVPN, the real store (tests/site has them).
 */
#include "provisioning/settings/settings.h"

#include "gen/io.provost.Store.h"
#include "tests/support/web_scene.h"

#define TUNNEL(last) "X-Provost-Listener: tunnel\r\nX-Provost-Address: 10.64.0." last "\r\nX-Provost-Verify: NONE\r\n"
#define ROOTS                                                                                                      \
        "-----BEGIN CERTIFICATE-----\nQUFBQQ==\n-----END CERTIFICATE-----\n"                                      \
        "-----BEGIN CERTIFICATE-----\nQkJCQg==\n-----END CERTIFICATE-----\n"
#define SECRET "S3cret&<canary>"

static sd_json_variant *phone_of(const char *mac)
{
        sd_json_variant *phone = NULL;
        bool is_renewed = !strcmp(mac, "000413000015") || !strcmp(mac, "000413000016");

        if (sd_json_buildo(&phone, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("name", ""),
                           SD_JSON_BUILD_PAIR_STRING("model", ""), SD_JSON_BUILD_PAIR_STRING("firmware", ""),
                           SD_JSON_BUILD_PAIR_STRING("state", "connected"), SD_JSON_BUILD_PAIR_STRING("profile", ""),
                           SD_JSON_BUILD_PAIR_STRING("key_type", "p256"), SD_JSON_BUILD_PAIR_STRING("sip_user", ""),
                           SD_JSON_BUILD_PAIR_BOOLEAN("has_sip_secret", true), SD_JSON_BUILD_PAIR_INTEGER("revision", 7),
                           SD_JSON_BUILD_PAIR_INTEGER("revision_served", 0), SD_JSON_BUILD_PAIR_INTEGER("added_at", 1),
                           SD_JSON_BUILD_PAIR_STRING("certificate_serial", "0a"),
                           SD_JSON_BUILD_PAIR_STRING("delivered", is_renewed ? "tunnel" : "lan"),
                           SD_JSON_BUILD_PAIR_CONDITION(!strcmp(mac, "000413000017"), "next_serial", SD_JSON_BUILD_STRING("0b"))) < 0)
                abort();
        return phone;
}

/* The site of scene_get_site() with old phones. */
static int get_site(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("GetSite", parameters);
        return sd_varlink_replybo(link,
                SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_ARRAY(
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "lan_address"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.1/24")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_first"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.100")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_last"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.200")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "legacy"), SD_JSON_BUILD_PAIR_STRING("value", "on")))),
                SD_JSON_BUILD_PAIR_BOOLEAN("complete", true), SD_JSON_BUILD_PAIR("missing", SD_JSON_BUILD_EMPTY_ARRAY),
                SD_JSON_BUILD_PAIR_INTEGER("revision", 1));
}

static bool is_at(const char *address, const char *last)
{
        return !strncmp(address, "10.64.0.", 8) && !strcmp(address + 8, last);
}

/*
 * .5 and .6 are phones, .7 is revoked, .8 has a value that no document can carry, the tunnel of .10 is told late, of .11 never.
 * .15 got its bundle through the tunnel, so did .16 of the old phones; .17 has a next certificate, the roots of .18 are none.
 * The newest of .12, .13 and .14 are held back: .12 has good ones of before, .13 has none, those of .14 are bad too.
 */
static int get_document(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *address = sd_json_variant_string(sd_json_variant_by_key(parameters, "tunnel_address"));
        bool is_held = is_at(address, "12") || is_at(address, "13") || is_at(address, "14");
        sd_json_variant *phone;
        int r;

        (void)flags, (void)userdata;
        scene_note("GetDocument", parameters);
        if (!strcmp(address, "10.64.0.11") || (!strcmp(address, "10.64.0.10") && scene_count("10.64.0.10") < 4))
                return service_refuse(link, "io.provost.Store.NoTunnel", "early");
        if (!strcmp(address, "10.64.0.7"))
                return service_refuse(link, "io.provost.Store.NotAllowed", "revoked");
        if (is_at(address, "9"))
                return service_refuse(link, "io.provost.Store.NoSuchPhone", "nobody");
        phone = phone_of(!strcmp(address, "10.64.0.6") ? "000413000006" : is_at(address, "15") ? "000413000015" :
                         !strcmp(address, "10.65.0.16") ? "000413000016" : is_at(address, "17") ? "000413000017" : "000413000005");
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone),
                SD_JSON_BUILD_PAIR_CONDITION(is_held, "held", SD_JSON_BUILD_OBJECT(
                        SD_JSON_BUILD_PAIR_STRING("severity", "error"), SD_JSON_BUILD_PAIR_STRING("rule", "confirm"),
                        SD_JSON_BUILD_PAIR_STRING("name", "x"), SD_JSON_BUILD_PAIR_STRING("reason", "x is wrong; make it right."))),
                SD_JSON_BUILD_PAIR_CONDITION(is_at(address, "13"), "settings", SD_JSON_BUILD_EMPTY_ARRAY),
                SD_JSON_BUILD_PAIR_CONDITION(!is_at(address, "13"), "settings", SD_JSON_BUILD_ARRAY(
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "user_pass"), SD_JSON_BUILD_PAIR_INTEGER("index", 1),
                                             SD_JSON_BUILD_PAIR_STRING("value", is_at(address, "8") || is_at(address, "14") ? "a\x01" : SECRET),
                                             SD_JSON_BUILD_PAIR_STRING("permission", "R")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "fkey"), SD_JSON_BUILD_PAIR_INTEGER("index", 3),
                                             SD_JSON_BUILD_PAIR_STRING("value", "line"), SD_JSON_BUILD_PAIR_STRING("permission", "R"),
                                             SD_JSON_BUILD_PAIR("attributes", SD_JSON_BUILD_OBJECT(
                                                     SD_JSON_BUILD_PAIR_STRING("label", "A & B"), SD_JSON_BUILD_PAIR_STRING("context", "1")))),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "setting_server"),
                                             SD_JSON_BUILD_PAIR_STRING("value", "http://evil/"),
                                             SD_JSON_BUILD_PAIR_STRING("permission", "RW")))),
                SD_JSON_BUILD_PAIR_CONDITION(is_at(address, "17"), "authorities", SD_JSON_BUILD_STRING(ROOTS)),
                SD_JSON_BUILD_PAIR_CONDITION(is_at(address, "18"), "authorities", SD_JSON_BUILD_STRING("none")),
                SD_JSON_BUILD_PAIR_INTEGER("revision", is_at(address, "13") ? 0 : is_held ? 4 : 7),
                SD_JSON_BUILD_PAIR_CONDITION(!strcmp(address, "10.64.0.6"), "firmware", SD_JSON_BUILD_OBJECT(
                        SD_JSON_BUILD_PAIR_STRING("file", "snomD785-10.1.42.14.bin"), SD_JSON_BUILD_PAIR_STRING("model", "snomD785"),
                        SD_JSON_BUILD_PAIR_STRING("version", "10.1.42.14"), SD_JSON_BUILD_PAIR_STRING("kind", "firmware"),
                        SD_JSON_BUILD_PAIR_INTEGER("size", 1), SD_JSON_BUILD_PAIR_STRING("sha256", ""),
                        SD_JSON_BUILD_PAIR_INTEGER("added_at", 1))));
        sd_json_variant_unref(phone);
        return r;
}

static int mark_served(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        sd_json_variant *phone = phone_of("000413000005");
        int r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));

        (void)flags, (void)userdata;
        scene_note("MarkServed", parameters);
        sd_json_variant_unref(phone);
        return r;
}

static int report_seen(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("ReportSeen", parameters);
        return sd_varlink_reply(link, NULL);
}

static int add_events(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("AddEvents", parameters);
        return sd_varlink_reply(link, NULL);
}

static const struct service_method store_methods[] = {
        {"io.provost.Store.GetSite", SERVICE_CALLER_ROOT, get_site},
        {"io.provost.Store.GetDocument", SERVICE_CALLER_ROOT, get_document},
        {"io.provost.Store.MarkServed", SERVICE_CALLER_ROOT, mark_served},
        {"io.provost.Store.AddEvents", SERVICE_CALLER_ROOT, add_events},
        {"io.provost.Store.ReportSeen", SERVICE_CALLER_ROOT, report_seen},
        {0},
};

static struct settings *settings;
static pid_t store;

static void start(void)
{
        static const struct service_spec spec = {.station = "store", .interface = &vl_interface_io_provost_Store,
                                                 .methods = store_methods};

        scene_open();
        store = scene_station(&spec, "store");
        CHECK_EQ_INT(settings_new(scene_service, &(struct settings_options){.listen_fd = scene_listen(),
                                                                            .store_path = scene_path("store"),
                                                                            .deadline_ms = 1000}, &settings), 0);
}

static void stop(void)
{
        settings_free(settings);
        scene_end(store);
        scene_close();
}

/* Another firmware than the store knows of: after an update its settings may be others. */
TEST(what_a_phone_runs_is_told_from_its_tunnel)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5") "User-Agent: Mozilla/4.0 (compatible; snomD785-SIP 10.1.198.19 1.2.3 000413000005)\r\n"), 200);
        CHECK(scene_wait("ReportSeen {\"mac\":\"000413000005\",\"model\":\"snomD785\",\"firmware\":\"10.1.198.19\""));
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5") "User-Agent: curl/8\r\n"), 200);
        CHECK_EQ_INT(scene_get("/000413000006.xml", TUNNEL("5") "User-Agent: Mozilla/4.0 (compatible; snomD785-SIP 10.1.1.1 1.2.3 000413000006)\r\n"), 403);
        CHECK_EQ_INT(scene_count("ReportSeen"), 1);
        stop();
}

TEST(a_phone_in_its_tunnel_gets_its_settings)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5")), 200);
        CHECK(strstr(scene_body, "<user_pass idx=\"1\" perm=\"R\">S3cret&amp;&lt;canary&gt;</user_pass>"));
        CHECK(strstr(scene_body, "<setting_server perm=\"R\">https://10.64.0.1/{mac}.xml</setting_server>"));
        CHECK(!strstr(scene_body, "evil"));
        CHECK(strstr(scene_body, "<fkey idx=\"3\" context=\"1\" label=\"A &amp; B\" perm=\"R\">line</fkey>"));
        CHECK(strstr(scene_answer, "Content-Type: application/xml"));
        CHECK(scene_wait("MarkServed {\"mac\":\"000413000005\",\"revision\":7}"));
        CHECK(scene_wait("settings-served"));
        CHECK(!strstr(scene_calls(), "S3cret"));
        CHECK_EQ_INT(scene_get("/snomD785-000413000005.xml", TUNNEL("5")), 200);
        CHECK(strstr(scene_body, "<user_pass"));
        CHECK_EQ_INT(scene_get("/snomD785.htm", TUNNEL("5")), 200);
        CHECK(strstr(scene_body, "<settings/>"));
        stop();
}

TEST(a_phone_with_a_next_certificate_is_told_where_its_bundle_is_and_every_root)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000017.xml", TUNNEL("17")), 200);
        CHECK(strstr(scene_body, "<vpn_tarball_url perm=\"R\">https://10.64.0.1/vpn/000413000017-0b.tar</vpn_tarball_url>"));
        CHECK(strstr(scene_body, "<certificate type=\"base64\">QUFBQQ==</certificate>"));
        CHECK(strstr(scene_body, "<certificate type=\"base64\">QkJCQg==</certificate>"));
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5")), 200);
        CHECK(!strstr(scene_body, "vpn_tarball_url") && !strstr(scene_body, "<certificate"));
        stop();
}

TEST(a_bundle_that_came_through_the_tunnel_stays_named)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000015.xml", TUNNEL("15")), 200);
        CHECK(strstr(scene_body, "<vpn_tarball_url perm=\"R\">https://10.64.0.1/vpn/000413000015-0a.tar</vpn_tarball_url>"));
        stop();
}

TEST(an_old_phone_finds_everything_at_the_gateway_of_its_network)
{
        static const char old[] = "X-Provost-Listener: tunnel\r\nX-Provost-Address: 10.65.0.16\r\nX-Provost-Verify: NONE\r\n";

        start();
        CHECK_EQ_INT(scene_get("/000413000016.xml", old), 200);
        CHECK(strstr(scene_body, "<setting_server perm=\"R\">https://10.65.0.1/{mac}.xml</setting_server>"));
        CHECK(strstr(scene_body, "<vpn_tarball_url perm=\"R\">https://10.65.0.1/vpn/000413000016-0a.tar</vpn_tarball_url>"));
        CHECK_EQ_INT(scene_get("/000413000016.htm", old), 200);
        CHECK(strstr(scene_body, "https://10.65.0.1/000413000016.xml"));
        stop();
}

TEST(roots_that_are_none_cost_a_phone_nothing_it_has)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("18")), 500);
        CHECK(scene_wait("the store's authorities are not PEM certificates"));
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(asked_without_a_name_of_a_file_it_says_where_the_document_is)
{
        start();
        CHECK_EQ_INT(scene_get("/snomD785-000413000005.htm", TUNNEL("5")), 200);
        CHECK(strstr(scene_body, "<setting-files>\n <file url=\"https://10.64.0.1/000413000005.xml\"/>\n</setting-files>"));
        CHECK(!strstr(scene_body, "S3cret"));
        CHECK_EQ_INT(scene_get("/000413000005.htm", TUNNEL("6")), 403);
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(a_phone_that_asks_before_its_tunnel_is_told_waits_a_moment)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("10")), 200);
        CHECK_EQ_INT(scene_count("GetDocument"), 4);
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("11")), 503);
        CHECK(strstr(scene_answer, "Retry-After: 5"));
        CHECK_EQ_INT(scene_count("MarkServed"), 1);
        stop();
}

TEST(what_it_already_has_is_not_sent_again)
{
        char headers[512], tag[64];
        const char *at;
        int fd;

        start();
        fd = scene_send("GET", "/000413000005.xml", TUNNEL("5"));
        CHECK_EQ_INT(scene_hear(fd, true, &scene_body, &scene_size, 3000), 200);
        at = strstr(scene_answer, "ETag: ");
        CHECK(at && sscanf(at, "ETag: %63s", tag) == 1 && strlen(tag) == 34);
        snprintf(headers, sizeof headers, TUNNEL("5") "If-None-Match: %s\r\n", tag);
        CHECK_EQ_INT(scene_hear(scene_send("GET", "/000413000005.xml", headers), false, &scene_body, &scene_size, 3000), 304);
        CHECK_EQ_INT(scene_size, 0);
        snprintf(headers, sizeof headers, TUNNEL("5") "If-None-Match: \"0123\", W/%s\r\n", tag);
        CHECK_EQ_INT(scene_get("/000413000005.xml", headers), 304);
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5") "If-None-Match: \"0123\"\r\n"), 200);
        CHECK_EQ_INT(scene_get("/000413000006.xml", TUNNEL("6")), 200);
        stop();
}

TEST(head_hands_nothing_over_and_marks_nothing)
{
        start();
        CHECK_EQ_INT(scene_hear(scene_send("HEAD", "/000413000005.xml", TUNNEL("5")), false, &scene_body, &scene_size, 3000), 200);
        CHECK_EQ_INT(scene_size, 0);
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(no_other_address_or_name_gets_a_phones_settings)
{
        static const struct {
                const char *path, *headers;
                unsigned status;
        } rows[] = {
                {"/000413000006.xml", TUNNEL("5"), 403},
                {"/000413000005.xml", TUNNEL("6"), 403},
                {"/000413000005.xml", TUNNEL("7"), 403},
                {"/000413000005.xml", TUNNEL("9"), 404},
                {"/000413000005.xml", "X-Provost-Listener: lan\r\nX-Provost-Address: 10.64.0.5\r\nX-Provost-Verify: NONE\r\n", 403},
                {"/000413000005.xml", "X-Provost-Listener: tunnel\r\nX-Provost-Verify: NONE\r\nX-Forwarded-For: 10.64.0.5\r\n", 403},
                {"/000413000005.xml", "X-Provost-Listener: tunnel\r\nX-Provost-Address: 10.64.0.5\r\nX-Provost-Verify: SUCCESS\r\n"
                                      "X-Provost-Subject: CN=000413000006\r\n", 403},
                {"/000413000006.xml", "X-Provost-Listener: tunnel\r\nX-Provost-Address: 10.64.0.5\r\nX-Provost-Verify: SUCCESS\r\n"
                                      "X-Provost-Subject: CN=000413000006\r\n", 403},
                {"/vpn/000413000005-a1.tar", TUNNEL("5"), 404},
                {"/%2e/000413000005.xml", TUNNEL("5"), 400},
                {"/settings", TUNNEL("5"), 404},
        };

        start();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                unsigned status = scene_get(rows[i].path, rows[i].headers);

                if (status != rows[i].status || strstr(scene_body, "S3cret") || scene_size > 80)
                        TEST_FAIL("row %zu: %u with %zu bytes", i, status, scene_size);
        }
        CHECK(scene_wait("\"mac\":\"000413000005\",\"station\":\"settings\",\"word\":\"settings-refused\","
                         "\"detail\":\"phone 000413000005 asked for the settings of phone 000413000006\""));
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        CHECK_EQ_INT(scene_count("settings-served"), 0);
        stop();
}

TEST(a_document_with_an_error_is_held_and_the_reason_is_told)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("8")), 503);
        CHECK(strstr(scene_answer, "Retry-After: 300"));
        CHECK(!strstr(scene_body, "user_pass"));
        CHECK(scene_wait("\"word\":\"settings-held\",\"detail\":\"The value of user_pass[1] holds a character"));
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        CHECK_EQ_INT(scene_count("settings-served"), 0);
        stop();
}

TEST(settings_held_back_leave_a_phone_its_last_good_ones)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("12")), 200);
        CHECK(strstr(scene_body, "S3cret&amp;&lt;canary&gt;"));
        CHECK(scene_wait("MarkServed {\"mac\":\"000413000005\",\"revision\":4}"));
        CHECK(scene_wait("\"word\":\"settings-held\",\"detail\":\"x is wrong; make it right.\""));
        CHECK(scene_wait("\"word\":\"settings-served\",\"detail\":\"revision=4\""));
        stop();
}

TEST(a_phone_that_asks_again_is_held_back_without_another_event)
{
        start();
        for (int i = 0; i < 3; i++) {
                CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("14")), 503);
                CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("14")), 503);
        }
        CHECK(scene_wait("settings-held"));
        scene_turn(100);
        CHECK_EQ_INT(scene_count("x is wrong; make it right."), 1);
        CHECK_EQ_INT(scene_count("The value of user_pass[1] holds a character"), 1);
        /* Good ones in between: the same error is news again. */
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5")), 200);
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("12")), 200);
        scene_turn(100);
        CHECK_EQ_INT(scene_count("x is wrong; make it right."), 2);
        stop();
}

TEST(settings_held_back_from_a_phone_that_never_had_good_ones_give_503)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("13")), 503);
        CHECK(strstr(scene_answer, "Retry-After: 300"));
        CHECK(scene_wait("\"word\":\"settings-held\",\"detail\":\"x is wrong; make it right.\""));
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(last_good_settings_that_are_good_no_more_are_held_too)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("14")), 503);
        CHECK(scene_wait("\"word\":\"settings-held\",\"detail\":\"The value of user_pass[1] holds a character"));
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(a_store_that_is_away_gives_503)
{
        start();
        scene_end(store);
        CHECK_EQ_INT(scene_get("/000413000005.xml", TUNNEL("5")), 503);
        CHECK(strstr(scene_answer, "Retry-After: 5"));
        stop();
}

TEST(a_phone_with_a_firmware_set_is_led_to_its_file)
{
        start();
        CHECK_EQ_INT(scene_get("/firmware/000413000006.xml", TUNNEL("6")), 200);
        CHECK(strstr(scene_body, "<firmware perm=\"\">https://10.64.0.1/firmware/000413000006/snomD785-10.1.42.14.bin</firmware>"));
        CHECK_EQ_INT(scene_get("/firmware/000413000006/snomD785-10.1.42.14.bin", TUNNEL("6")), 200);
        CHECK(strstr(scene_answer, "X-Accel-Redirect: /image/snomD785-10.1.42.14.bin"));
        CHECK_EQ_INT(scene_size, 0);
        CHECK(scene_wait("\"word\":\"firmware-served\",\"detail\":\"it fetches snomD785-10.1.42.14.bin\""));
        CHECK_EQ_INT(scene_count("MarkServed"), 0);
        stop();
}

TEST(firmware_is_refused_to_a_phone_it_is_not_meant_for)
{
        start();
        CHECK_EQ_INT(scene_get("/firmware/000413000005.xml", TUNNEL("5")), 404);
        CHECK_EQ_INT(scene_get("/firmware/000413000005/snomD785-10.1.42.14.bin", TUNNEL("5")), 404);
        CHECK_EQ_INT(scene_get("/firmware/000413000006.xml", TUNNEL("5")), 403);
        CHECK_EQ_INT(scene_get("/firmware/000413000006/snomD785-10.1.42.14.bin", TUNNEL("5")), 403);
        CHECK_EQ_INT(scene_get("/firmware/000413000006/other.bin", TUNNEL("6")), 403);
        CHECK(!strstr(scene_answer, "X-Accel-Redirect"));
        CHECK_EQ_INT(scene_get("/firmware/000413000007/snomD785-10.1.42.14.bin", TUNNEL("7")), 403);
        CHECK_EQ_INT(scene_get("/firmware/000413000009/snomD785-10.1.42.14.bin", TUNNEL("9")), 404);
        CHECK(scene_wait("firmware-refused"));
        CHECK_EQ_INT(scene_count("firmware-served"), 0);
        stop();
}
