/*
 * test_bootstrap: the station as the edge sees it, with a store and a pki of this test.
 *
 * In:   requests with the edge's headers.
 * Out:  answers, and what store and pki were asked.
 * Not:  nginx, TLS, the real stations (tests/site has them).
 */
#include "vpn/bootstrap/bootstrap.h"

#include "gen/io.provost.Pki.h"
#include "gen/io.provost.Store.h"
#include "tests/support/web_scene.h"

#define PEM(kind, body) "-----BEGIN " kind "-----\n" body "\n-----END " kind "-----\n"
#define LAN "X-Provost-Listener: lan\r\nX-Provost-Address: 192.168.7.50\r\n"
#define OWN(mac) LAN "X-Provost-Verify: SUCCESS\r\nX-Provost-Subject: CN=" mac ",O=Snom Technology AG\r\n" AGENT
#define NONE LAN "X-Provost-Verify: NONE\r\n" AGENT
#define AGENT "User-Agent: Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12)\r\nX-snom-vpn: available\r\n"
#define APPROVED "000413000001"
#define WINDOW "000413000002"
#define WAITING "000413000003"
#define REVOKED "000413000004"
#define SILENT "000413000005"           /* the store never answers about it */
#define OTHER "000413000006"
#define WITHDRAWN "000413000007"        /* revoked between its first look and its bundle */
#define EXPECTED "000413000008"         /* on a list: a rule lets it in */
#define RENEWING "000413000009"         /* connected, with a next certificate */
#define OLD_PHONE "00041300000a"        /* of the old phones' class */
#define TAKEN "00041300000b"            /* took its bundle, no window */
#define UNKNOWN "0004130000ff"
#define GUESSED "0004131000"            /* and two digits: nobody's */
#define KEY "S2V5Q2FuYXJ5"

/* --- the store and the pki of this test ---------------------------------------- */

static struct {
        char mac[16], serial[48];
} kept[16];

static const char *text_of(sd_json_variant *parameters, const char *name)
{
        return sd_json_variant_string(sd_json_variant_by_key(parameters, name));
}

static const char *serial_of(const char *mac)
{
        for (size_t i = 0; i < 16; i++)
                if (!strcmp(kept[i].mac, mac))
                        return kept[i].serial;
        return NULL;
}

static bool is_let_in;

static const char *state_of(const char *mac)
{
        if (!strcmp(mac, EXPECTED))
                return is_let_in ? "approved" : "expected";
        if (!strcmp(mac, RENEWING))
                return "current";
        if (!strcmp(mac, TAKEN))
                return "enrolled";
        return !strcmp(mac, WAITING) ? "waiting" : !strcmp(mac, REVOKED) ? "revoked" : "approved";
}

static sd_json_variant *phone_of(const char *mac)
{
        const char *state = state_of(mac);
        bool is_renewing = !strcmp(mac, RENEWING);
        sd_json_variant *phone = NULL;

        if (sd_json_buildo(&phone, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("name", ""),
                           SD_JSON_BUILD_PAIR_STRING("model", ""), SD_JSON_BUILD_PAIR_STRING("firmware", ""),
                           SD_JSON_BUILD_PAIR_STRING("state", state), SD_JSON_BUILD_PAIR_STRING("profile", ""),
                           SD_JSON_BUILD_PAIR_STRING("key_type", !strcmp(mac, OTHER) ? "rsa2048" : "p256"),
                           SD_JSON_BUILD_PAIR_STRING("sip_user", ""), SD_JSON_BUILD_PAIR_BOOLEAN("has_sip_secret", false),
                           SD_JSON_BUILD_PAIR_CONDITION(!strcmp(mac, WINDOW), "window_until", SD_JSON_BUILD_INTEGER(4000000000)),
                           SD_JSON_BUILD_PAIR_CONDITION(serial_of(mac) != NULL, "certificate_serial", SD_JSON_BUILD_STRING(serial_of(mac))),
                           SD_JSON_BUILD_PAIR_CONDITION(serial_of(mac) != NULL, "certificate_not_after", SD_JSON_BUILD_INTEGER(4000000000)),
                           SD_JSON_BUILD_PAIR_CONDITION(is_renewing, "certificate_serial", SD_JSON_BUILD_STRING("0a1b")),
                           SD_JSON_BUILD_PAIR_CONDITION(is_renewing, "certificate_not_after", SD_JSON_BUILD_INTEGER(3000000000)),
                           SD_JSON_BUILD_PAIR_CONDITION(is_renewing, "next_serial", SD_JSON_BUILD_STRING("0b2c")),
                           SD_JSON_BUILD_PAIR_CONDITION(is_renewing, "next_not_after", SD_JSON_BUILD_INTEGER(4000000000)),
                           SD_JSON_BUILD_PAIR_CONDITION(is_renewing, "tunnel_address", SD_JSON_BUILD_STRING("10.64.0.9")),
                           SD_JSON_BUILD_PAIR_BOOLEAN("expected", !strcmp(mac, EXPECTED)),
                           SD_JSON_BUILD_PAIR_STRING("vpn_class", !strcmp(mac, OLD_PHONE) ? "legacy" : "modern"),
                           SD_JSON_BUILD_PAIR_INTEGER("revision", 1), SD_JSON_BUILD_PAIR_INTEGER("revision_served", 0),
                           SD_JSON_BUILD_PAIR_INTEGER("added_at", 1)) < 0)
                abort();
        return phone;
}

