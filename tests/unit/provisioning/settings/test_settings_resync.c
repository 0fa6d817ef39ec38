/*
 * test_settings_resync: the station's calls with a store of this test and a phone on the loopback.
 *
 * In:   wishes of the store and of a person; answers of the phone.
 * Out:  NOTIFYs, the person's answers, events.
 * Not:  no tunnel, no systemd socket (tests/site has them).
 */
#include "provisioning/settings/settings_methods.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "gen/io.provost.Settings.h"
#include "gen/io.provost.Store.h"
#include "tests/support/web_scene.h"

#define SECRET "S3cret&<canary>"

static uint16_t phone_port;
static bool store_wishes, is_off, is_list_refused, has_files;
static struct settings_desk desk;
static pid_t store;
static bool is_gone;            /* the caller, for the station */
static int phone;               /* the stand-in */
static struct sockaddr_in asker;
static char heard[4096];

/* --- the store --- */

static sd_json_variant *phone_of(const char *mac, const char *address)
{
        sd_json_variant *v = NULL;

        if (sd_json_buildo(&v, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("name", ""),
                           SD_JSON_BUILD_PAIR_STRING("model", ""), SD_JSON_BUILD_PAIR_STRING("firmware", ""),
                           SD_JSON_BUILD_PAIR_STRING("state", "connected"), SD_JSON_BUILD_PAIR_STRING("profile", ""),
                           SD_JSON_BUILD_PAIR_STRING("key_type", "p256"), SD_JSON_BUILD_PAIR_STRING("sip_user", ""),
                           SD_JSON_BUILD_PAIR_CONDITION(*address, "tunnel_address", SD_JSON_BUILD_STRING(address)),
                           SD_JSON_BUILD_PAIR_STRING("vpn_class", mac[11] == '4' ? "legacy" : "modern"),
                           SD_JSON_BUILD_PAIR_BOOLEAN("has_sip_secret", true), SD_JSON_BUILD_PAIR_INTEGER("revision", 7),
                           SD_JSON_BUILD_PAIR_INTEGER("revision_served", 0), SD_JSON_BUILD_PAIR_INTEGER("added_at", 1)) < 0)
                abort();
        return v;
}

static int get_site(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        if (!is_off)
                return scene_get_site(link, parameters, flags, userdata);
        return sd_varlink_replybo(link,
                SD_JSON_BUILD_PAIR("values", SD_JSON_BUILD_ARRAY(
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "lan_address"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.1/24")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_first"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.100")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "pool_last"), SD_JSON_BUILD_PAIR_STRING("value", "192.168.7.200")),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "notify"), SD_JSON_BUILD_PAIR_STRING("value", "off")))),
                SD_JSON_BUILD_PAIR_BOOLEAN("complete", true), SD_JSON_BUILD_PAIR("missing", SD_JSON_BUILD_EMPTY_ARRAY),
                SD_JSON_BUILD_PAIR_INTEGER("revision", 1));
}

/* ...04 is one of the old phones, ...05 is a phone, ...06 has no address yet, ...07 is revoked, ...08 is not connected, others are unknown. */
static int get_phone(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *mac = sd_json_variant_string(sd_json_variant_by_key(parameters, "mac"));
        sd_json_variant *v;
        int r;

        (void)flags, (void)userdata;
        scene_note("GetPhone", parameters);
        if (strncmp(mac, "00041300000", 11) != 0 || mac[11] < '4' || mac[11] > '8')
                return service_refuse(link, "io.provost.Store.NoSuchPhone", "nobody");
        v = phone_of(mac, mac[11] == '5' ? "127.0.0.1" : mac[11] == '6' ? "" : mac[11] == '7' ? "127.0.0.7" : "127.0.0.8");
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", v));
        sd_json_variant_unref(v);
        return r;
}

#define SETTING(name, text) \
        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", name), SD_JSON_BUILD_PAIR_INTEGER("index", 1), \
                             SD_JSON_BUILD_PAIR_STRING("value", text), SD_JSON_BUILD_PAIR_STRING("permission", "R"))

static int get_document(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *address = sd_json_variant_string(sd_json_variant_by_key(parameters, "tunnel_address"));
        sd_json_variant *v;
        char port[8];
        int r;

        (void)flags, (void)userdata;
        if (!strcmp(address, "127.0.0.7"))
                return service_refuse(link, "io.provost.Store.NotAllowed", "revoked");
        if (!strcmp(address, "127.0.0.8"))
                return service_refuse(link, "io.provost.Store.NoTunnel", "not up");
        snprintf(port, sizeof port, "%u", phone_port);
        v = phone_of("000413000005", address);
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", v), SD_JSON_BUILD_PAIR("settings", SD_JSON_BUILD_ARRAY(
                        SETTING("user_name", "340899"), SETTING("user_pass", SECRET),
                        SD_JSON_BUILD_OBJECT(SD_JSON_BUILD_PAIR_STRING("name", "network_id_port"), SD_JSON_BUILD_PAIR_STRING("value", port),
                                             SD_JSON_BUILD_PAIR_STRING("permission", "R")))),
                SD_JSON_BUILD_PAIR_INTEGER("revision", 7));
        sd_json_variant_unref(v);
        return r;
}

