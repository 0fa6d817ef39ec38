/*
 * test_user: people and programs that manage the appliance.
 */
#include "store_fixture.h"

#include "provisioning/store/store_actor.h"
#include "provisioning/store/store_db.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define PASSWORD "$argon2id$v=19$m=19456,t=2,p=1$canarysalt$canaryhash"
#define OWNER(name) "{\"name\":\"" name "\",\"create\":true,\"role\":\"owner\",\"password\":\"" PASSWORD "\",\"totp_secret\":\"JBSWCANARYPXP\"}"
#define NAME(name) "{\"name\":\"" name "\"}"

TEST(a_user_is_kept_and_its_secrets_are_read_back)
{
        fixture_begin();
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"owner\",\"invitation\":\"" HASH_A "\",\"invited_until\":1800000600}"), "");
        CHECK_STR(fixture_get("user.has_password"), "false");
        CHECK_STR(fixture_get("user.invited_until"), "1800000600");
        CHECK_STR(ASK(get_user_secrets, NAME("anna")), "");
        CHECK_STR(fixture_get("invitation"), HASH_A);
        CHECK_STR(fixture_get("password"), "");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"password\":\"" PASSWORD "\",\"totp_secret\":\"JBSWY3DPEHPK3PXP\","
                               "\"recovery\":[\"" HASH_A "\",\"" HASH_B "\"]}"), "");
        CHECK_STR(fixture_get("user.has_password"), "true");
        CHECK(fixture_get("user.invited_until") == NULL);
        CHECK_STR(fixture_get("user.recovery_left"), "2");
        fixture_reopen();
        CHECK_STR(ASK(get_user_secrets, NAME("anna")), "");
        CHECK_STR(fixture_get("password"), PASSWORD);
        CHECK_STR(fixture_get("totp_secret"), "JBSWY3DPEHPK3PXP");
        CHECK_STR(fixture_get("invitation"), "");
        CHECK_EQ_INT(fixture_count("recovery"), 2);
        CHECK_STR(ASK(list_users, "{}"), "");
        CHECK_EQ_INT(fixture_count("users"), 1);
        CHECK(fixture_get("users.0.password") == NULL);
        fixture_end();
}

static bool file_holds(const char *path, const char *needle)
{
        static char bytes[1 << 20];
        FILE *file = fopen(path, "r");
        size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;

        if (file)
                fclose(file);
        return n && memmem(bytes, n, needle, strlen(needle)) != NULL;
}

static bool disk_holds(const char *needle)
{
        char wal[sizeof fixture_db + 4];

        snprintf(wal, sizeof wal, "%s-wal", fixture_db);
        return file_holds(fixture_db, needle) || file_holds(wal, needle);
}

TEST(what_a_person_signs_in_with_is_sealed_on_the_disk)
{
        fixture_begin();
        CHECK_STR(DO(set_user, OWNER("anna")), "");
        CHECK(disk_holds("anna"));
        CHECK(!disk_holds("canaryhash"));
        CHECK(!disk_holds("JBSWCANARYPXP"));
        CHECK_EQ_INT(store_db_run(store_db(fixture), "INSERT INTO user SELECT 'eve', role, disabled, password, totp_secret, totp_step, invitation, "
                                  "invited_until, created_at, signed_in_at, version FROM user", ""), 0);
        CHECK_STR(ASK(get_user_secrets, NAME("eve")), "StorageTrouble");
        fixture_end();
}

