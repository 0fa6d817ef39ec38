/*
 * test_store_server: the store in a process of its own, called over its socket.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "store_fixture.h"

#include "gen/io.provost.Store.h"
#include "provisioning/store/store_methods.h"
#include "provisioning/store/store_server.h"

static char path[96];
static pid_t server_pid;

/* Tests run as root: what only a station may call is open to it in this one table. */
static struct service_method open_methods[128];

static int run_server(bool for_all, int ready_fd)
{
        struct service_spec spec = {.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods,
                                    .disconnected = store_server_disconnected};
        struct store_server *server = NULL;
        struct service *service = NULL;
        struct store *store = NULL;
        int r;

        for (size_t i = 0; for_all && store_methods[i].name; i++) {
                open_methods[i] = store_methods[i];
                open_methods[i].callers |= SERVICE_CALLER_ROOT;
                spec.methods = open_methods;
        }
        if (store_open(fixture_db, fixture_key, &store) < 0 || store_server_new(store, &server) < 0)
                return 90;
        spec.userdata = server;
        if (service_new(&spec, &service) < 0 || store_server_start(server, service) < 0 || service_listen(service, path) < 0)
                return 91;
        (void)!write(ready_fd, "r", 1);
        close(ready_fd);
        r = service_run(service);
        store_server_finish(server);
        service_free(service);
        store_server_free(server);
        store_close(store);
        return r;
}

static void start(bool for_all)
{
        int fds[2];
        char byte;

        if (!server_pid) {
                fixture_begin();
                store_close(fixture);
                fixture = NULL;
                snprintf(path, sizeof path, "%s/socket", fixture_dir);
        }
        CHECK(pipe(fds) == 0);
        fflush(stdout);
        server_pid = fork();
        if (!server_pid) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);       /* a failed test must not leave it behind, with our output open */
                close(fds[0]);
                _exit(run_server(for_all, fds[1]));
        }
        close(fds[1]);
        CHECK(read(fds[0], &byte, 1) == 1);
        close(fds[0]);
}

static int stop(int signal_number)
{
        int status = 0;

        kill(server_pid, signal_number);
        waitpid(server_pid, &status, 0);
        return status;
}

static void end(void)
{
        CHECK_EQ_INT(stop(SIGTERM), 0);
        server_pid = 0;
        fixture_end();
}

/* "" or the error's name; the answer is in fixture_out. */
static const char *call(const char *method, const char *json)
{
        char name[96];
        sd_json_variant *parameters = NULL;
        char *error = NULL;

        fixture_out = sd_json_variant_unref(fixture_out);
        snprintf(name, sizeof name, "io.provost.Store.%s", method);
        CHECK(sd_json_parse(json, 0, &parameters, NULL, NULL) >= 0);
        CHECK_EQ_INT(service_call_once(path, name, parameters, 5000, &fixture_out, &error), 0);
        sd_json_variant_unref(parameters);
        snprintf(fixture_error, sizeof fixture_error, "%s", error ? error : "");
        free(error);
        return fixture_error;
}