static int add_events(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("AddEvents", parameters);
        return sd_varlink_reply(link, NULL);
}

static int tell(sd_varlink *link, const char *kind, const char *key)
{
        return sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_STRING("kind", kind), SD_JSON_BUILD_PAIR_STRING("key", key));
}

static int subscribe(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("Subscribe", parameters);
        sd_varlink_ref(link);
        if (tell(link, "ready", "") < 0)
                abort();
        for (unsigned i = 0; store_wishes && i < 3; i++)
                if (tell(link, "settings", "000413000005") < 0 || tell(link, "phone", "000413000008") < 0 || tell(link, "settings", "") < 0)
                        abort();
        return 0;
}

static int add_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *file = sd_json_variant_string(sd_json_variant_by_key(parameters, "file"));

        (void)flags, (void)userdata;
        scene_note("AddFirmware", parameters);
        if (!strcmp(file, "taken.bin"))
                return service_refuse(link, "io.provost.Store.AlreadyThere", "There is one for this model and version.");
        if (!strcmp(file, "lost.bin"))
                return sd_varlink_close(link);
        return sd_varlink_reply(link, NULL);
}

static int list_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("ListFirmware", parameters);
        if (is_list_refused)
                return service_refuse(link, "io.provost.Store.StorageTrouble", "The disk is full.");
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("firmware", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                SD_JSON_BUILD_PAIR_STRING("file", "listed.bin"), SD_JSON_BUILD_PAIR_STRING("model", "snomD785"),
                SD_JSON_BUILD_PAIR_STRING("version", "1"), SD_JSON_BUILD_PAIR_STRING("kind", "firmware"), SD_JSON_BUILD_PAIR_INTEGER("size", 1),
                SD_JSON_BUILD_PAIR_STRING("sha256", ""), SD_JSON_BUILD_PAIR_INTEGER("added_at", 1)))));
}

static int remove_firmware(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *file = sd_json_variant_string(sd_json_variant_by_key(parameters, "file"));

        (void)flags, (void)userdata;
        scene_note("RemoveFirmware", parameters);
        if (!strcmp(file, "used.bin"))
                return service_refuse(link, "io.provost.Store.NotAllowed", "A setting names it.");
        if (strcmp(file, "new.bin") != 0)
                return service_refuse(link, "io.provost.Store.NoSuchName", "There is none.");
        return sd_varlink_reply(link, NULL);
}

static const struct service_method store_methods[] = {
        {"io.provost.Store.GetSite", SERVICE_CALLER_ROOT, get_site},
        {"io.provost.Store.GetPhone", SERVICE_CALLER_ROOT, get_phone},
        {"io.provost.Store.GetDocument", SERVICE_CALLER_ROOT, get_document},
        {"io.provost.Store.AddEvents", SERVICE_CALLER_ROOT, add_events},
        {"io.provost.Store.Subscribe", SERVICE_CALLER_ROOT, subscribe},
        {"io.provost.Store.AddFirmware", SERVICE_CALLER_ROOT, add_firmware},
        {"io.provost.Store.RemoveFirmware", SERVICE_CALLER_ROOT, remove_firmware},
        {"io.provost.Store.ListFirmware", SERVICE_CALLER_ROOT, list_firmware},
        {0},
};

