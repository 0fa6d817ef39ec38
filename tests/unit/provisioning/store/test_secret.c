/*
 * test_secret: passwords and PINs of the phones: how they are made, shown, changed and forgotten.
 */
#include "store_fixture.h"

#include "provisioning/model/lint.h"
#include "provisioning/store/store_db.h"
#include "provisioning/store/store_generate.h"
#include "provisioning/store/store_preview.h"
#include "provisioning/store/store_scope.h"
#include "provisioning/store/store_seal.h"
#include "provisioning/store/store_secret.h"

#define N_PHONES 10000
#define N_MADE 7

static const char *const made[N_MADE] = {
        "http_pass", "admin_mode_password", "service_mode_pass", "keyboard_lock_pw", "uboot_lock", "webserver_user_password",
        "webserver_admin_password",
};

/* --- helpers ------------------------------------------------------------- */

/* The secret as it is revealed, "former" or "value"; static storage for two of them. */
static const char *reveal(const char *mac, const char *name, const char *which)
{
        static char texts[2][64], json[200];
        static unsigned turn;
        const char *text;

        snprintf(json, sizeof json, "{\"mac\":\"%s\",\"name\":\"%s\",\"reason\":\"the test looks\"}", mac, name);
        CHECK_STR(DO(reveal_secret, json), "");
        text = fixture_get(which);
        snprintf(texts[++turn % 2], sizeof texts[0], "%s", text ? text : "null");
        return texts[turn % 2];
}

static const char *value(const char *mac, const char *name)
{
        return reveal(mac, name, "value");
}

static const char *former(const char *mac, const char *name)
{
        return reveal(mac, name, "former");
}

static void serve(const char *mac)
{
        char json[100];

        snprintf(json, sizeof json, "{\"mac\":\"%s\"}", mac);
        CHECK_STR(ASK(get_phone, json), "");
        snprintf(json, sizeof json, "{\"mac\":\"%s\",\"revision\":%s}", mac, fixture_get("phone.revision"));
        CHECK_STR(DO(mark_served, json), "");
        fixture_now_ms += 120000;
}

static int64_t number(const char *sql)
{
        int64_t n = -1;

        CHECK_EQ_INT(store_db_number(store_db(fixture), sql, &n, ""), 0);
        return n;
}

static void approve_one(void)
{
        fixture_begin();
        CHECK_STR(DO(set_site, LAN_SITE), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"sip_user\":\"201\",\"sip_secret\":\"first-Secret-9\",\"approve\":true}"), "");
        fixture_connect(MAC_A);
}

/* --- generators ---------------------------------------------------------- */