static int get_phone(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *mac = text_of(parameters, "mac");
        sd_json_variant *phone;
        int r;

        (void)flags, (void)userdata;
        scene_note("GetPhone", parameters);
        if (!strcmp(mac, UNKNOWN) || !strncmp(mac, GUESSED, strlen(GUESSED)))
                return service_refuse(link, "io.provost.Store.NoSuchPhone", "no such phone");
        if (!strcmp(mac, SILENT)) {
                sd_varlink_ref(link);
                return 0;
        }
        phone = phone_of(mac);
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));
        sd_json_variant_unref(phone);
        return r;
}

static int get_enrolment(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *mac = sd_json_variant_by_key(parameters, "tunnel_address") ? RENEWING : text_of(parameters, "mac"), *serial = serial_of(mac);
        sd_json_variant *phone;
        int r;

        (void)flags, (void)userdata;
        scene_note("GetEnrolment", parameters);
        if (!strcmp(mac, RENEWING))
                serial = sd_json_variant_by_key(parameters, "next") ? "0b2c" : "0a1b";
        phone = phone_of(!strcmp(mac, WITHDRAWN) ? REVOKED : mac);
        r = serial ? sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone),
                                        SD_JSON_BUILD_PAIR_STRING("certificate", PEM("CERTIFICATE", "TGVhZg==")),
                                        SD_JSON_BUILD_PAIR_STRING("private_key", PEM("PRIVATE KEY", KEY)),
                                        SD_JSON_BUILD_PAIR_INTEGER("not_after", 4000000000), SD_JSON_BUILD_PAIR_STRING("serial", serial))
                   : sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));
        sd_json_variant_unref(phone);
        return r;
}

static int set_enrolment(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        sd_json_variant *phone = phone_of(text_of(parameters, "mac"));
        int r;

        (void)flags, (void)userdata;
        scene_note("SetEnrolment", parameters);
        for (size_t i = 0; i < 16; i++)
                if (!*kept[i].mac || !strcmp(kept[i].mac, text_of(parameters, "mac"))) {
                        snprintf(kept[i].mac, sizeof kept[i].mac, "%s", text_of(parameters, "mac"));
                        snprintf(kept[i].serial, sizeof kept[i].serial, "%s", text_of(parameters, "serial"));
                        break;
                }
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));
        sd_json_variant_unref(phone);
        return r;
}

static int mark_enrolled(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        sd_json_variant *phone = phone_of(text_of(parameters, "mac"));
        bool is_used = scene_count("MarkEnrolled") > 0 && sd_json_variant_by_key(parameters, "window");
        int r = is_used ? service_refuse(link, "io.provost.Store.NotAllowed", "used")
                        : sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));

        (void)flags, (void)userdata;
        scene_note("MarkEnrolled", parameters);
        sd_json_variant_unref(phone);
        return r;
}

static int take_note(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("AddEvents", parameters);
        return sd_varlink_reply(link, NULL);
}

static int report_seen(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *mac = text_of(parameters, "mac"), *proof = text_of(parameters, "proof");
        bool lets_in = !strcmp(mac, EXPECTED) && proof && !strcmp(proof, "factory");
        sd_json_variant *phone;
        int r;

        (void)flags, (void)userdata;
        scene_note("ReportSeen", parameters);
        is_let_in |= lets_in;
        phone = phone_of(mac);
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone), SD_JSON_BUILD_PAIR_STRING("rule", lets_in ? "listed-certificate" : ""));
        sd_json_variant_unref(phone);
        return r;
}

