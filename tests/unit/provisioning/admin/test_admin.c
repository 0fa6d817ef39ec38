/*
 * test_admin: the page's station as the edge sees it, with a store of this test.
 *
 * In:   requests with the edge's headers.
 * Out:  answers, and what the store was asked.
 * Not:  nginx, the real store (tests/site has them).
 */
#include "provisioning/admin/admin.h"

#include "appliance/service/service_field.h"
#include "gen/io.provost.Store.h"
#include "provisioning/admin/admin_setup.h"
#include "provisioning/admin/ops_frame.h"
#include "provisioning/admin/secret.h"
#include "provisioning/admin/totp.h"
#include "tests/support/web_scene.h"

#define PASSWORD "lantern gravel otter"
#define EDGE "X-Provost-Address: 192.0.2.7\r\nX-Provost-Host: box:9443\r\n"
#define OWN EDGE "Origin: https://box:9443\r\nX-Provost-Request: 1\r\nSec-Fetch-Site: same-origin\r\n"

/* --- the store: one person, one token ---------------------------------------- */

static char user_name_kept[64], password[160], totp[64];
static int64_t last_step;

static int answer_user(sd_varlink *link, bool secrets)
{
        sd_json_variant *user = NULL;
        int r;

        if (sd_json_buildo(&user, SD_JSON_BUILD_PAIR_STRING("name", user_name_kept), SD_JSON_BUILD_PAIR_STRING("role", "owner"),
                           SD_JSON_BUILD_PAIR_BOOLEAN("disabled", false), SD_JSON_BUILD_PAIR_BOOLEAN("has_password", *password != 0),
                           SD_JSON_BUILD_PAIR_INTEGER("recovery_left", 0), SD_JSON_BUILD_PAIR_INTEGER("created_at", 1),
                           SD_JSON_BUILD_PAIR_INTEGER("version", 1)) < 0)
                abort();
        if (secrets)
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("user", user), SD_JSON_BUILD_PAIR_STRING("password", password),
                                       SD_JSON_BUILD_PAIR_STRING("totp_secret", totp), SD_JSON_BUILD_PAIR_INTEGER("totp_step", last_step),
                                       SD_JSON_BUILD_PAIR_EMPTY_ARRAY("recovery"), SD_JSON_BUILD_PAIR_STRING("invitation", ""));
        else
                r = sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_VARIANT("user", user));
        sd_json_variant_unref(user);
        return r;
}

static int get_secrets(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        const char *name = service_field_text(parameters, "name");

        (void)flags, (void)userdata;
        scene_note("GetUserSecrets", parameters);
        if (!*user_name_kept || strcmp(name, user_name_kept))
                return service_refuse(link, "io.provost.Store.NoSuchName", "nobody");
        return answer_user(link, true);
}

static int set_user(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("SetUser", parameters);
        snprintf(user_name_kept, sizeof user_name_kept, "%s", service_field_text(parameters, "name"));
        snprintf(password, sizeof password, "%s", service_field_text(parameters, "password"));
        snprintf(totp, sizeof totp, "%s", service_field_text(parameters, "totp_secret"));
        last_step = 0;
        return answer_user(link, false);
}

static int use_code(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        int64_t step = service_field_integer(parameters, "totp_step", -1);

        (void)flags, (void)userdata;
        scene_note("UseUserCode", parameters);
        if (step <= last_step)
                return service_refuse(link, "io.provost.Store.NotAllowed", "used");
        last_step = step;
        return answer_user(link, false);
}

static int list_users(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("ListUsers", parameters);
        if (!*user_name_kept)
                return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_EMPTY_ARRAY("users"));
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("users", SD_JSON_BUILD_ARRAY(SD_JSON_BUILD_OBJECT(
                SD_JSON_BUILD_PAIR_STRING("name", user_name_kept), SD_JSON_BUILD_PAIR_STRING("role", "owner"), SD_JSON_BUILD_PAIR_BOOLEAN("disabled", false),
                SD_JSON_BUILD_PAIR_BOOLEAN("has_password", true), SD_JSON_BUILD_PAIR_INTEGER("recovery_left", 10),
                SD_JSON_BUILD_PAIR_INTEGER("created_at", 1), SD_JSON_BUILD_PAIR_INTEGER("version", 1)))));
}