TEST(passwords_hold_every_kind_of_character_that_phones_accept)
{
        char password[STORE_GENERATE_PASSWORD + 1];
        unsigned seen[256] = {0};

        for (int i = 0; i < 5000; i++) {
                CHECK_EQ_INT(store_generate_password(password), 0);
                CHECK_EQ_INT(strlen(password), 16);
                CHECK_EQ_INT(strspn(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.+@:,?!-_/();&$*#<>[]="), 16);
                CHECK(strpbrk(password, "&<>;$\"' ") == NULL);
                CHECK(strpbrk(password, "abcdefghijklmnopqrstuvwxyz") && strpbrk(password, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
                CHECK(strpbrk(password, "0123456789") && strpbrk(password, ".+-_:@,"));
                for (const char *p = password; *p; p++)
                        seen[(unsigned char)*p]++;
        }
        /* 80,000 characters of 64: each about 1250 times; symbols and digits somewhat more often, since there is one in each. */
        for (const char *p = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789.+-_:@,"; *p; p++)
                CHECK(seen[(unsigned char)*p] > 900 && seen[(unsigned char)*p] < 1800);
}

TEST(a_pin_that_people_try_first_is_weak)
{
        static const char *const weak[] = {
                "000000", "111111", "123456", "654321", "012345", "234509", "907654", "121212", "123123", "112233", "110011", "311299", "123199", "991231",
                "290200", "198405", "051984", "202612", "777123", "912888", "010180", "789012", "210987",
        };
        static const char *const good[] = {"739164", "604871", "982637", "317498", "440781"};

        for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
                if (!store_generate_is_weak(weak[i]))
                        TEST_FAIL("%s is taken", weak[i]);
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                if (store_generate_is_weak(good[i]))
                        TEST_FAIL("%s is refused", good[i]);
}

TEST(pins_are_drawn_evenly)
{
        unsigned at[6][10] = {0};
        char pin[STORE_GENERATE_PIN + 1];

        for (int i = 0; i < 20000; i++) {
                CHECK_EQ_INT(store_generate_pin(pin), 0);
                CHECK(strlen(pin) == 6 && strspn(pin, "0123456789") == 6 && !store_generate_is_weak(pin));
                for (int k = 0; k < 6; k++)
                        at[k][pin[k] - '0']++;
        }
        for (int k = 0; k < 6; k++)
                for (int d = 0; d < 10; d++)
                        CHECK(at[k][d] > 1000 && at[k][d] < 3300);
}

/* --- many phones --------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool lint_is_pleased(const char *mac, const char *name, const char *text)
{
        const struct lint_setting setting = {name, LINT_NO_INDEX, text, "R"};

        return lint_setting(&setting, &(struct lint_phone){mac, "snomD785", "201"}, NULL, NULL) == 0;
}

TEST(ten_thousand_phones_have_secrets_of_their_own_and_none_is_weak)
{
        static char *texts[N_PHONES * N_MADE];
        struct merge_secrets all;
        size_t n = 0;

        fixture_begin();
        CHECK_EQ_INT(store_db_begin(store_db(fixture)), 0);
        for (unsigned i = 0; i < N_PHONES; i++) {
                char mac[MAC_TEXT_SIZE];

                snprintf(mac, sizeof mac, "000413%06x", i);
                CHECK_EQ_INT(store_db_run(store_db(fixture), "INSERT INTO phone (mac, trust, added_at, revision) VALUES (?, 2, 1, 1)", "s", mac), 0);
                CHECK_EQ_INT(store_secret_make(fixture, mac), 0);
        }
        CHECK_EQ_INT(store_db_commit(store_db(fixture)), 0);
        for (unsigned i = 0; i < N_PHONES; i++) {
                const char **fields[N_MADE] = {&all.http_pass, &all.admin_mode_password, &all.service_mode_pass, &all.keyboard_lock_pw,
                                               &all.uboot_lock, &all.webserver_user_password, &all.webserver_admin_password};
                char mac[MAC_TEXT_SIZE];

                snprintf(mac, sizeof mac, "000413%06x", i);
                CHECK_EQ_INT(store_secret_load_all(fixture, mac, &all), 0);
                CHECK(all.sip_secret == NULL);
                for (size_t k = 0; k < N_MADE; k++) {
                        CHECK(*fields[k] != NULL);
                        if (!lint_is_pleased(mac, made[k], *fields[k]))
                                TEST_FAIL("lint objects to the %s of phone %u", made[k], i);
                        texts[n++] = strdup(*fields[k]);
                }
                store_secret_forget_all(&all);
        }
        qsort(texts, n, sizeof texts[0], by_text);
        for (size_t i = 1; i < n; i++)
                CHECK(strcmp(texts[i - 1], texts[i]) != 0);
        for (size_t i = 0; i < n; i++)
                free(texts[i]);
        fixture_end();
}

TEST(a_phone_that_an_older_system_approved_gets_what_it_lacks)
{
        char http[64];

        approve_one();
        snprintf(http, sizeof http, "%s", value(MAC_A, "http_pass"));
        CHECK_STR(DO(add_phone, ADD(MAC_B)), "");
        CHECK_EQ_INT(store_db_run(store_db(fixture), "DELETE FROM secret WHERE name IN ('uboot_lock', 'webserver_admin_password')", ""), 0);
        CHECK_EQ_INT(store_db_run(store_db(fixture), "UPDATE secret SET digest = NULL", ""), 0);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        int64_t revision = atoll(fixture_get("phone.revision"));
        fixture_reopen();
        CHECK_STR(value(MAC_A, "http_pass"), http);
        CHECK_EQ_INT(strlen(value(MAC_A, "uboot_lock")), 6);
        CHECK_EQ_INT(strlen(value(MAC_A, "webserver_admin_password")), 16);
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK(atoll(fixture_get("phone.revision")) > revision);
        revision = atoll(fixture_get("phone.revision"));
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE mac = '" MAC_B "'"), 0);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE name = 'sip_secret' AND digest IS NULL"), 0);
        fixture_reopen();
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(atoll(fixture_get("phone.revision")), revision);
        fixture_end();
}

/* --- people -------------------------------------------------------------- */

TEST(the_list_names_secrets_without_their_values)
{
        char text[4000];

        approve_one();
        snprintf(text, sizeof text, "%s", value(MAC_A, "http_pass"));
        CHECK_STR(ASK(list_secrets, MAC(MAC_A)), "");
        CHECK_EQ_INT(fixture_count("secrets"), N_MADE + 1);
        CHECK_STR(fixture_get("secrets.0.name"), "admin_mode_password");
        CHECK_EQ_INT(atoll(fixture_get("secrets.0.made_at")), fixture_now_ms / 1000);
        CHECK_STR(fixture_get("secrets.0.former"), "false");
        for (size_t i = 0; i < fixture_count("secrets"); i++)
                CHECK_EQ_INT(sd_json_variant_elements(sd_json_variant_by_index(sd_json_variant_by_key(fixture_out, "secrets"), i)), 6);
        CHECK_STR(ASK(list_secrets, MAC(MAC_B)), "NoSuchPhone");
        fixture_end();
}

TEST(a_reveal_is_in_the_audit_with_its_reason_and_without_the_value)
{
        approve_one();
        CHECK_STR(value(MAC_A, "sip_secret"), "first-Secret-9");
        CHECK_STR(DO(reveal_secret, "{\"mac\":\"" MAC_A "\",\"name\":\"uboot_lock\"}"), "");
        CHECK_STR(DO(reveal_secret, "{\"mac\":\"" MAC_A "\",\"name\":\"vpn_key\"}"), "NoSuchName");
        CHECK_STR(DO(reveal_secret, "{\"mac\":\"" MAC_A "\",\"name\":\"nothing\"}"), "NoSuchName");
        CHECK_STR(DO(reveal_secret, "{\"mac\":\"" MAC_B "\",\"name\":\"http_pass\"}"), "NoSuchPhone");
        CHECK_STR(DO(reveal_secret, "{\"mac\":\"" MAC_A "\",\"name\":\"http_pass\",\"reason\":\"two\\nlines\"}"), "InvalidValue reason");
        CHECK_STR(ASK(list_audit, "{\"limit\":2}"), "");
        CHECK_STR(fixture_get("entries.0.action"), "reveal-secret");
        CHECK_STR(fixture_get("entries.0.actor"), "root");
        CHECK_STR(fixture_get("entries.0.subject"), MAC_A);
        CHECK_STR(fixture_get("entries.0.detail"), "sip_secret: the test looks");
        CHECK_STR(fixture_get("entries.1.detail"), "uboot_lock");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE detail LIKE '%first-Secret%'"), 0);
        fixture_end();
}

/* --- former values ------------------------------------------------------- */

TEST(the_former_value_stays_until_the_phone_fetched_the_new_one)
{
        char old[64];

        approve_one();
        serve(MAC_A);
        snprintf(old, sizeof old, "%s", value(MAC_A, "http_pass"));
        CHECK_STR(DO(rotate_secrets, "{\"mac\":\"" MAC_A "\",\"names\":[\"http_pass\"],\"reason\":\"a leak\"}"), "");
        CHECK_STR(fixture_get("phones"), "1");
        CHECK(strcmp(value(MAC_A, "http_pass"), old) != 0);
        CHECK_STR(former(MAC_A, "http_pass"), old);
        CHECK_STR(former(MAC_A, "uboot_lock"), "null");
        CHECK_STR(ASK(list_secrets, MAC(MAC_A)), "");
        CHECK_STR(fixture_get("secrets.1.name"), "http_pass");
        CHECK_STR(fixture_get("secrets.1.former"), "true");
        /* Twice before it came: the phone still has the very first. */
        CHECK_STR(DO(rotate_secrets, MAC(MAC_A)), "");
        CHECK_STR(former(MAC_A, "http_pass"), old);
        serve(MAC_A);
        CHECK_STR(former(MAC_A, "http_pass"), "null");
        CHECK_STR(former(MAC_A, "admin_mode_password"), "null");
        fixture_end();
}

TEST(an_older_revision_that_was_fetched_late_keeps_the_former_value)
{
        char old[64], json[100];

        approve_one();
        serve(MAC_A);
        snprintf(old, sizeof old, "%s", value(MAC_A, "admin_mode_password"));
        CHECK_STR(ASK(get_phone, MAC(MAC_A)), "");
        snprintf(json, sizeof json, "{\"mac\":\"" MAC_A "\",\"revision\":%s}", fixture_get("phone.revision"));
        CHECK_STR(DO(rotate_secrets, MAC(MAC_A)), "");
        fixture_now_ms += 120000;
        CHECK_STR(DO(mark_served, json), "");
        CHECK_STR(former(MAC_A, "admin_mode_password"), old);
        fixture_end();
}

TEST(what_no_phone_ever_had_is_no_former_value)
{
        approve_one();
        CHECK_STR(DO(rotate_secrets, MAC(MAC_A)), "");
        CHECK_STR(former(MAC_A, "http_pass"), "null");
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE former IS NOT NULL"), 0);
        fixture_end();
}

TEST(a_new_sip_secret_keeps_the_former_one_too)
{
        approve_one();
        serve(MAC_A);
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"sip_secret\":\"first-Secret-9\"}"), "");
        CHECK_STR(former(MAC_A, "sip_secret"), "null");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_A "\",\"sip_secret\":\"second-Secret-8\"}"), "");
        CHECK_STR(value(MAC_A, "sip_secret"), "second-Secret-8");
        CHECK_STR(former(MAC_A, "sip_secret"), "first-Secret-9");
        serve(MAC_A);
        CHECK_STR(former(MAC_A, "sip_secret"), "null");
        fixture_end();
}

TEST(revoking_takes_all_but_the_pin_of_the_boot_loader)
{
        char pin[64];

        approve_one();
        serve(MAC_A);
        CHECK_STR(DO(rotate_secrets, "{\"mac\":\"" MAC_A "\",\"names\":[\"http_pass\"]}"), "");
        snprintf(pin, sizeof pin, "%s", value(MAC_A, "uboot_lock"));
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE former IS NOT NULL"), 0);
        CHECK_STR(value(MAC_A, "uboot_lock"), pin);
        CHECK_STR(DO(rotate_secrets, MAC(MAC_A)), "NotAllowed");
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(value(MAC_A, "uboot_lock"), pin);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), N_MADE);
        CHECK_STR(DO(delete_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM secret"), 0);
        fixture_end();
}

/* --- rotation ------------------------------------------------------------ */

TEST(only_what_the_appliance_made_is_rotated)
{
        approve_one();
        CHECK_STR(DO(rotate_secrets, "{\"mac\":\"" MAC_A "\",\"names\":[\"sip_secret\"]}"), "InvalidValue names");
        CHECK_STR(DO(rotate_secrets, "{\"mac\":\"" MAC_A "\",\"names\":[\"vpn_key\"]}"), "InvalidValue names");
        CHECK_STR(DO(rotate_secrets, "{\"names\":[\"nothing\"]}"), "InvalidValue names");
        CHECK_STR(DO(rotate_secrets, "{\"names\":[]}"), "InvalidValue names");
        CHECK_STR(DO(rotate_secrets, MAC(MAC_B)), "NoSuchPhone");
        CHECK_STR(DO(rotate_secrets, "{\"mac\":\"x\"}"), "InvalidValue mac");
        CHECK_STR(DO(rotate_secrets, "{\"reason\":\"\\u0007\"}"), "InvalidValue reason");
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'rotate-secrets'"), 0);
        fixture_end();
}

TEST(all_phones_are_rotated_in_slices_and_others_have_their_turn)
{
        struct store_write w[2] = {0};
        int rounds = 0;

        fixture_begin();
        CHECK_EQ_INT(store_db_begin(store_db(fixture)), 0);
        for (unsigned i = 0; i < 600; i++) {
                char mac[MAC_TEXT_SIZE];

                snprintf(mac, sizeof mac, "000413%06x", i);
                CHECK_EQ_INT(store_db_run(store_db(fixture), "INSERT INTO phone (mac, trust, added_at, revision, revision_served) "
                                          "VALUES (?, 2, 1, 1, 1)", "s", mac), 0);
                CHECK_EQ_INT(store_secret_make(fixture, mac), 0);
        }
        CHECK_EQ_INT(store_db_commit(store_db(fixture)), 0);
        w[0] = (struct store_write){.operation = store_op_rotate_secrets, .request = {.actor = "root"}};
        CHECK(sd_json_parse("{\"names\":[\"uboot_lock\",\"http_pass\"],\"reason\":\"every year\"}", 0, &w[0].request.in, NULL, NULL) >= 0);
        do {
                w[1] = (struct store_write){.operation = store_op_commit_leases, .request = {.actor = "responder"}};
                CHECK(sd_json_parse("{\"leases\":[]}", 0, &w[1].request.in, NULL, NULL) >= 0);
                store_write_round(fixture, w, 2);
                CHECK_EQ_INT(w[0].result, 0);
                CHECK_EQ_INT(w[1].result, 0);
                sd_json_variant_unref(w[1].request.in);
                rounds++;
        } while (w[0].request.again);
        CHECK_EQ_INT(rounds, 3);
        CHECK_EQ_INT(sd_json_variant_integer(sd_json_variant_by_key(w[0].request.out, "phones")), 600);
        sd_json_variant_unref(w[0].request.in);
        store_request_done(&w[0].request);
        CHECK_EQ_INT(number("SELECT count(*) FROM secret WHERE former IS NOT NULL"), 1200);
        CHECK_EQ_INT(number("SELECT count(DISTINCT digest) FROM secret WHERE name = 'uboot_lock'"), 600);
        CHECK_EQ_INT(number("SELECT count(*) FROM phone WHERE revision > 1"), 600);
        CHECK_EQ_INT(number("SELECT count(*) FROM audit WHERE action = 'rotate-secrets'"), 1);
        CHECK_EQ_INT(number("SELECT count(*) FROM event WHERE word = 'secrets'"), 600);
        fixture_end();
}

/* --- one value on two phones --------------------------------------------- */

/* The sentence of the finding "reused" about this setting in the preview of the phone; "" when there is none. */
static const char *reused(const char *mac, const char *name)
{
        static char json[60], text[400];
        sd_json_variant *list;

        snprintf(json, sizeof json, "{\"mac\":\"%s\"}", mac);
        CHECK_STR(ASK(preview_document, json), "");
        list = sd_json_variant_by_key(fixture_out, "findings");
        for (size_t i = 0; i < sd_json_variant_elements(list); i++) {
                sd_json_variant *item = sd_json_variant_by_index(list, i);

                if (strcmp(store_item_text(item, "rule"), "reused") || strcmp(store_item_text(item, "name"), name))
                        continue;
                CHECK_STR(store_item_text(item, "severity"), "warning");
                snprintf(text, sizeof text, "%s", store_item_text(item, "reason"));
                CHECK(strstr(text, "aLongEnoughOne42") == NULL);
                return text;
        }
        return "";
}

#define OWN(mac, value)                                                                                                  \
        "{\"scope\":\"phone\",\"owner\":\"" mac "\",\"settings\":[{\"name\":\"http_pass\",\"value\":" value ",\"permission\":\"R\"}]}"

TEST(a_password_that_two_phones_have_is_told_at_both)
{
        approve_one();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        CHECK_STR(reused(MAC_A, "http_pass"), "");
        CHECK_STR(DO(set_settings, OWN(MAC_A, "\"aLongEnoughOne42\"")), "");
        CHECK_STR(reused(MAC_A, "http_pass"), "");
        CHECK_STR(DO(set_settings, OWN(MAC_B, "\"aLongEnoughOne42\"")), "");
        CHECK(strstr(reused(MAC_A, "http_pass"), MAC_B) != NULL);
        CHECK(strstr(reused(MAC_B, "http_pass"), MAC_A) != NULL);
        CHECK_STR(DO(set_settings, OWN(MAC_B, "\"anotherGoodOne43\"")), "");
        CHECK_STR(reused(MAC_A, "http_pass"), "");
        CHECK_STR(DO(set_settings, OWN(MAC_B, "null")), "");
        CHECK_STR(reused(MAC_B, "http_pass"), "");
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_setting WHERE digest IS NOT NULL"), 1);
        fixture_end();
}

TEST(a_password_that_one_phone_got_and_another_was_given_is_told)
{
        char json[300];

        approve_one();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_B)), "");
        snprintf(json, sizeof json, "{\"scope\":\"phone\",\"owner\":\"" MAC_B "\",\"settings\":[{\"name\":\"http_pass\",\"value\":\"%s\",\"permission\":\"R\"}]}",
                 value(MAC_A, "admin_mode_password"));
        CHECK_STR(DO(set_settings, json), "");
        CHECK(strstr(reused(MAC_B, "http_pass"), MAC_A) != NULL);
        fixture_end();
}

