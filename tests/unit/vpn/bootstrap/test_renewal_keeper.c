/*
 * test_renewal_keeper: the keeper between a store and a pki of this test.
 *
 * In:   lists of phones that are due, answers and refusals, changes.
 * Out:  what store and pki were asked, in order.
 * Not:  no decision who is due (provisioning/store has that); no HTTP.
 */
#include "vpn/bootstrap/renewal.h"

#include "appliance/service/service_errand.h"
#include "gen/io.provost.Pki.h"
#include "gen/io.provost.Store.h"
#include "tests/support/web_scene.h"

#define PEM(kind, body) "-----BEGIN " kind "-----\n" body "\n-----END " kind "-----\n"
#define REVOKED "000413000002"

/* The fakes are processes of their own: they hear of the scene by files. */
static bool is_set(const char *flag)
{
        return access(scene_path(flag), F_OK) == 0;
}

static void set(const char *flag)
{
        close(open(scene_path(flag), O_WRONLY | O_CREAT, 0600));
}

static const char *text_of(sd_json_variant *parameters, const char *name)
{
        return sd_json_variant_string(sd_json_variant_by_key(parameters, name));
}

/* --- the store ------------------------------------------------------------------ */

static sd_json_variant *phone_of(const char *mac, const char *class)
{
        sd_json_variant *phone = NULL;

        if (sd_json_buildo(&phone, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_STRING("key_type", "p256"),
                           SD_JSON_BUILD_PAIR_STRING("vpn_class", class)) < 0)
                abort();
        return phone;
}

/* Three are due until each of them has what it needs. */
static int list_renewals(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        static const struct { const char *mac, *class; } rows[] = {{"000413000001", "modern"}, {REVOKED, "modern"}, {"00041300000a", "legacy"}, {"000413000003", "modern"}};
        sd_json_variant *phones[4], *list = NULL;
        size_t n = 0;
        int r;

        (void)flags, (void)userdata;
        scene_note("ListRenewals", parameters);
        for (size_t i = 0; i < 4; i++)
                if (!is_set(rows[i].mac) && (strcmp(rows[i].class, "legacy") || is_set("old")))
                        phones[n++] = phone_of(rows[i].mac, rows[i].class);
        if (sd_json_variant_new_array(&list, phones, n) < 0)
                abort();
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phones", list));
        sd_json_variant_unref(list);
        for (size_t i = 0; i < n; i++)
                sd_json_variant_unref(phones[i]);
        return r;
}

static int set_enrolment(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *mac = text_of(parameters, "mac");
        sd_json_variant *phone;
        int r;

        (void)flags, (void)userdata;
        scene_note("SetEnrolment", parameters);
        if (!strcmp(mac, REVOKED)) {
                set(REVOKED);
                return service_refuse(link, "io.provost.Store.NotAllowed", "it is revoked");
        }
        set(mac);
        phone = phone_of(mac, "modern");
        r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("phone", phone));
        sd_json_variant_unref(phone);
        return r;
}

#define TAKES(name)                                                                                                      \
        static int take_##name(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)  \
        {                                                                                                                \
                (void)flags, (void)userdata;                                                                             \
                scene_note(#name, parameters);                                                                           \
                return sd_varlink_reply(link, NULL);                                                                     \
        }
TAKES(SetAuthorities)
TAKES(ReportEnds)
TAKES(RaiseAlarm)
TAKES(ClearAlarm)

static int stay(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        sd_varlink_ref(link);
        return 0;
}

/* --- the pki -------------------------------------------------------------------- */

static int get_times(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        scene_note("GetTimes", parameters);
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_INTEGER("now", 1), SD_JSON_BUILD_PAIR_INTEGER("floor", 3000000000),
                                  SD_JSON_BUILD_PAIR_BOOLEAN("trusted", false));
}