static int raise_alarm(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("RaiseAlarm", parameters);
        return sd_varlink_reply(link, NULL);
}

/* The keeper has tests of its own; here it finds nobody at home. */
static int not_now(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_error(link, "io.provost.Timeout", NULL);
}

static int stay(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        sd_varlink_ref(link);
        return 0;
}

static int get_authorities(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("root", PEM("CERTIFICATE", "Um9vdA==")),
                                  SD_JSON_BUILD_PAIR_STRING("issuing", PEM("CERTIFICATE", "SXNzdWluZw==")),
                                  SD_JSON_BUILD_PAIR_STRING("chain", PEM("CERTIFICATE", "SXNzdWluZw==") PEM("CERTIFICATE", "Um9vdA==")),
                                  SD_JSON_BUILD_PAIR_STRING("root_sha256", "00"), SD_JSON_BUILD_PAIR_INTEGER("generation", 1),
                                  SD_JSON_BUILD_PAIR_STRING("roots", PEM("CERTIFICATE", "Um9vdA==")),
                                  SD_JSON_BUILD_PAIR_STRING("legacy", PEM("CERTIFICATE", "T2xk")));
}

static int issue_client(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static unsigned n;
        char serial[16];

        (void)flags, (void)userdata;
        scene_note("IssueClient", parameters);
        usleep(20000);
        snprintf(serial, sizeof serial, "a%u", ++n);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("certificate", PEM("CERTIFICATE", "TGVhZg==")),
                                  SD_JSON_BUILD_PAIR_STRING("private_key", PEM("PRIVATE KEY", KEY)),
                                  SD_JSON_BUILD_PAIR_STRING("serial", serial), SD_JSON_BUILD_PAIR_STRING("sha256", "00"),
                                  SD_JSON_BUILD_PAIR_INTEGER("not_before", 1), SD_JSON_BUILD_PAIR_INTEGER("not_after", 4000000000));
}

static int get_vpn_keys(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("tls_auth", PEM("OpenVPN Static key V1", "00")));
}

static int list_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("ListFirmware", parameters);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("firmware", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                SD_JSON_BUILD_PAIR_STRING("file", "snom720-vpnfeature-r.bin"), SD_JSON_BUILD_PAIR_STRING("model", "snom720"),
                SD_JSON_BUILD_PAIR_STRING("version", "8.7.5.35"), SD_JSON_BUILD_PAIR_STRING("kind", "vpn-feature"),
                SD_JSON_BUILD_PAIR_INTEGER("size", 1), SD_JSON_BUILD_PAIR_STRING("sha256", ""), SD_JSON_BUILD_PAIR_INTEGER("added_at", 1)))));
}

static const struct service_method store_methods[] = {
        {"io.provost.Store.ListFirmware", SERVICE_CALLER_ROOT, list_firmware},
        {"io.provost.Store.GetSite", SERVICE_CALLER_ROOT, scene_get_site},
        {"io.provost.Store.GetPhone", SERVICE_CALLER_ROOT, get_phone},
        {"io.provost.Store.GetEnrolment", SERVICE_CALLER_ROOT, get_enrolment},
        {"io.provost.Store.SetEnrolment", SERVICE_CALLER_ROOT, set_enrolment},
        {"io.provost.Store.MarkEnrolled", SERVICE_CALLER_ROOT, mark_enrolled},
        {"io.provost.Store.ReportSeen", SERVICE_CALLER_ROOT, report_seen},
        {"io.provost.Store.RaiseAlarm", SERVICE_CALLER_ROOT, raise_alarm},
        {"io.provost.Store.Subscribe", SERVICE_CALLER_ROOT, stay},
        {"io.provost.Store.AddEvents", SERVICE_CALLER_ROOT, take_note},
        {0},
};
static const struct service_method pki_methods[] = {
        {"io.provost.Pki.GetAuthorities", SERVICE_CALLER_ROOT, get_authorities},
        {"io.provost.Pki.IssueClient", SERVICE_CALLER_ROOT, issue_client},
        {"io.provost.Pki.GetVpnKeys", SERVICE_CALLER_ROOT, get_vpn_keys},
        {"io.provost.Pki.GetTimes", SERVICE_CALLER_ROOT, not_now},
        {"io.provost.Pki.Watch", SERVICE_CALLER_ROOT, stay},
        {0},
};

static struct bootstrap *bootstrap;
static pid_t store, pki;