/* --- the scene --- */

static int udp_socket(uint16_t *ret_port)
{
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0)
                abort();
        *ret_port = ntohs(address.sin_port);
        return fd;
}

static void on_gone(sd_varlink *link, void *userdata)
{
        (void)link, (void)userdata;
        is_gone = true;
}

static void make_file(const char *name)
{
        int fd = open(scene_path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        CHECK(fd >= 0);
        close(fd);
}

static void start(void)
{
        static const struct service_spec store_spec = {.station = "store", .interface = &vl_interface_io_provost_Store,
                                                       .methods = store_methods};
        static const struct service_spec spec = {.station = "settings", .interface = &vl_interface_io_provost_Settings,
                                                 .methods = settings_methods, .disconnected = on_gone, .userdata = &desk};
        uint16_t port;
        struct settings_resync_options options = {.fd = -1};

        scene_open();
        phone = udp_socket(&phone_port);
        store = scene_station(&store_spec, "store");
        CHECK_EQ_INT(mkdir(scene_path("firmware"), 0700), 0);
        if (has_files) {
                make_file("firmware/listed.bin");
                make_file("firmware/leftover.bin");
        }
        service_free(scene_service);
        CHECK_EQ_INT(service_new(&spec, &scene_service), 0);
        CHECK_EQ_INT(service_listen(scene_service, scene_path("settings")), 0);
        options.fd = udp_socket(&port);
        options.store_path = scene_path("store");
        CHECK_EQ_INT(settings_desk_open(&desk, scene_service, &options, scene_path("firmware")), 0);
        memset(heard, 0, sizeof heard);
}

static void stop(void)
{
        settings_desk_close(&desk);
        scene_end(store);
        close(phone);
        scene_close();
        store_wishes = is_off = is_list_refused = has_files = false;
}

/* What the phone hears within a second; "" nothing. */
static const char *hear(unsigned ms)
{
        socklen_t size = sizeof asker;

        for (unsigned i = 0; i < ms / 5; i++) {
                ssize_t n = recvfrom(phone, heard, sizeof heard - 1, 0, (struct sockaddr *)&asker, &size);

                if (n > 0) {
                        heard[n] = 0;
                        return heard;
                }
                (void)sd_event_run(service_event(scene_service), 5000);
        }
        return "";
}

static void line_of(const char *name, char ret[static 512])
{
        const char *at = strstr(heard, name);

        CHECK(at);
        snprintf(ret, 512, "%.*s", (int)strcspn(at, "\r"), at);
}

static void say_from(int fd, const char *status, const char *more)
{
        char via[512], from[512], to[512], id[512], cseq[512], text[4096];
        int n;

        line_of("Via: ", via);
        line_of("From: ", from);
        line_of("To: ", to);
        line_of("Call-ID: ", id);
        line_of("CSeq: ", cseq);
        n = snprintf(text, sizeof text, "SIP/2.0 %s\r\n%s\r\n%s\r\n%s;tag=phone\r\n%s\r\n%s\r\n%sContent-Length: 0\r\n\r\n", status, via, from, to,
                     id, cseq, more);
        CHECK(sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&asker, sizeof asker) == n);
}

static void say(const char *status, const char *more)
{
        say_from(phone, status, more);
}

/* --- a person's call --- */

static sd_varlink *caller;
static char answered[1024];

static int on_reply(sd_varlink *link, sd_json_variant *reply, const char *error, sd_varlink_reply_flags_t flags, void *userdata)
{
        char *text = NULL;

        (void)link, (void)flags, (void)userdata;
        (void)sd_json_variant_format(reply, 0, &text);
        snprintf(answered, sizeof answered, "%s %s", error ? error : "", text ? text : "");
        free(text);
        return 0;
}