static int get_authorities(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        /* A rollover begins while the first certificate is made. */
        bool is_second = is_set("issued") && is_set("rollover");

        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("root", PEM("CERTIFICATE", "Um9vdA==")),
                                  SD_JSON_BUILD_PAIR_STRING("issuing", PEM("CERTIFICATE", "SXNzdWluZw==")),
                                  SD_JSON_BUILD_PAIR_STRING("chain", is_second ? PEM("CERTIFICATE", "Q2hhaW4y") : PEM("CERTIFICATE", "Q2hhaW4=")),
                                  SD_JSON_BUILD_PAIR_STRING("root_sha256", "00"), SD_JSON_BUILD_PAIR_INTEGER("generation", is_second ? 2 : 1),
                                  SD_JSON_BUILD_PAIR_STRING("roots", PEM("CERTIFICATE", "Um9vdA==")));
}

static int get_ends(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("ends", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                SD_JSON_BUILD_PAIR_STRING("subject", "root"), SD_JSON_BUILD_PAIR_INTEGER("not_before", 1),
                SD_JSON_BUILD_PAIR_INTEGER("not_after", 3900000000), SD_JSON_BUILD_PAIR_BOOLEAN("renews", false)))));
}

static int issue_client(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        int64_t generation = is_set("issued") && is_set("rollover") ? 2 : 1;

        (void)flags, (void)userdata;
        scene_note("IssueClient", parameters);
        set("issued");
        if (is_set("broken"))
                return service_refuse(link, "io.provost.Pki.Trouble", "the disk is full");
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("certificate", PEM("CERTIFICATE", "TGVhZg==")),
                                  SD_JSON_BUILD_PAIR_STRING("private_key", PEM("PRIVATE KEY", "S2V5")),
                                  SD_JSON_BUILD_PAIR_STRING("serial", "0a1b"), SD_JSON_BUILD_PAIR_STRING("sha256", "00"),
                                  SD_JSON_BUILD_PAIR_INTEGER("not_before", 1),
                                  SD_JSON_BUILD_PAIR_INTEGER("not_after", is_set("short") ? 3000000001 : 3900000000),
                                  SD_JSON_BUILD_PAIR_INTEGER("generation", generation));
}

static const struct service_method store_methods[] = {
        {"io.provost.Store.GetSite", SERVICE_CALLER_ROOT, scene_get_site},
        {"io.provost.Store.ListRenewals", SERVICE_CALLER_ROOT, list_renewals},
        {"io.provost.Store.SetEnrolment", SERVICE_CALLER_ROOT, set_enrolment},
        {"io.provost.Store.SetAuthorities", SERVICE_CALLER_ROOT, take_SetAuthorities},
        {"io.provost.Store.ReportEnds", SERVICE_CALLER_ROOT, take_ReportEnds},
        {"io.provost.Store.RaiseAlarm", SERVICE_CALLER_ROOT, take_RaiseAlarm},
        {"io.provost.Store.ClearAlarm", SERVICE_CALLER_ROOT, take_ClearAlarm},
        {"io.provost.Store.Subscribe", SERVICE_CALLER_ROOT, stay},
        {0},
};
static const struct service_method pki_methods[] = {
        {"io.provost.Pki.GetTimes", SERVICE_CALLER_ROOT, get_times},
        {"io.provost.Pki.GetAuthorities", SERVICE_CALLER_ROOT, get_authorities},
        {"io.provost.Pki.GetEnds", SERVICE_CALLER_ROOT, get_ends},
        {"io.provost.Pki.IssueClient", SERVICE_CALLER_ROOT, issue_client},
        {"io.provost.Pki.Watch", SERVICE_CALLER_ROOT, stay},
        {0},
};

static struct renewal *keeper;
static struct service_peer *store_peer, *pki_peer;
static pid_t store, pki;

static void start_store(void)
{
        static const struct service_spec spec = {.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods};

        store = scene_station(&spec, "store");
}

static void start(const char *flag)
{
        static const struct service_spec spec = {.station = "pki", .interface = &vl_interface_io_provost_Pki, .methods = pki_methods};

        scene_open();
        if (flag)
                set(flag);
        start_store();
        pki = scene_station(&spec, "pki");
        CHECK_EQ_INT(service_peer_new(scene_service, scene_path("store"), &store_peer), 0);
        CHECK_EQ_INT(service_peer_new(scene_service, scene_path("pki"), &pki_peer), 0);
        CHECK_EQ_INT(renewal_new(scene_service, store_peer, pki_peer, &keeper), 0);
}