static void start_store(void)
{
        static const struct service_spec spec = {.station = "store", .interface = &vl_interface_io_provost_Store,
                                                 .methods = store_methods};

        store = scene_station(&spec, "store");
}

static void start(void)
{
        static const struct service_spec spec = {.station = "pki", .interface = &vl_interface_io_provost_Pki, .methods = pki_methods};

        scene_open();
        start_store();
        pki = scene_station(&spec, "pki");
        CHECK_EQ_INT(bootstrap_new(scene_service, &(struct bootstrap_options){.listen_fd = scene_listen(),
                                                                              .store_path = scene_path("store"),
                                                                              .pki_path = scene_path("pki"), .deadline_ms = 1500},
                                   &bootstrap), 0);
}

static void stop(void)
{
        bootstrap_free(bootstrap);
        scene_end(store);
        scene_end(pki);
        scene_close();
}

/* --- what holds ------------------------------------------------------------------ */

TEST(an_approved_phone_gets_stage_1_and_then_its_bundle)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", OWN("000413000001")), 200);
        CHECK(strstr(scene_body, "https://192.168.7.1/vpn/000413000001-a1.tar"));
        CHECK(!strstr(scene_body, KEY));
        CHECK_EQ_INT(scene_count("IssueClient {\"common_name\":\"000413000001\",\"key_type\":\"p256\"}"), 1);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);
        CHECK_EQ_INT(scene_count("GetEnrolment"), 0);          /* its key was not asked for yet */
        CHECK_EQ_INT(scene_get("/vpn/000413000001-a1.tar", OWN("000413000001")), 200);
        CHECK_EQ_INT(scene_size, 10240);
        CHECK(memmem(scene_body, scene_size, KEY, strlen(KEY)));
        CHECK(scene_wait("MarkEnrolled {\"mac\":\"000413000001\",\"serial\":\"a1\",\"delivered\":\"lan\"}"));
        CHECK(scene_wait("stage1-served") && scene_wait("bundle-served"));
        CHECK(scene_count("\"model\":\"snomD785\",\"firmware\":\"10.1.33.33\",\"how\":\"https, factory certificate, X-snom-vpn: available\",\"proven\":true"));
        stop();
}

TEST(the_same_bundle_is_served_again)
{
        char first[10240];

        start();
        CHECK_EQ_INT(scene_get("/snomD785-000413000001.htm", OWN("000413000001")), 200);
        CHECK_EQ_INT(scene_get("/vpn/000413000001-a1.tar", OWN("000413000001")), 200);
        memcpy(first, scene_body, sizeof first);
        CHECK_EQ_INT(scene_get("/00-04-13-00-00-01.xml", OWN("000413000001")), 200);
        CHECK_EQ_INT(scene_get("/vpn/000413000001-a1.tar", OWN("000413000001")), 200);
        CHECK_MEM(scene_body, first, sizeof first);
        CHECK_EQ_INT(scene_count("IssueClient"), 1);
        stop();
}

TEST(the_key_type_of_the_phone_is_issued)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000006.xml", OWN("000413000006")), 200);
        CHECK_EQ_INT(scene_count("\"key_type\":\"rsa2048\""), 1);
        stop();
}

TEST(eight_requests_of_one_phone_at_once_issue_one_certificate)
{
        int fd[8];

        start();
        for (int i = 0; i < 8; i++)
                fd[i] = scene_send("GET", "/000413000001.xml", OWN("000413000001"));
        for (int i = 0; i < 8; i++) {
                CHECK_EQ_INT(scene_hear(fd[i], true, &scene_body, &scene_size, 3000), 200);
                CHECK(strstr(scene_body, "000413000001-a1.tar"));
        }
        CHECK_EQ_INT(scene_count("IssueClient"), 1);
        CHECK_EQ_INT(scene_count("SetEnrolment"), 1);
        stop();
}

TEST(a_window_admits_without_certificate)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000002.xml", NONE), 200);
        CHECK_EQ_INT(scene_hear(scene_send("HEAD", "/vpn/000413000002-a1.tar", NONE), false, &scene_body, &scene_size, 3000), 200);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);
        CHECK_EQ_INT(scene_get("/vpn/000413000002-a1.tar", NONE), 200);
        CHECK_EQ_INT(scene_count("MarkEnrolled {\"mac\":\"000413000002\",\"window\":true,\"serial\":\"a1\",\"delivered\":\"lan\"}"), 1);
        /* Whoever was quicker than the phone is not believed about it. */
        CHECK(scene_count("ReportSeen {\"mac\":\"000413000002\"") > 0);
        CHECK_EQ_INT(scene_count("\"proven\":true"), 0);
        stop();
}