static void call(const char *method, sd_json_variant *parameters)
{
        *answered = 0;
        if (!caller) {
                CHECK(sd_varlink_connect_address(&caller, scene_path("settings")) >= 0);
                CHECK(sd_varlink_bind_reply(caller, on_reply) >= 0);
                CHECK(sd_varlink_attach_event(caller, service_event(scene_service), 0) >= 0);
        }
        CHECK(sd_varlink_invoke(caller, method, parameters) >= 0);
        sd_json_variant_unref(parameters);
}

static const char *answer(unsigned ms)
{
        for (unsigned i = 0; i < ms / 5 && !*answered; i++)
                (void)sd_event_run(service_event(scene_service), 5000);
        return answered;
}

static void hang_up(void)
{
        is_gone = false;
        caller = sd_varlink_close_unref(caller);
        for (unsigned i = 0; i < 600 && !is_gone; i++)          /* the station hears of it */
                (void)sd_event_run(service_event(scene_service), 5000);
}

static void resync(const char *mac, bool reboot)
{
        sd_json_variant *p = NULL;

        CHECK(sd_json_buildo(&p, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_BOOLEAN("reboot", reboot)) >= 0);
        call("io.provost.Settings.Resync", p);
}

TEST(a_phone_that_takes_it_is_told_once)
{
        start();
        resync("00:04:13:00:00:05", true);
        CHECK(strstr(hear(3000), "NOTIFY sip:340899@127.0.0.1:"));
        CHECK(strstr(heard, "Event: check-sync;reboot=true\r\n"));
        CHECK(strstr(heard, "Via: SIP/2.0/UDP 10.64.0.1:5060;"));
        say("200 Ok", "");
        CHECK(strstr(answer(3000), "\"outcome\":\"taken\""));
        CHECK(scene_wait("\"word\":\"notify-sent\",\"detail\":\"check-sync;reboot=true to 127.0.0.1:"));
        CHECK(scene_wait("\"mac\":\"000413000005\",\"station\":\"settings\",\"word\":\"notify-taken\",\"detail\":\"the phone took it (200)\""));
        CHECK_STR(hear(800), "");
        CHECK_EQ_INT(scene_count("notify-sent"), 1);
        hang_up();
        stop();
}

TEST(a_challenge_is_answered_with_the_accounts_password)
{
        start();
        resync("000413000005", false);
        CHECK(*hear(3000));
        CHECK(!strstr(heard, "Authorization"));
        say("401 Unauthorized", "WWW-Authenticate: Digest realm=\"snom\", nonce=\"98ab\", algorithm=MD5, qop=\"auth\"\r\n");
        CHECK(strstr(hear(3000), "Authorization: Digest username=\"340899\", realm=\"snom\", nonce=\"98ab\", uri=\"sip:340899@127.0.0.1:"));
        CHECK(strstr(heard, "CSeq: 2 NOTIFY\r\n"));
        CHECK(!strstr(heard, "canary"));
        say("200 Ok", "");
        CHECK(strstr(answer(3000), "taken"));
        CHECK(scene_wait("notify-taken"));
        CHECK(!strstr(scene_calls(), "canary"));
        hang_up();
        stop();
}

TEST(a_password_that_is_not_taken_is_tried_once)
{
        start();
        resync("000413000005", false);
        CHECK(*hear(3000));
        say("401 Unauthorized", "WWW-Authenticate: Digest realm=\"snom\", nonce=\"98ab\"\r\n");
        CHECK(strstr(hear(3000), "Authorization: "));
        say("401 Unauthorized", "WWW-Authenticate: Digest realm=\"snom\", nonce=\"98ac\"\r\n");
        CHECK(strstr(answer(3000), "\"outcome\":\"refused\""));
        CHECK(strstr(answered, "older one"));
        CHECK(scene_wait("notify-refused"));
        hang_up();
        stop();
}