static void stop(void)
{
        renewal_stop(keeper);
        service_errand_end_all(scene_service);
        service_peer_free(pki_peer);
        service_peer_free(store_peer);
        renewal_free(keeper);
        scene_end(store);
        scene_end(pki);
        scene_close();
}

/* --- what holds ------------------------------------------------------------------ */

TEST(every_phone_that_is_due_gets_a_next_certificate_and_a_revoked_one_holds_up_nobody)
{
        start(NULL);
        CHECK(scene_wait("SetEnrolment {\"mac\":\"000413000003\""));
        CHECK(scene_wait("ClearAlarm {\"kind\":\"renewal-stuck\",\"subject\":\"pki\"}"));
        CHECK_EQ_INT(scene_count("IssueClient"), 3);
        CHECK_EQ_INT(scene_count("\"next\":true"), 3);
        CHECK_EQ_INT(scene_count("TGVhZg==\\n-----END CERTIFICATE-----\\n-----BEGIN CERTIFICATE-----\\nSXNzdWluZw=="), 3);
        CHECK_EQ_INT(scene_count("RaiseAlarm"), 0);
        stop();
}

TEST(roots_ends_and_the_floor_are_told_before_anybody_is_renewed)
{
        const char *calls, *told;

        start(NULL);
        CHECK(scene_wait("IssueClient"));
        calls = scene_calls();
        told = strstr(calls, "SetAuthorities {\"roots\":\"-----BEGIN CERTIFICATE-----\\nUm9vdA==");
        CHECK(told && told < strstr(calls, "IssueClient"));
        CHECK(strstr(calls, "ReportEnds {\"ends\":[{\"subject\":\"root\",\"not_after\":3900000000}],\"generation\":1,\"floor\":3000000000}"));
        /* 400 days after the floor: the clock lies far before it */
        CHECK(strstr(calls, "ListRenewals {\"before\":3034560000,\"generation\":1,\"limit\":100}"));
        stop();
}

TEST(old_phones_are_left_alone_while_the_site_has_them_off)
{
        start("old");
        CHECK(scene_wait("SetEnrolment {\"mac\":\"000413000003\""));
        CHECK_EQ_INT(scene_count("\"authority\":\"legacy\""), 0);
        CHECK_EQ_INT(scene_count("00041300000a"), 0);
        stop();
}

TEST(a_certificate_of_an_authority_that_changed_meanwhile_is_not_kept)
{
        start("rollover");
        CHECK(scene_wait("SetEnrolment {\"mac\":\"000413000003\""));
        CHECK_EQ_INT(scene_count("IssueClient"), 4);            /* the first one twice */
        CHECK_EQ_INT(scene_count("\"generation\":2,\"next\":true"), 3);
        CHECK_EQ_INT(scene_count("\"generation\":1,\"next\":true"), 0);
        stop();
}

TEST(a_pki_that_cannot_is_an_alarm)
{
        start("broken");
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"renewal-stuck\",\"subject\":\"pki\",\"detail\":\"Certificates are not renewed: io.provost.Pki.Trouble"));
        CHECK_EQ_INT(scene_count("IssueClient"), 1);
        CHECK_EQ_INT(scene_count("SetEnrolment"), 0);
        stop();
}

TEST(certificates_that_would_be_due_at_once_are_an_alarm_and_not_made_for_ever)
{
        start("short");
        CHECK(scene_wait("RaiseAlarm {\"kind\":\"renewal-stuck\""));
        CHECK_EQ_INT(scene_count("IssueClient"), 1);
        CHECK_EQ_INT(scene_count("SetEnrolment"), 0);
        stop();
}

TEST(a_store_that_restarts_in_the_middle_is_asked_again)
{
        start(NULL);
        CHECK(scene_wait("SetEnrolment {\"mac\":\"000413000001\""));
        scene_end(store);
        scene_turn(100);
        start_store();
        CHECK(scene_wait("SetEnrolment {\"mac\":\"000413000003\""));
        stop();
}

TEST(the_keeper_can_end_in_the_middle)
{
        start(NULL);
        CHECK(scene_wait("IssueClient"));
        stop();
}