TEST(of_eight_who_use_a_window_at_once_one_gets_the_bundle)
{
        unsigned n_served = 0;
        int fd[8];

        start();
        CHECK_EQ_INT(scene_get("/000413000002.xml", NONE), 200);
        for (int i = 0; i < 8; i++)
                fd[i] = scene_send("GET", "/vpn/000413000002-a1.tar", NONE);
        for (int i = 0; i < 8; i++) {
                unsigned status = scene_hear(fd[i], true, &scene_body, &scene_size, 3000);

                CHECK(status == 200 || status == 403);
                CHECK(status == 200 || !memmem(scene_body, scene_size, KEY, strlen(KEY)));
                n_served += status == 200;
        }
        CHECK_EQ_INT(n_served, 1);
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"replayed-enrolment\",\"subject\":\"000413000002\""));
        stop();
}

TEST(a_phone_revoked_while_it_is_answered_gets_no_bundle)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000007.xml", OWN("000413000007")), 200);
        CHECK_EQ_INT(scene_get("/vpn/000413000007-a1.tar", OWN("000413000007")), 403);
        CHECK(!memmem(scene_body, scene_size, KEY, strlen(KEY)));
        CHECK_EQ_INT(scene_count("GetEnrolment"), 1);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);
        stop();
}

TEST(head_hands_nothing_over_and_marks_nothing)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", OWN("000413000001")), 200);
        CHECK_EQ_INT(scene_hear(scene_send("HEAD", "/vpn/000413000001-a1.tar", OWN("000413000001")), false, &scene_body, &scene_size,
                                3000), 200);
        CHECK_EQ_INT(scene_size, 0);
        scene_turn(100);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);
        stop();
}

TEST(whoever_is_not_that_phone_gets_nothing)
{
        static const struct {
                const char *path, *headers;
                unsigned status;
        } rows[] = {
                {"/000413000001.xml", OWN("000413000006"), 403},
                {"/vpn/000413000001-a1.tar", OWN("000413000006"), 403},
                {"/000413000001.xml", NONE, 403},
                {"/000413000001.xml", LAN "X-Provost-Verify: FAILED:certificate has expired\r\nX-Provost-Subject: CN=000413000001\r\n", 403},
                {"/000413000001.xml", "X-Provost-Verify: SUCCESS\r\nX-Provost-Subject: CN=000413000001\r\n", 403},
                {"/000413000001.xml", LAN "X-SSL-Client-Verify: SUCCESS\r\nX-Forwarded-For: 10.64.0.1\r\n", 403},
                {"/000413000003.xml", OWN("000413000003"), 404},
                {"/000413000004.xml", OWN("000413000004"), 403},
                {"/0004130000ff.xml", OWN("0004130000ff"), 404},
                {"/0004130000ff.xml", NONE, 403},
                {"/vpn/000413000002-beef.tar", NONE, 404},
        };

        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", OWN("000413000001")), 200);
        CHECK_EQ_INT(scene_get("/000413000002.xml", NONE), 200);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                unsigned status = scene_get(rows[i].path, rows[i].headers);

                if (status != rows[i].status || scene_size > 80 || memmem(scene_body, scene_size, "0004", 4))
                        TEST_FAIL("row %zu: %u with %zu bytes", i, status, scene_size);
        }
        CHECK_EQ_INT(scene_count("IssueClient"), 2);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);
        CHECK_EQ_INT(scene_count("GetEnrolment"), 0);
        CHECK(scene_wait("stage1-refused") && scene_wait("bundle-refused"));
        CHECK(scene_wait("\"mac\":\"0004130000ff\",\"model\":\"snomD785\""));
        stop();
}

TEST(paths_that_are_none_are_refused_without_a_question)
{
        start();
        CHECK_EQ_INT(scene_get("/favicon.ico", NONE), 404);
        CHECK_EQ_INT(scene_get("/%2e%2e/000413000001.xml", OWN("000413000001")), 400);
        CHECK_EQ_INT(scene_get("//000413000001.xml", OWN("000413000001")), 400);
        CHECK_EQ_INT(scene_get("/snomD785.htm", NONE), 200);
        CHECK(strstr(scene_body, "<settings/>"));
        CHECK_STR(scene_calls(), "");
        stop();
}