TEST(an_answer_from_elsewhere_or_to_something_else_counts_for_nothing)
{
        struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000009)};
        int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        char *branch;

        start();
        CHECK(stranger >= 0 && bind(stranger, (struct sockaddr *)&other, sizeof other) == 0);
        resync("000413000005", false);
        CHECK(*hear(3000));
        say_from(stranger, "200 Ok", "");
        branch = strstr(heard, "branch=z9hG4bK") + 14;
        *branch = *branch == '0' ? '1' : '0';
        say("200 Ok", "");
        CHECK(sendto(phone, "\r\n\r\n", 4, 0, (struct sockaddr *)&asker, sizeof asker) == 4);
        CHECK(strstr(hear(3000), "CSeq: 1 NOTIFY\r\n"));        /* the same again, half a second later */
        CHECK_STR(answered, "");
        say("603 Decline", "");
        CHECK(strstr(answer(3000), "\"outcome\":\"refused\""));
        close(stranger);
        hang_up();
        stop();
}

TEST(phones_that_cannot_be_told_are_said)
{
        static const struct {
                const char *mac, *answer;
        } rows[] = {
                {"000413000008", "\"outcome\":\"no-tunnel\""},
                {"000413000004", "they ask by themselves every few minutes"},
                {"000413000006", "io.provost.Settings.NotAllowed"},
                {"000413000007", "io.provost.Settings.NotAllowed"},
                {"000413000009", "io.provost.Settings.NoSuchPhone"},
                {"nonsense", "io.provost.Settings.NoSuchPhone"},
        };

        start();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                resync(rows[i].mac, false);
                if (!strstr(answer(3000), rows[i].answer))
                        TEST_FAIL("%s: %s", rows[i].mac, answered);
        }
        CHECK_STR(hear(100), "");
        CHECK_EQ_INT(scene_count("AddEvents"), 0);
        hang_up();
        stop();
}

TEST(the_store_wishes_three_times_and_the_phone_is_told_once)
{
        store_wishes = true;
        start();
        CHECK(strstr(hear(5000), "Event: check-sync;reboot=false\r\n"));
        say("200 Ok", "");
        CHECK(scene_wait("notify-taken"));
        CHECK_STR(hear(1500), "");
        CHECK_EQ_INT(scene_count("GetPhone"), 1);
        stop();
}

TEST(a_site_that_says_off_is_not_told_by_the_store_but_by_a_person)
{
        store_wishes = is_off = true;
        start();
        CHECK_STR(hear(1800), "");
        resync("000413000005", false);
        CHECK(strstr(hear(3000), "NOTIFY"));
        hang_up();
        stop();
}

TEST(a_caller_that_goes_away_harms_nobody)
{
        start();
        resync("000413000005", false);
        CHECK(*hear(3000));
        hang_up();
        scene_turn(50);
        say("200 Ok", "");
        CHECK(scene_wait("notify-taken"));
        resync("000413000005", false);
        CHECK(*hear(3000));
        settings_desk_close(&desk);
        CHECK(strstr(answer(1000), "restarting"));
        hang_up();
        stop();
}

/* --- firmware --- */

#define HASH "836bdaaef7134e769cf2c51b1494bb1602a3975412f7893e8b153ce20bbf3acd"

static void send_file(const char *file)
{
        sd_json_variant *p = NULL;
        long long number;

        CHECK(sd_json_buildo(&p, SD_JSON_BUILD_PAIR_STRING("model", "snomD785"), SD_JSON_BUILD_PAIR_STRING("version", "10.1.42.14"),
                             SD_JSON_BUILD_PAIR_STRING("kind", "firmware"), SD_JSON_BUILD_PAIR_STRING("file", file),
                             SD_JSON_BUILD_PAIR_INTEGER("size", 14), SD_JSON_BUILD_PAIR_STRING("sha256", HASH)) >= 0);
        call("io.provost.Settings.BeginFirmware", p);
        CHECK(sscanf(answer(3000), " {\"upload\":%lld}", &number) == 1);
        p = NULL;
        CHECK(sd_json_buildo(&p, SD_JSON_BUILD_PAIR_INTEGER("upload", number), SD_JSON_BUILD_PAIR_INTEGER("offset", 0),
                             SD_JSON_BUILD_PAIR_BASE64("content", "hello firmware", 14)) >= 0);
        call("io.provost.Settings.AppendFirmware", p);
        CHECK_STR(answer(3000), " {}");
        p = NULL;
        CHECK(sd_json_buildo(&p, SD_JSON_BUILD_PAIR_INTEGER("upload", number)) >= 0);
        call("io.provost.Settings.FinishFirmware", p);
}