TEST(a_code_is_used_once)
{
        fixture_begin();
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"owner\",\"password\":\"x\",\"totp_secret\":\"y\",\"recovery\":[\"" HASH_A "\"]}"), "");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":100,\"from\":\"10.0.0.1\"}"), "");
        CHECK_STR(fixture_get("user.signed_in_at"), "1800000000");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":100,\"from\":\"10.0.0.1\"}"), "NotAllowed");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":99,\"from\":\"10.0.0.1\"}"), "NotAllowed");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":101,\"from\":\"10.0.0.1\",\"action\":\"confirm\"}"), "");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"recovery\":\"" HASH_B "\",\"from\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"recovery\":\"" HASH_A "\",\"from\":\"\"}"), "");
        CHECK_STR(fixture_get("user.recovery_left"), "0");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"recovery\":\"" HASH_A "\",\"from\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"from\":\"\"}"), "InvalidValue totp_step");
        CHECK_STR(DO(use_user_code, "{\"name\":\"eve\",\"totp_step\":1,\"from\":\"\"}"), "NoSuchName");
        CHECK_STR(ASK(search_audit, "{\"actor\":\"anna\",\"limit\":10}"), "");
        CHECK_EQ_INT(fixture_count("entries"), 3);
        CHECK_STR(fixture_get("entries.1.action"), "confirm");
        CHECK_STR(fixture_get("entries.2.detail"), "from 10.0.0.1");
        fixture_end();
}

TEST(steps_of_a_new_authenticator_are_counted_anew)
{
        fixture_begin();
        CHECK_STR(DO(set_user, OWNER("anna")), "");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":9000000000,\"from\":\"\"}"), "");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"totp_secret\":\"ZZZZ\"}"), "");
        CHECK_STR(DO(use_user_code, "{\"name\":\"anna\",\"totp_step\":60000000,\"from\":\"\"}"), "");
        fixture_end();
}

TEST(a_disabled_person_uses_no_code)
{
        fixture_begin();
        CHECK_STR(DO(set_user, OWNER("anna")), "");
        CHECK_STR(DO(set_user, OWNER("bert")), "");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"disabled\":true}"), "");
        CHECK_STR(fixture_get("user.disabled"), "true");
        CHECK_STR(DO(use_user_code, "{\"name\":\"bert\",\"totp_step\":1,\"from\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"disabled\":false}"), "");
        CHECK_STR(DO(use_user_code, "{\"name\":\"bert\",\"totp_step\":1,\"from\":\"\"}"), "");
        fixture_end();
}

TEST(the_last_owner_stays)
{
        fixture_begin();
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"owner\"}"), "");
        CHECK_STR(DO(set_user, OWNER("bert")), "");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"role\":\"admin\"}"), "NotAllowed");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"disabled\":true}"), "NotAllowed");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"password\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(set_user, "{\"name\":\"bert\",\"totp_secret\":\"\"}"), "NotAllowed");
        CHECK_STR(DO(remove_user, NAME("bert")), "NotAllowed");
        CHECK_STR(ASK(list_users, "{}"), "");
        CHECK_STR(fixture_get("users.1.role"), "owner");
        CHECK_STR(fixture_get("users.1.disabled"), "false");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"password\":\"" PASSWORD "\",\"totp_secret\":\"ABCD\"}"), "");
        CHECK_STR(DO(remove_user, NAME("bert")), "");
        CHECK_STR(ASK(list_users, "{}"), "");
        CHECK_EQ_INT(fixture_count("users"), 1);
        fixture_end();
}

TEST(values_of_a_user_are_checked)
{
        fixture_begin();
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true}"), "InvalidValue role");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"king\"}"), "InvalidValue role");
        CHECK_STR(DO(set_user, "{\"name\":\"Anna\",\"create\":true,\"role\":\"admin\"}"), "InvalidValue name");
        CHECK_STR(DO(set_user, "{\"name\":\"root\",\"create\":true,\"role\":\"admin\"}"), "InvalidValue name");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"admin\",\"invitation\":\"" HASH_A "\"}"), "InvalidValue invited_until");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"admin\",\"recovery\":[\"x\"]}"), "InvalidValue recovery");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"create\":true,\"role\":\"admin\",\"password\":\"a b\"}"), "InvalidValue password");
        CHECK_STR(DO(set_user, "{\"name\":\"anna\",\"role\":\"admin\"}"), "NoSuchName");
        CHECK_STR(ASK(list_users, "{}"), "");
        CHECK_EQ_INT(fixture_count("users"), 0);
        CHECK_STR(DO(set_user, OWNER("anna")), "");
        CHECK_STR(DO(set_user, OWNER("anna")), "AlreadyThere");
        fixture_end();
}