TEST(a_store_that_does_not_answer_gives_503_and_holds_up_nobody)
{
        start();
        int slow = scene_send("GET", "/000413000005.xml", OWN("000413000005"));
        scene_turn(50);
        CHECK_EQ_INT(scene_hear(slow, true, &scene_body, &scene_size, 4000), 503);
        CHECK_EQ_INT(scene_get("/favicon.ico", NONE), 404);
        stop();
}

TEST(a_request_outlives_the_restart_of_the_store)
{
        start();
        scene_end(store);
        int fd = scene_send("GET", "/000413000001.xml", OWN("000413000001"));
        scene_turn(200);
        start_store();
        CHECK_EQ_INT(scene_hear(fd, true, &scene_body, &scene_size, 3000), 200);
        stop();
}

TEST(the_station_can_end_in_the_middle)
{
        start();
        int fd = scene_send("GET", "/000413000005.xml", OWN("000413000005"));
        scene_turn(50);
        stop();
        close(fd);
}

#define OLD "User-Agent: Mozilla/4.0 (compatible; snom720-SIP 8.7.5.35 1.1.5)\r\n"
#define CERTIFICATE(mac) LAN "X-Provost-Verify: SUCCESS\r\nX-Provost-Subject: CN=" mac ",O=Snom Technology AG\r\n"

TEST(a_phone_without_a_vpn_client_gets_the_image_and_nothing_else)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", CERTIFICATE("000413000001") OLD), 200);
        CHECK(strstr(scene_body, "<firmware_status perm=\"R\">https://192.168.7.1/firmware/000413000001.xml</firmware_status>"));
        CHECK(strstr(scene_body, "<update_policy perm=\"R\">auto_update</update_policy>"));
        CHECK(!strstr(scene_body, "vpn_") && !strstr(scene_body, "certificate"));
        CHECK_EQ_INT(scene_get("/firmware/000413000001.xml", CERTIFICATE("000413000001") OLD), 200);
        CHECK(strstr(scene_body, "https://192.168.7.1/firmware/000413000001/snom720-vpnfeature-r.bin"));
        CHECK_EQ_INT(scene_get("/firmware/000413000001/snom720-vpnfeature-r.bin", CERTIFICATE("000413000001") OLD), 200);
        CHECK(strstr(scene_answer, "X-Accel-Redirect: /image/snom720-vpnfeature-r.bin"));
        CHECK(scene_wait("\"word\":\"vpn-client-missing\",\"detail\":\"it says it has no VPN client: told to load snom720-vpnfeature-r.bin"));
        CHECK(scene_wait("vpn-image-served"));
        CHECK_EQ_INT(scene_count("IssueClient"), 0);
        CHECK_EQ_INT(scene_count("GetAuthorities"), 0);
        stop();
}

TEST(a_phone_with_a_client_or_of_another_model_goes_the_ordinary_way)
{
        static const char *const headers[] = {
                CERTIFICATE("000413000001") OLD "X-snom-vpn: available\r\n",
                CERTIFICATE("000413000001") "User-Agent: Mozilla/4.0 (compatible; snom720-SIP 8.7.3.19 2010.06)\r\n",
                CERTIFICATE("000413000001") "User-Agent: Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12)\r\n",
                CERTIFICATE("000413000001") "User-Agent: Mozilla/4.0 (compatible; snom760-SIP 8.7.5.35 1.1.5)\r\n",
                CERTIFICATE("000413000001"),
        };

        start();
        for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
                if (scene_get("/000413000001.xml", headers[i]) != 200 || !strstr(scene_body, "vpn_tarball_url"))
                        TEST_FAIL("row %zu", i);
        CHECK_EQ_INT(scene_get("/firmware/000413000001.xml", headers[0]), 404);
        CHECK_EQ_INT(scene_get("/firmware/000413000001/snom720-vpnfeature-r.bin", headers[0]), 404);
        CHECK_EQ_INT(scene_get("/firmware/000413000001/snom720-vpnfeature-r.bin", headers[3]), 404);
        CHECK_EQ_INT(scene_count("vpn-client-missing"), 0);
        stop();
}