TEST(a_password_of_a_profile_is_one_for_all_its_phones)
{
        approve_one();
        CHECK_STR(DO(set_settings, "{\"scope\":\"profile\",\"owner\":\"default\",\"settings\":[{\"name\":\"http_pass\",\"value\":\"aLongEnoughOne42\",\"permission\":\"R\"},"
                                  "{\"name\":\"ldap_password\",\"value\":\"aLongEnoughOne43\",\"permission\":\"R\"}]}"), "");
        CHECK(strstr(reused(MAC_A, "http_pass"), "profile default") != NULL);
        CHECK_STR(reused(MAC_A, "ldap_password"), "");
        fixture_end();
}

TEST(one_sip_secret_is_for_one_account)
{
        approve_one();
        CHECK_STR(DO(set_site, "{\"values\":[{\"name\":\"sip_host\",\"value\":\"pbx.example\"}]}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"202\",\"sip_secret\":\"first-Secret-9\",\"approve\":true}"), "InvalidValue sip_secret");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"201\",\"sip_secret\":\"first-Secret-9\",\"approve\":true}"), "");
        CHECK_STR(reused(MAC_A, "user_pass"), "");
        CHECK_STR(DO(change_phone, "{\"mac\":\"" MAC_B "\",\"sip_user\":\"202\"}"), "");
        CHECK(strstr(reused(MAC_A, "user_pass"), MAC_B) != NULL);
        fixture_end();
}