TEST(of_two_who_change_one_user_one_is_told)
{
        char json[160];

        fixture_begin();
        CHECK_STR(DO(set_user, OWNER("anna")), "");
        CHECK_STR(DO(set_user, "{\"name\":\"carl\",\"create\":true,\"role\":\"reader\"}"), "");
        snprintf(json, sizeof json, "{\"name\":\"carl\",\"role\":\"helpdesk\",\"if_version\":%s}", fixture_get("user.version"));
        CHECK_STR(DO(set_user, json), "");
        CHECK_STR(DO(set_user, json), "Conflict");
        CHECK_STR(DO(remove_user, "{\"name\":\"carl\",\"if_version\":1}"), "Conflict");
        fixture_end();
}

TEST(a_token_is_found_until_it_ends)
{
        fixture_begin();
        CHECK_STR(DO(add_token, "{\"name\":\"backup\",\"role\":\"reader\",\"sha256\":\"" HASH_A "\",\"ends_at\":1800003600,\"actor\":\"anna\"}"), "");
        CHECK_STR(fixture_get("token.id"), "1");
        CHECK_STR(DO(add_token, "{\"name\":\"backup\",\"role\":\"reader\",\"sha256\":\"" HASH_B "\",\"ends_at\":1800003600}"), "AlreadyThere");
        CHECK_STR(DO(add_token, "{\"name\":\"other\",\"role\":\"reader\",\"sha256\":\"" HASH_B "\",\"ends_at\":1800000000}"), "InvalidValue ends_at");
        CHECK_STR(DO(find_token, "{\"sha256\":\"" HASH_B "\"}"), "NoSuchName");
        CHECK_STR(DO(find_token, "{\"sha256\":\"" HASH_A "\"}"), "");
        CHECK_STR(fixture_get("token.role"), "reader");
        CHECK_STR(fixture_get("token.used_at"), "1800000000");
        fixture_now_ms += 1000000;
        CHECK_STR(DO(find_token, "{\"sha256\":\"" HASH_A "\"}"), "");
        CHECK_STR(fixture_get("token.used_at"), "1800000000");
        fixture_now_ms += 2600000;
        CHECK_STR(DO(find_token, "{\"sha256\":\"" HASH_A "\"}"), "NoSuchName");
        CHECK_STR(DO(remove_token, "{\"id\":1}"), "");
        CHECK_STR(DO(remove_token, "{\"id\":1}"), "NoSuchName");
        CHECK_STR(ASK(list_tokens, "{}"), "");
        CHECK_EQ_INT(fixture_count("tokens"), 0);
        fixture_end();
}

static const char *speak(const char *json, const char *actor, bool may_speak)
{
        struct store_request request = {.actor = actor};
        int r;

        CHECK(sd_json_parse(json, 0, &request.in, NULL, NULL) >= 0);
        r = store_actor_take(&request, may_speak);
        snprintf(fixture_error, sizeof fixture_error, "%s", r < 0 ? request.error : request.actor);
        sd_json_variant_unref(request.in);
        return fixture_error;
}

TEST(only_who_may_speaks_for_a_person)
{
        CHECK_STR(speak("{\"actor\":\"anna\"}", "admin", true), "anna");
        CHECK_STR(speak("{\"actor\":\"token:backup\"}", "admin", true), "token:backup");
        CHECK_STR(speak("{}", "admin", true), "admin");
        CHECK_STR(speak("{\"actor\":null}", "root", true), "root");
        CHECK_STR(speak("{\"actor\":\"anna\"}", "responder", false), "NotAllowed");
        CHECK_STR(speak("{\"actor\":\"root\"}", "admin", true), "InvalidValue");
        CHECK_STR(speak("{\"actor\":\"store\"}", "admin", true), "InvalidValue");
        CHECK_STR(speak("{\"actor\":\"anna smith\"}", "admin", true), "InvalidValue");
        CHECK_STR(speak("{\"actor\":\"token:\"}", "admin", true), "InvalidValue");
        CHECK_STR(speak("{\"actor\":\"\"}", "admin", true), "InvalidValue");
}