static int find_token(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        char hash[SECRET_HASH_TEXT_SIZE];

        (void)flags, (void)userdata;
        secret_hash_text("the-token", hash);
        if (strcmp(service_field_text(parameters, "sha256"), hash))
                return service_refuse(link, "io.provost.Store.NoSuchName", "none");
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR("token", SD_JSON_BUILD_OBJECT(
                SD_JSON_BUILD_PAIR_INTEGER("id", 1), SD_JSON_BUILD_PAIR_STRING("name", "backup"), SD_JSON_BUILD_PAIR_STRING("role", "reader"),
                SD_JSON_BUILD_PAIR_STRING("created_by", "anna"), SD_JSON_BUILD_PAIR_INTEGER("created_at", 1), SD_JSON_BUILD_PAIR_INTEGER("ends_at", 2))));
}

static int note_audit(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)flags, (void)userdata;
        scene_note("NoteAudit", parameters);
        return sd_varlink_reply(link, NULL);
}

/* Nothing changes in it but by what is asked. */
static int subscribe(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        (void)parameters, (void)flags, (void)userdata;
        return sd_varlink_notifybo(link, SD_JSON_BUILD_PAIR_STRING("kind", "ready"), SD_JSON_BUILD_PAIR_STRING("key", ""));
}

static const struct service_method store_methods[] = {
        {"io.provost.Store.GetSite", SERVICE_CALLER_ROOT, scene_get_site},
        {"io.provost.Store.GetUserSecrets", SERVICE_CALLER_ROOT, get_secrets},
        {"io.provost.Store.SetUser", SERVICE_CALLER_ROOT, set_user},
        {"io.provost.Store.UseUserCode", SERVICE_CALLER_ROOT, use_code},
        {"io.provost.Store.ListUsers", SERVICE_CALLER_ROOT, list_users},
        {"io.provost.Store.FindToken", SERVICE_CALLER_ROOT, find_token},
        {"io.provost.Store.NoteAudit", SERVICE_CALLER_ROOT, note_audit},
        {"io.provost.Store.Subscribe", SERVICE_CALLER_ROOT, subscribe},
        {0},
};

/* --- the station ----------------------------------------------------------------- */

static struct admin *admin;
static pid_t store;
static char cookie[128], secret[64];

static void start(void)
{
        static const struct service_spec spec = {.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods};
        static const struct operation *const tables[] = {ops_service_operations, ops_door_operations, ops_invitation_operations, ops_users_operations, NULL};
        sd_json_variant *answer = NULL;

        scene_open();
        store = scene_station(&spec, "store");
        CHECK_EQ_INT(admin_new(scene_service, &(struct admin_options){.listen_fd = scene_listen(), .run_dir = scene_folder, .tables = tables}, &admin), 0);
        for (int i = 0; i < 400 && admin_setup_answer(admin_setup_of(admin), &answer); i++)
                scene_turn(5);
        CHECK(answer != NULL);
        sd_json_variant_unref(answer);
}

static void stop(void)
{
        admin_free(admin);
        scene_end(store);
        scene_close();
}

static unsigned post(const char *path, const char *headers, const char *body)
{
        char all[2048];

        snprintf(all, sizeof all, "%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", headers, strlen(body), body);
        return scene_hear(scene_send("POST", path, all), true, &scene_body, &scene_size, 5000);
}

/* A text of the last answer's JSON. */
static void take(const char *name, char *ret, size_t size)
{
        sd_json_variant *object = NULL;

        scene_body[scene_size] = 0;
        CHECK(sd_json_parse(scene_body, 0, &object, NULL, NULL) >= 0);
        snprintf(ret, size, "%s", service_field_text(object, name) ? service_field_text(object, name) : "");
        sd_json_variant_unref(object);
}

static void code_now(int64_t ahead, char ret[static TOTP_CODE_SIZE])
{
        uint8_t bytes[32];
        int n = secret_base32_read(secret, bytes, sizeof bytes);

        CHECK(n > 0);
        totp_code(bytes, (size_t)n, totp_step((int64_t)time(NULL)) + ahead, ret);
}