static void upload(const char *file)
{
        send_file(file);
        (void)answer(3000);
}

static void remove_file(const char *file)
{
        sd_json_variant *p = NULL;

        CHECK(sd_json_buildo(&p, SD_JSON_BUILD_PAIR_STRING("file", file)) >= 0);
        call("io.provost.Settings.RemoveFirmware", p);
        (void)answer(3000);
}

TEST(an_upload_ends_in_the_store)
{
        start();
        upload("new.bin");
        CHECK_STR(answered, " {}");
        CHECK_EQ_INT(access(scene_path("firmware/new.bin"), R_OK), 0);
        CHECK(strstr(scene_calls(), "AddFirmware {\"file\":\"new.bin\",\"model\":\"snomD785\",\"version\":\"10.1.42.14\",\"kind\":\"firmware\",\"size\":14,"));
        remove_file("new.bin");
        CHECK_STR(answered, " {}");
        CHECK(access(scene_path("firmware/new.bin"), F_OK) < 0);
        hang_up();
        stop();
}

TEST(what_the_store_refuses_is_not_kept)
{
        start();
        upload("taken.bin");
        CHECK(strstr(answered, "io.provost.Settings.NotAllowed"));
        CHECK(strstr(answered, "There is one for this model and version."));
        CHECK(access(scene_path("firmware/taken.bin"), F_OK) < 0);
        upload("used.bin");
        CHECK_STR(answered, " {}");
        remove_file("used.bin");
        CHECK(strstr(answered, "A setting names it."));
        CHECK_EQ_INT(access(scene_path("firmware/used.bin"), F_OK), 0);
        upload("orphan.bin");
        remove_file("orphan.bin");              /* the store knows nothing of it: a break between the two */
        CHECK_STR(answered, " {}");
        CHECK(access(scene_path("firmware/orphan.bin"), F_OK) < 0);
        remove_file("orphan.bin");
        CHECK(strstr(answered, "io.provost.Settings.NotAllowed"));
        remove_file("../store");
        CHECK(strstr(answered, "InvalidValue"));
        hang_up();
        stop();
}

TEST(a_file_that_the_store_may_list_stays_when_no_answer_comes)
{
        start();
        send_file("lost.bin");
        CHECK(scene_wait("AddFirmware"));
        settings_desk_close(&desk);
        CHECK(strstr(answer(3000), "io.provost.Settings.StorageTrouble"));
        CHECK_EQ_INT(access(scene_path("firmware/lost.bin"), F_OK), 0);
        hang_up();
        stop();
}

TEST(at_the_start_files_go_that_the_store_does_not_list)
{
        has_files = true;
        start();
        CHECK(scene_wait("ListFirmware"));
        for (unsigned i = 0; i < 600 && access(scene_path("firmware/leftover.bin"), F_OK) == 0; i++)
                (void)sd_event_run(service_event(scene_service), 5000);
        CHECK(access(scene_path("firmware/leftover.bin"), F_OK) < 0);
        CHECK_EQ_INT(access(scene_path("firmware/listed.bin"), F_OK), 0);
        stop();
}

TEST(without_the_stores_list_no_file_goes)
{
        has_files = is_list_refused = true;
        start();
        CHECK(scene_wait("ListFirmware"));
        upload("new.bin");
        CHECK_STR(answered, " {}");
        CHECK_EQ_INT(access(scene_path("firmware/leftover.bin"), F_OK), 0);
        CHECK_EQ_INT(access(scene_path("firmware/new.bin"), F_OK), 0);
        hang_up();
        stop();
}