/* --- secrets among the settings of a phone ------------------------------- */

static int64_t own_settings(const char *name)
{
        char sql[200];

        snprintf(sql, sizeof sql, "SELECT count(*) FROM phone_setting WHERE mac = '" MAC_A "' AND name = '%s'", name);
        return number(sql);
}

TEST(a_revoked_phone_keeps_no_secret_setting_of_its_own_and_gets_none_back)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_A "\",\"model\":\"snomD785\",\"approve\":true}"), "");
        CHECK_STR(DO(add_phone, "{\"mac\":\"" MAC_B "\",\"model\":\"snomD785\",\"approve\":true}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":["
                     "{\"name\":\"user_pass\",\"index\":2,\"value\":\"Kj83hf_8HFDx.q2\",\"permission\":\"R\"},"
                     "{\"name\":\"user_pass\",\"index\":3,\"value\":\"Zt41mw_5RWLy.c9\",\"permission\":\"R\"},"
                     "{\"name\":\"http_pass\",\"value\":\"Pq72nd_3VBKs.x6\",\"permission\":\"R\"},"
                     "{\"name\":\"ldap_password\",\"value\":\"Wc95rt_7GYHu.m1\",\"permission\":\"R\"},"
                     "{\"name\":\"uboot_lock\",\"value\":\"58203147\",\"permission\":\"R\"},"
                     "{\"name\":\"language\",\"value\":\"Deutsch\",\"permission\":\"RW\"}]}"), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_B "\",\"settings\":["
                     "{\"name\":\"user_pass\",\"index\":2,\"value\":\"Bf60ks_2NTJq.h4\",\"permission\":\"R\"}]}"), "");
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(own_settings("user_pass"), 0);
        CHECK_EQ_INT(own_settings("http_pass"), 0);
        CHECK_EQ_INT(own_settings("ldap_password"), 0);
        CHECK_EQ_INT(own_settings("language"), 1);
        CHECK_EQ_INT(own_settings("uboot_lock"), 1);             /* without it nobody could reset the phone */
        CHECK_EQ_INT(number("SELECT count(*) FROM phone_setting WHERE mac = '" MAC_B "'"), 1);
        CHECK_STR(DO(approve_phone, MAC(MAC_A)), "");
        CHECK_STR(ASK(list_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\"}"), "");
        CHECK_EQ_INT(fixture_count("settings"), 2);
        fixture_end();
}

/* A value that was changed from outside cannot be opened; that must not keep a phone from being revoked. */
TEST(secrets_nobody_can_open_any_more_are_wiped_all_the_same)
{
        fixture_begin();
        CHECK_STR(DO(add_phone, ADD_APPROVED(MAC_A)), "");
        CHECK_STR(DO(set_settings, "{\"scope\":\"phone\",\"owner\":\"" MAC_A "\",\"settings\":["
                     "{\"name\":\"user_pass\",\"index\":2,\"value\":\"Kj83hf_8HFDx.q2\",\"permission\":\"R\"}]}"), "");
        CHECK_EQ_INT(store_db_run(store_db(fixture), "UPDATE phone_setting SET sealed = x'00'", ""), 0);
        CHECK_STR(DO(revoke_phone, MAC(MAC_A)), "");
        CHECK_EQ_INT(own_settings("user_pass"), 0);
        fixture_end();
}