static void keep_cookie(void)
{
        const char *at = strstr(scene_answer, "Set-Cookie: ");

        CHECK(at != NULL);
        snprintf(cookie, sizeof cookie, "Cookie: %.*s\r\n", (int)strcspn(at + 12, ";"), at + 12);
}

static void make_owner(void)
{
        char code[32], pending[64], body[256], digits[TOTP_CODE_SIZE];
        sd_json_variant *answer = NULL;

        CHECK_EQ_INT(admin_setup_answer(admin_setup_of(admin), &answer), 0);
        snprintf(code, sizeof code, "%s", service_field_text(answer, "code"));
        sd_json_variant_unref(answer);
        snprintf(body, sizeof body, "{\"name\":\"Anna\",\"code\":\"%s\"}", code);
        CHECK_EQ_INT(post("/api/v1/invitation/begin", OWN, body), 200);
        take("pending", pending, sizeof pending);
        take("totp_secret", secret, sizeof secret);
        code_now(-1, digits);
        snprintf(body, sizeof body, "{\"pending\":\"%s\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", pending, digits);
        CHECK_EQ_INT(post("/api/v1/invitation/finish", OWN, body), 201);
        keep_cookie();
}

static unsigned get(const char *path, const char *more)
{
        char headers[512];

        snprintf(headers, sizeof headers, EDGE "%s", more);
        return scene_get(path, headers);
}

static unsigned post_in(const char *path, const char *body)
{
        char headers[512];

        snprintf(headers, sizeof headers, OWN "%s", cookie);
        return post(path, headers, body);
}

TEST(without_an_owner_the_console_s_code_makes_one_and_is_void_then)
{
        sd_json_variant *answer = NULL;

        start();
        CHECK_EQ_INT(get("/api/v1/setup", ""), 200);
        CHECK(strstr(scene_body, "\"needed\":true"));
        CHECK_EQ_INT(post("/api/v1/invitation/begin", OWN, "{\"name\":\"anna\",\"code\":\"22222-22222\"}"), 401);
        make_owner();
        CHECK(strstr(scene_body, "\"recovery_codes\":["));
        CHECK_EQ_INT(get("/api/v1/setup", ""), 200);
        CHECK(strstr(scene_body, "\"needed\":false"));
        CHECK_EQ_INT(admin_setup_answer(admin_setup_of(admin), &answer), 0);
        CHECK_STR(service_field_text(answer, "code"), "");
        sd_json_variant_unref(answer);
        CHECK(strstr(scene_calls(), "\"password\":\"$argon2id$"));
        CHECK(!strstr(scene_calls(), PASSWORD));
        stop();
}

TEST(wrong_name_password_and_code_are_answered_alike)
{
        char body[256], digits[TOTP_CODE_SIZE], first[512];

        start();
        make_owner();
        code_now(0, digits);
        CHECK_EQ_INT(post("/api/v1/sign-in", OWN, "{\"name\":\"anna\",\"password\":\"" PASSWORD "\",\"code\":\"000000\"}"), 401);
        snprintf(first, sizeof first, "%s", scene_body);
        snprintf(body, sizeof body, "{\"name\":\"nobody\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", digits);
        CHECK_EQ_INT(post("/api/v1/sign-in", OWN, body), 401);
        CHECK_STR(scene_body, first);
        snprintf(body, sizeof body, "{\"name\":\"anna\",\"password\":\"wrong\",\"code\":\"%s\"}", digits);
        CHECK_EQ_INT(post("/api/v1/sign-in", OWN, body), 401);
        CHECK_STR(scene_body, first);
        CHECK(!strstr(scene_calls(), "\"subject\":\"nobody\""));
        CHECK(strstr(scene_calls(), "sign-in-refused"));
        snprintf(body, sizeof body, "{\"name\":\"anna\",\"password\":\"" PASSWORD "\",\"code\":\"%s\"}", digits);
        CHECK_EQ_INT(post("/api/v1/sign-in", OWN, body), 201);
        CHECK_EQ_INT(post("/api/v1/sign-in", OWN, body), 401);         /* the step is used up */
        stop();
}