TEST(the_whole_way_of_a_phone_fits_the_interface)
{
        start(true);
        CHECK_STR(call("SetSite", LAN_SITE), "");
        CHECK_STR(call("GetSite", "{}"), "");
        CHECK_STR(call("ListSources", "{}"), "");
        CHECK_STR(call("SetSettings", "{\"scope\":\"profile\",\"owner\":\"p\",\"settings\":[{\"name\":\"fkey\",\"index\":1,\"value\":\"x\",\"permission\":\"R\","
                                      "\"attributes\":{\"label\":\"y\"}}],\"reason\":\"why\",\"dry_run\":false,\"replace\":true}"), "");
        CHECK_STR(call("ListSettings", "{\"scope\":\"profile\",\"owner\":\"p\"}"), "");
        CHECK_STR(call("ListScopes", "{}"), "");
        CHECK_STR(call("SetRow", "{\"scope\":\"site\",\"owner\":\"\",\"row\":\"noise\",\"state\":\"off\",\"reason\":\"paging needs it\"}"), "");
        CHECK_STR(call("ListRows", "{}"), "");
        CHECK_STR(call("AddPhone", ADD_APPROVED(MAC_A)), "");
        CHECK_STR(fixture_get("phone.state"), "approved");
        CHECK_STR(call("SetEnrolment", ENROLMENT(MAC_A)), "");
        CHECK_STR(call("GetEnrolment", MAC(MAC_A)), "");
        CHECK_STR(call("MarkEnrolled", MAC(MAC_A)), "");
        CHECK_STR(call("ReportTunnel", "{\"mac\":\"" MAC_A "\",\"up\":true,\"detail\":\"x\"}"), "");
        CHECK_STR(call("ListTunnels", "{}"), "");
        CHECK_STR(call("GetDocument", "{\"tunnel_address\":\"10.64.0.2\"}"), "");
        CHECK_STR(call("MarkServed", "{\"mac\":\"" MAC_A "\",\"revision\":1}"), "");
        CHECK_STR(call("PreviewDocument", MAC(MAC_A)), "");
        CHECK_STR(call("DiffDocument", MAC(MAC_A)), "");
        CHECK_STR(call("ScorePhones", "{\"limit\":10}"), "");
        CHECK_STR(call("SetSettings", "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"3\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(call("SetSettings", "{\"scope\":\"site\",\"owner\":\"\",\"settings\":[{\"name\":\"ring_volume\",\"value\":\"3\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(call("GetRollout", "{}"), "");
        CHECK_STR(fixture_get("rollout.state"), "running");
        CHECK_STR(call("ControlRollout", "{\"action\":\"back\",\"reason\":\"enough\"}"), "");
        CHECK_STR(call("ListRevisions", "{\"limit\":5}"), "");
        CHECK_STR(call("GetRevision", "{\"number\":1}"), "");
        CHECK_STR(call("RestoreRevision", "{\"number\":1}"), "");
        CHECK_STR(call("RemoveScope", "{\"scope\":\"site\",\"owner\":\"\"}"), "");
        CHECK_STR(call("ListPhones", "{}"), "");
        CHECK_STR(call("Timeline", "{\"mac\":\"" MAC_A "\",\"limit\":5}"), "");
        CHECK_STR(call("ListAudit", "{\"limit\":5}"), "");
        CHECK_STR(call("ListSecrets", MAC(MAC_A)), "");
        CHECK_EQ_INT(fixture_count("secrets"), 7);
        CHECK_STR(call("RevealSecret", "{\"mac\":\"" MAC_A "\",\"name\":\"http_pass\",\"reason\":null}"), "");
        CHECK_STR(call("RotateSecrets", "{\"mac\":null,\"names\":[\"http_pass\"],\"reason\":\"x\"}"), "");
        CHECK_STR(call("SetSeal", "{\"mac\":\"" MAC_A "\",\"number\":\"1\",\"place\":null,\"inspected\":false}"), "");
        CHECK_STR(call("ListSeals", "{\"overdue\":false}"), "");
        CHECK_STR(call("SetSeal", "{\"mac\":\"" MAC_A "\",\"number\":\"\",\"place\":null,\"inspected\":false}"), "");
        CHECK_STR(call("AddFirmware", "{\"file\":\"a.bin\",\"model\":\"snomD785\",\"version\":\"1\",\"kind\":\"firmware\",\"size\":1,\"sha256\":\"" DIGEST "\"}"), "");
        CHECK_STR(call("ListFirmware", "{}"), "");
        CHECK_STR(call("RemoveFirmware", "{\"file\":\"a.bin\"}"), "");
        CHECK_STR(call("ImportPhones", "{\"phones\":[{\"line\":2,\"mac\":\"000413000001\",\"name\":\"n\",\"profiles\":[\"p\"],\"settings\":[]},"
                                       "{\"line\":3,\"mac\":\"x\"}],\"approve\":true,\"dry_run\":true}"), "");
        CHECK_EQ_INT(fixture_count("problems"), 1);
        CHECK_STR(call("ApprovePhones", "{\"macs\":[\"000413000002\"]}"), "");
        CHECK_EQ_INT(fixture_count("problems"), 1);
        CHECK_STR(call("RevokePhone", MAC(MAC_A)), "");
        CHECK_STR(call("GetPhone", MAC(MAC_B)), "io.provost.Store.NoSuchPhone");
        CHECK_STR(call("SetSite", "{\"values\":[{\"name\":\"lease_s\",\"value\":\"x\"}]}"), "io.provost.Store.InvalidValue");
        CHECK_STR(fixture_get("name"), "lease_s");
        CHECK(strlen(fixture_get("reason")) > 10);
        end();
}

#define CROWD 600

/* {"phones":[...],"approve":true,"dry_run":false} with CROWD of them. */
static const char *crowd(void)
{
        static char json[CROWD * 40 + 100];
        size_t at = (size_t)snprintf(json, sizeof json, "{\"phones\":[");

        for (unsigned i = 0; i < CROWD; i++)
                at += (size_t)snprintf(json + at, sizeof json - at, "%s{\"line\":%u,\"mac\":\"000413%06x\"}", i ? "," : "", i + 1, i);
        snprintf(json + at, sizeof json - at, "],\"approve\":true,\"dry_run\":false}");
        return json;
}

static unsigned n_with_all_secrets(void)
{
        unsigned n = 0;

        for (unsigned i = 0; i < CROWD; i++) {
                char json[60];

                snprintf(json, sizeof json, "{\"mac\":\"000413%06x\"}", i);
                n += !*call("ListSecrets", json) && fixture_count("secrets") == 7;
        }
        return n;
}

TEST(a_long_call_is_answered_when_the_whole_of_it_is_done)
{
        start(false);
        CHECK_STR(call("ImportPhones", crowd()), "");
        CHECK_STR(fixture_get("approved"), "600");
        CHECK_EQ_INT(n_with_all_secrets(), CROWD);
        CHECK_STR(call("RotateSecrets", "{}"), "");
        CHECK_STR(fixture_get("phones"), "600");
        end();
}

/* The last of a call's parts run although nobody waits for them, at the end of the station too. */
TEST(a_long_call_whose_caller_left_is_finished)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char head[] = "{\"method\":\"io.provost.Store.ImportPhones\",\"parameters\":";
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const char *json = crowd();

        start(false);
        snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
        CHECK(write(fd, head, strlen(head)) == (ssize_t)strlen(head) && write(fd, json, strlen(json)) == (ssize_t)strlen(json));
        CHECK(write(fd, "}", 2) == 2);
        for (int i = 0; (call("ListPhones", "{}"), fixture_count("phones") == 0); i++) {
                CHECK(i < 10000);
                usleep(1000);
        }
        close(fd);
        CHECK_EQ_INT(stop(SIGTERM), 0);
        start(false);
        CHECK_EQ_INT(n_with_all_secrets(), CROWD);
        end();
}

/* --- a client with a loop ------------------------------------------------ */

struct seen {
        int n_replies, n_errors, n_messages, n_resets;
        char keys[1024];
};

static void on_reply(sd_json_variant *reply, const char *error, void *userdata)
{
        struct seen *seen = userdata;

        (void)reply;
        seen->n_replies++;
        seen->n_errors += error != NULL;
}

static void on_message(sd_json_variant *message, void *userdata)
{
        struct seen *seen = userdata;

        if (!message) {
                seen->n_resets++;
                return;
        }
        seen->n_messages++;
        snprintf(seen->keys + strlen(seen->keys), sizeof seen->keys - strlen(seen->keys), "%s:%s ",
                 sd_json_variant_string(sd_json_variant_by_key(message, "kind")),
                 sd_json_variant_string(sd_json_variant_by_key(message, "key")));
}

static void run_until(struct service *service, const int *value, int wanted)
{
        for (int i = 0; i < 500 && *value < wanted; i++)
                (void)sd_event_run(service_event(service), 20000);
}

/* --- rights ------------------------------------------------------------- */

TEST(what_belongs_to_a_station_is_denied_to_root)
{
        static const char *const methods[] = {"GetDocument", "MarkServed", "GetEnrolment", "SetEnrolment", "MarkEnrolled", "CommitLeases",
                                              "ReportTunnel", "ReportTunnels"};

        start(false);
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
                CHECK_STR(call(methods[i], "{}"), SD_VARLINK_ERROR_PERMISSION_DENIED);
        CHECK_STR(call("GetSite", "{}"), "");
        CHECK_STR(call("GetSite", "{\"surplus\":1}"), SD_VARLINK_ERROR_INVALID_PARAMETER);
        end();
}

TEST(what_people_sign_in_with_is_denied_to_root)
{
        static const char *const methods[] = {"GetUserSecrets", "SetUser", "UseUserCode", "AddToken", "FindToken"};

        start(false);
        for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
                CHECK_STR(call(methods[i], "{}"), SD_VARLINK_ERROR_PERMISSION_DENIED);
        CHECK_STR(call("ListUsers", "{}"), "");
        CHECK_STR(call("ListTokens", "{}"), "");
        end();
}

TEST(people_tokens_audit_and_search_fit_the_interface)
{
        start(true);
        CHECK_STR(call("SetUser", "{\"name\":\"anna\",\"create\":true,\"role\":\"owner\",\"disabled\":false,\"password\":\"x\",\"totp_secret\":\"y\","
                                  "\"recovery\":[\"" DIGEST "\"],\"invitation\":null,\"invited_until\":null,\"if_version\":null,\"actor\":\"setup\"}"), "");
        CHECK_STR(call("ListUsers", "{}"), "");
        CHECK_STR(call("GetUserSecrets", "{\"name\":\"anna\"}"), "");
        CHECK_STR(call("UseUserCode", "{\"name\":\"anna\",\"totp_step\":5,\"recovery\":null,\"from\":\"x\",\"action\":null}"), "");
        CHECK_STR(call("AddToken", "{\"name\":\"t\",\"role\":\"reader\",\"sha256\":\"" DIGEST "\",\"ends_at\":1,\"actor\":\"anna\"}"),
                  "io.provost.Store.InvalidValue");
        CHECK_STR(call("ListTokens", "{}"), "");
        CHECK_STR(call("FindToken", "{\"sha256\":\"" DIGEST "\"}"), "io.provost.Store.NoSuchName");
        CHECK_STR(call("RemoveToken", "{\"id\":1,\"actor\":null}"), "io.provost.Store.NoSuchName");
        CHECK_STR(call("NoteAudit", "{\"action\":\"x\",\"subject\":\"y\",\"detail\":\"z\",\"actor\":\"token:t\"}"), "");
        CHECK_STR(call("SearchAudit", "{\"text\":null,\"actor\":\"token:t\",\"before\":null,\"limit\":5}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 1);
        CHECK_STR(call("CheckAudit", "{}"), "");
        CHECK_STR(call("AddPhone", ADD_APPROVED(MAC_A)), "");
        CHECK_STR(call("SearchPhones", "{\"text\":\"0004\",\"states\":[\"approved\"],\"sort\":\"-seen\",\"limit\":5}"), "");
        CHECK_EQ_INT(fixture_count("phones"), 1);
        CHECK_STR(call("CountPhones", "{}"), "");
        CHECK_STR(call("RemoveUser", "{\"name\":\"anna\",\"if_version\":1,\"actor\":null}"), "io.provost.Store.Conflict");
        CHECK(atoi(fixture_get("version")) > 1);
        end();
}

TEST(root_may_speak_for_a_person_and_that_is_who_did_it)
{
        start(false);
        CHECK_STR(call("AddPhone", "{\"mac\":\"" MAC_A "\",\"approve\":false,\"actor\":\"anna\"}"), "");
        CHECK_STR(call("AddPhone", "{\"mac\":\"" MAC_B "\",\"approve\":false}"), "");
        CHECK_STR(call("SetSource", "{\"name\":\"x\",\"url\":\"https://x/\",\"actor\":\"not a name\"}"), "io.provost.Store.InvalidValue");
        CHECK_STR(fixture_get("name"), "actor");
        CHECK_STR(call("ListAudit", "{\"limit\":5}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 2);
        CHECK_STR(fixture_get("entries.0.actor"), "anna");
        CHECK_STR(fixture_get("entries.1.actor"), "root");
        CHECK_STR(call("Timeline", "{\"mac\":\"" MAC_A "\",\"limit\":5}"), "");
        CHECK_STR(fixture_get("events.0.detail"), "by anna");
        end();
}

static bool begins(const char *name, const char *verb)
{
        return strncmp(name, verb, strlen(verb)) == 0;
}

/* What changes nothing, and what a person does not do. */
static bool needs_actor(const char *name)
{
        static const char *const verbs[] = {"Get", "List", "Search", "Count", "Check", "Preview", "Diff", "Score", "Find", "Timeline", "Subscribe",
                                            "AddEvents", "UseUserCode", "RaiseAlarm", "ClearAlarm"};

        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
                if (begins(name, verbs[i]))
                        return false;
        return true;
}

static bool has_actor(const char *method)
{
        const sd_varlink_interface *interface = &vl_interface_io_provost_Store;

        for (size_t i = 0; interface->symbols[i]; i++)
                if (strcmp(interface->symbols[i]->name ? interface->symbols[i]->name : "", method) == 0)
                        for (const sd_varlink_field *f = interface->symbols[i]->fields; f->field_type != _SD_VARLINK_FIELD_TYPE_END_MARKER; f++)
                                if (f->name && strcmp(f->name, "actor") == 0 && f->field_direction == SD_VARLINK_INPUT)
                                        return true;
        return false;
}

TEST(every_change_that_admin_may_make_says_for_whom)
{
        for (size_t i = 0; store_methods[i].name; i++) {
                const char *name = store_methods[i].name + strlen("io.provost.Store.");

                if (store_methods[i].callers & SERVICE_CALLER_ADMIN && needs_actor(name) && !has_actor(name)) {
                        printf("   %s has no actor\n", name);
                        CHECK(has_actor(name));
                }
        }
}

TEST(a_long_question_is_answered_and_others_in_between)
{
        enum { N = 30 };
        const struct service_spec spec = {.station = "client"};
        struct service *service = NULL;
        struct service_peer *peer = NULL;
        struct seen seen = {0};

        start(false);
        CHECK_STR(call("ImportPhones", crowd()), "");
        CHECK_EQ_INT(service_new(&spec, &service), 0);
        CHECK_EQ_INT(service_peer_new(service, path, &peer), 0);
        for (int i = 0; i < N; i++)
                service_peer_call(peer, i % 3 == 0 ? "io.provost.Store.CheckAudit" : i % 3 == 1 ? "io.provost.Store.CountPhones" : "io.provost.Store.ListUsers",
                                  NULL, 5000, on_reply, &seen);
        run_until(service, &seen.n_replies, N);
        CHECK_EQ_INT(seen.n_replies, N);
        CHECK_EQ_INT(seen.n_errors, 0);
        service_peer_free(peer);
        service_free(service);
        end();
}

TEST(a_stranger_is_denied_everything)
{
        int status = -1;

        start(false);
        CHECK(chmod(fixture_dir, 0755) == 0 && chmod(path, 0666) == 0);
        pid_t stranger = fork();
        if (!stranger) {
                if (setgid(65534) < 0 || setuid(65534) < 0)
                        _exit(1);
                for (size_t i = 0; store_methods[i].name; i++)
                        if (strcmp(call(store_methods[i].name + strlen("io.provost.Store."), "{}"), SD_VARLINK_ERROR_PERMISSION_DENIED) != 0)
                                _exit(2);
                _exit(0);
        }
        waitpid(stranger, &status, 0);
        CHECK_EQ_INT(status, 0);
        end();
}

TEST(subscribers_learn_of_changes_and_of_a_restart)
{
        const struct service_spec spec = {.station = "client"};
        struct service *service = NULL;
        struct service_peer *peer = NULL;
        struct seen seen = {0};

        start(true);
        CHECK_EQ_INT(service_new(&spec, &service), 0);
        CHECK_EQ_INT(service_peer_new(service, path, &peer), 0);
        CHECK_EQ_INT(service_peer_subscribe(peer, "io.provost.Store.Subscribe", NULL, on_message, &seen), 0);
        run_until(service, &seen.n_messages, 1);
        CHECK_STR(seen.keys, "ready: ");
        CHECK_STR(call("AddPhone", ADD(MAC_A)), "");
        run_until(service, &seen.n_messages, 2);
        CHECK_STR(seen.keys, "ready: phone:" MAC_A " ");
        CHECK_EQ_INT(stop(SIGKILL), SIGKILL);
        start(true);
        run_until(service, &seen.n_messages, 3);
        CHECK_EQ_INT(seen.n_resets, 2);
        CHECK_STR(call("GetPhone", MAC(MAC_A)), "");
        service_peer_free(peer);
        service_free(service);
        end();
}

TEST(writes_of_many_callers_are_all_there_after_a_kill)
{
        enum { CALLERS = 40 };
        const struct service_spec spec = {.station = "client"};
        struct service *service = NULL;
        struct service_peer *peers[CALLERS] = {0};
        struct seen seen = {0};

        start(true);
        CHECK_EQ_INT(service_new(&spec, &service), 0);
        for (int i = 0; i < CALLERS; i++) {
                sd_json_variant *parameters = NULL;
                char mac[20];

                snprintf(mac, sizeof mac, "0004130000%02x", i);
                CHECK_EQ_INT(service_peer_new(service, path, &peers[i]), 0);
                CHECK(sd_json_buildo(&parameters, SD_JSON_BUILD_PAIR_STRING("mac", mac), SD_JSON_BUILD_PAIR_BOOLEAN("approve", true)) >= 0);
                service_peer_call(peers[i], "io.provost.Store.AddPhone", parameters, 10000, on_reply, &seen);
                sd_json_variant_unref(parameters);
        }
        run_until(service, &seen.n_replies, CALLERS);
        CHECK_EQ_INT(seen.n_replies, CALLERS);
        CHECK_EQ_INT(seen.n_errors, 0);
        CHECK_EQ_INT(stop(SIGKILL), SIGKILL);
        start(true);
        CHECK_STR(call("ListPhones", "{}"), "");
        CHECK_EQ_INT(fixture_count("phones"), CALLERS);
        for (int i = 0; i < CALLERS; i++)
                service_peer_free(peers[i]);
        service_free(service);
        end();
}

TEST(events_are_written_a_moment_later_by_themselves)
{
        start(true);
        CHECK_STR(call("AddEvents", "{\"events\":[{\"at_ms\":5,\"mac\":\"" MAC_A "\",\"station\":\"box\",\"word\":\"w\",\"detail\":\"d\"}]}"), "");
        for (int i = 0; i < 50; i++) {
                CHECK_STR(call("Timeline", "{\"mac\":\"" MAC_A "\",\"limit\":5}"), "");
                if (fixture_count("events"))
                        break;
                usleep(20000);
        }
        CHECK_EQ_INT(fixture_count("events"), 1);
        CHECK_STR(fixture_get("events.0.station"), "box");
        end();
}

/* --- who may call what --------------------------------------------------- */

TEST(nobody_but_an_admin_decides_who_may_in)
{
        static const char *const names[] = {"AddPhone", "ApprovePhone", "ApprovePhones", "ImportPhones", "OpenWindow", "OpenEnrolment", "ReplacePhone",
                                            "UndoReplace", "RevokePhone", "DeletePhone", "ChangePhone", "CloseAlarm", "KeepReceipt", "GetEvidence",
                                            "ListReceipts", "AddReach", "RemoveReach"};
        size_t n = 0;

        for (size_t i = 0; store_methods[i].name; i++)
                for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
                        if (!strcmp(strrchr(store_methods[i].name, '.') + 1, names[k])) {
                                n++;
                                CHECK_EQ_INT(store_methods[i].callers, SERVICE_CALLER_ROOT | SERVICE_CALLER_ADMIN);
                        }
        CHECK_EQ_INT(n, sizeof names / sizeof names[0]);
}