TEST(the_image_needs_what_the_bundle_needs)
{
        static const struct {
                const char *mac, *headers;
                unsigned status;
        } rows[] = {
                {"000413000001", LAN "X-Provost-Verify: NONE\r\n" OLD, 403},
                {"000413000001", LAN "X-Provost-Verify: FAILED:expired\r\n" OLD, 403},
                {"000413000001", CERTIFICATE("000413000006") OLD, 403},
                {"000413000003", CERTIFICATE("000413000003") OLD, 404},
                {"000413000004", CERTIFICATE("000413000004") OLD, 403},
                {"0004130000ff", CERTIFICATE("0004130000ff") OLD, 404},
                {"000413000002", LAN "X-Provost-Verify: NONE\r\n" OLD, 200},
        };

        start();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                for (size_t k = 0; k < 3; k++) {
                        char path[96];

                        snprintf(path, sizeof path, "/firmware/%s/snom720-vpnfeature-r.bin", rows[i].mac);
                        if (k < 2)
                                snprintf(path, sizeof path, k ? "/firmware/%s.xml" : "/%s.xml", rows[i].mac);
                        if (scene_get(path, rows[i].headers) != rows[i].status)
                                TEST_FAIL("row %zu, %s", i, path);
                }
        CHECK_EQ_INT(scene_get("/firmware/000413000001/other.bin", CERTIFICATE("000413000001") OLD), 404);
        CHECK_EQ_INT(scene_count("MarkEnrolled"), 0);           /* the window is for the bundle */
        stop();
}

/* --- who may in --------------------------------------------------------------------- */

#define TUNNEL(address) "X-Provost-Listener: tunnel\r\nX-Provost-Address: " address "\r\nX-Provost-Verify: NONE\r\n" AGENT
#define LEGACY(mac) "X-Provost-Listener: lan-legacy\r\nX-Provost-Address: 192.168.7.50\r\nX-Provost-Verify: SUCCESS\r\nX-Provost-Subject: CN=" mac "\r\n" AGENT

TEST(a_listed_phone_that_proves_itself_is_let_in_and_served_in_the_same_request)
{
        is_let_in = false;
        start();
        CHECK_EQ_INT(scene_get("/000413000008.xml", OWN("000413000008") "X-Provost-Issuer: CN=Snom Phone 1 SHA-256\r\n"
                               "X-Provost-Fingerprint: 00ff\r\nX-Provost-Certificate-Ends: Dec 31 23:59:59 2037 GMT\r\n"), 200);
        CHECK(strstr(scene_body, "000413000008-a1.tar"));
        CHECK(scene_count("\"proof\":\"factory\",\"evidence\":[{\"kind\":\"lan_address\",\"value\":\"192.168.7.50\"}") > 0);
        CHECK(scene_count("{\"kind\":\"certificate\",\"value\":\"factory\"},{\"kind\":\"issuer\",\"value\":\"CN=Snom Phone 1 SHA-256\"}") > 0);
        CHECK(scene_count("{\"kind\":\"certificate_ends\",\"value\":\"Dec 31 23:59:59 2037 GMT\"}") > 0);
        stop();
}

TEST(a_listed_phone_that_proves_nothing_is_reported_and_gets_nothing)
{
        start();
        for (int i = 0; i < 3; i++) {           /* each time: a window may be open by now */
                CHECK_EQ_INT(scene_get("/000413000008.xml", NONE), 403);
                CHECK_EQ_INT(scene_count("\"proof\":\"none\""), i + 1);
        }
        CHECK_EQ_INT(scene_count("IssueClient"), 0);
        stop();
}

TEST(a_proof_of_the_old_phones_listener_lets_in_old_phones_alone)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000008.xml", LEGACY("000413000008")), 403);
        CHECK_EQ_INT(scene_count("\"proof\":\"factory\""), 0);
        CHECK(scene_count("{\"kind\":\"certificate\",\"value\":\"weak\"}") > 0);
        CHECK_EQ_INT(scene_get("/000413000001.xml", LEGACY("000413000001")), 403);
        CHECK(scene_wait("it asked on the old phones' listener"));
        CHECK_EQ_INT(scene_get("/00041300000a.xml", LEGACY("00041300000a")), 403);      /* this site has them off */
        CHECK(scene_wait("it is an old phone, and the site has the process for these off"));
        CHECK_EQ_INT(scene_count("IssueClient"), 0);
        stop();
}

TEST(another_phones_certificate_raises_an_alarm)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", OWN("000413000006")), 403);
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"wrong-certificate\",\"subject\":\"000413000001\",\"detail\":\"192.168.7.50 asked in the name of this "
                         "phone: the certificate of phone 000413000006 was shown.\"}"));
        CHECK(scene_count("{\"kind\":\"certificate\",\"value\":\"other-phone\"}") > 0);
        stop();
}