TEST(signing_out_ends_the_session_and_what_was_begun_in_it)
{
        char headers[1024];
        const char *body = "{\"password\":\"lantern gravel otters\"}";
        int fd;

        start();
        make_owner();
        CHECK_EQ_INT(get("/api/v1/session", cookie), 200);
        snprintf(headers, sizeof headers, OWN "%sContent-Type: application/json\r\nContent-Length: %zu\r\n", cookie, strlen(body));
        fd = scene_send("PUT", "/api/v1/session/password", headers);
        scene_turn(30);
        CHECK_EQ_INT(post_in("/api/v1/sign-out", ""), 204);
        CHECK_EQ_INT(get("/api/v1/session", cookie), 401);
        CHECK(send(fd, body, strlen(body), 0) == (ssize_t)strlen(body));
        CHECK_EQ_INT(scene_hear(fd, true, &scene_body, &scene_size, 3000), 401);
        CHECK_EQ_INT(scene_count("SetUser"), 1);
        stop();
}

TEST(nothing_is_done_for_another_page)
{
        char headers[1024];

        start();
        make_owner();
        snprintf(headers, sizeof headers, EDGE "Origin: https://evil.example\r\nX-Provost-Request: 1\r\n%s", cookie);
        CHECK_EQ_INT(post("/api/v1/session/recovery-codes", headers, ""), 403);
        snprintf(headers, sizeof headers, EDGE "Origin: https://box:9443\r\n%s", cookie);
        CHECK_EQ_INT(post("/api/v1/session/recovery-codes", headers, ""), 403);
        CHECK_EQ_INT(scene_count("SetUser"), 1);
        CHECK_EQ_INT(post_in("/api/v1/session/recovery-codes", ""), 201);
        CHECK_EQ_INT(scene_count("SetUser"), 2);
        stop();
}

TEST(a_token_has_its_role_and_no_session)
{
        start();
        CHECK_EQ_INT(get("/api/v1/session", "Authorization: Bearer the-token\r\n"), 200);
        CHECK(strstr(scene_body, "token:backup"));
        CHECK_EQ_INT(get("/api/v1/users", "Authorization: Bearer the-token\r\n"), 403);
        CHECK_EQ_INT(get("/api/v1/session/list", "Authorization: Bearer the-token\r\n"), 403);
        CHECK_EQ_INT(get("/api/v1/session", "Authorization: Bearer another\r\n"), 401);
        CHECK_EQ_INT(get("/api/v1/session", "Authorization: Basic the-token\r\n"), 401);
        stop();
}

TEST(a_listener_hears_until_its_session_ends)
{
        char headers[512];
        char got[4096] = "";
        size_t used = 0;
        int fd;

        start();
        make_owner();
        snprintf(headers, sizeof headers, EDGE "%s", cookie);
        fd = scene_send("GET", "/api/v1/events", headers);
        scene_turn(50);
        used += (size_t)recv(fd, got, sizeof got - 1, 0);
        CHECK(strstr(got, "text/event-stream"));
        /* Its connection lost, the store says nothing of what was missed: everything may have changed. */
        CHECK_EQ_INT(post_in("/api/v1/sign-out", ""), 204);
        scene_end(store);
        store = scene_station(&(struct service_spec){.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods}, "store");
        for (int i = 0; i < 800 && !strstr(got, "\r\n0\r\n"); i++) {
                ssize_t n;

                scene_turn(5);
                n = recv(fd, got + used, sizeof got - 1 - used, 0);
                used += n > 0 ? (size_t)n : 0;
        }
        CHECK(strstr(got, "\r\n0\r\n"));
        CHECK(!strstr(got, "data:"));
        close(fd);
        stop();
}

TEST(without_a_store_it_says_so_and_goes_on)
{
        start();
        scene_end(store);
        CHECK_EQ_INT(get("/api/v1/health", ""), 503);
        CHECK(strstr(scene_answer, "Retry-After: 2"));
        CHECK_EQ_INT(get("/api/v1/session", ""), 401);
        store = scene_station(&(struct service_spec){.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods}, "store");
        CHECK_EQ_INT(get("/api/v1/health", ""), 200);
        stop();
}