TEST(a_bundle_asked_for_again_without_proof_raises_an_alarm)
{
        start();
        CHECK_EQ_INT(scene_get("/00041300000b.xml", NONE), 403);
        scene_turn(100);
        CHECK_EQ_INT(scene_count("RaiseAlarm"), 0);
        CHECK_EQ_INT(scene_get("/vpn/00041300000b-a1.tar", NONE), 403);
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"replayed-enrolment\",\"subject\":\"00041300000b\""));
        CHECK_EQ_INT(scene_get("/vpn/000413000001-a1.tar", NONE), 403);         /* it never took one */
        scene_turn(100);
        CHECK_EQ_INT(scene_count("RaiseAlarm"), 1);
        stop();
}

TEST(who_guesses_macs_is_answered_without_a_lookup_and_told_of_once)
{
        char path[64];

        start();
        CHECK_EQ_INT(scene_get("/000413000001.xml", NONE), 403);
        for (int i = 0; i < 40; i++) {
                snprintf(path, sizeof path, "/" GUESSED "%02x.xml", i);
                unsigned status = scene_get(path, NONE);

                if (i < 11 ? status != 403 : status != 429 && status != 403)
                        TEST_FAIL("request %d: %u", i, status);
        }
        CHECK(scene_count("GetPhone") < 20);
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"mac-scan\",\"subject\":\"192.168.7.50\""));
        CHECK_EQ_INT(scene_count("mac-scan"), 1);
        CHECK_EQ_INT(scene_get("/000413000001.xml", NONE), 403);                /* known from before */
        CHECK_EQ_INT(scene_get("/000413000006.xml", OWN("000413000006")), 200); /* proves who it is */
        stop();
}

/* --- renewal ------------------------------------------------------------------------ */

TEST(in_its_tunnel_a_phone_gets_its_own_next_bundle_and_its_present_one)
{
        start();
        CHECK_EQ_INT(scene_get("/vpn/000413000009-0b2c.tar", TUNNEL("10.64.0.9")), 200);
        CHECK_EQ_INT(scene_size, 10240);
        CHECK(scene_count("GetEnrolment {\"mac\":\"\",\"tunnel_address\":\"10.64.0.9\",\"next\":true}"));
        CHECK(scene_wait("MarkEnrolled {\"mac\":\"000413000009\",\"serial\":\"0b2c\",\"delivered\":\"tunnel\"}"));
        CHECK_EQ_INT(scene_get("/vpn/000413000009-0a1b.tar", TUNNEL("10.64.0.9")), 200);
        CHECK(scene_wait("MarkEnrolled {\"mac\":\"000413000009\",\"serial\":\"0a1b\",\"delivered\":\"tunnel\"}"));
        CHECK_EQ_INT(scene_count("IssueClient"), 0);
        stop();
}

TEST(in_a_tunnel_nobody_gets_anything_else)
{
        static const struct {
                const char *path, *headers;
                unsigned status;
        } rows[] = {
                {"/vpn/000413000009-beef.tar", TUNNEL("10.64.0.9"), 404},
                {"/vpn/000413000009-0b2c.tar", TUNNEL("10.64.0.8"), 403},
                {"/vpn/000413000001-a1.tar", TUNNEL("10.64.0.9"), 403},
                {"/vpn/0004130000ff-a1.tar", TUNNEL("10.64.0.9"), 403},
                {"/000413000009.xml", TUNNEL("10.64.0.9"), 404},
                {"/firmware/000413000009.xml", TUNNEL("10.64.0.9"), 404},
        };

        start();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (scene_get(rows[i].path, rows[i].headers) != rows[i].status || scene_size > 80)
                        TEST_FAIL("row %zu", i);
        CHECK_EQ_INT(scene_count("GetEnrolment"), 0);
        stop();
}

TEST(on_the_lan_a_phone_that_proves_itself_gets_the_newest_bundle_whatever_it_asks_for)
{
        start();
        CHECK_EQ_INT(scene_get("/000413000009.xml", OWN("000413000009")), 200);
        CHECK(strstr(scene_body, "000413000009-0b2c.tar"));
        CHECK_EQ_INT(scene_get("/vpn/000413000009-0123.tar", OWN("000413000009")), 200);
        CHECK(scene_count("GetEnrolment {\"mac\":\"000413000009\",\"next\":true}"));
        CHECK(scene_wait("MarkEnrolled {\"mac\":\"000413000009\",\"serial\":\"0b2c\",\"delivered\":\"lan\"}"));
        stop();
}
