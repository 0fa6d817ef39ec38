/*
 * seed: the file of an unattended site.
 */
#include "provisioning/admin/seed.h"

#include "tests/support/test.h"

#define SITE "\"site\":{\"lan_address\":\"192.168.10.1/24\",\"pool_first\":\"192.168.10.100\",\"pool_last\":\"192.168.10.200\"}"
#define FILE_OF(more) "{\"format\":\"provost-setup-1\"," SITE more "}"
#define HASH "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct seed_plan plan;
static struct seed_problem problem;

static int make(const char *text)
{
        seed_plan_done(&plan);
        problem = (struct seed_problem){0};
        return seed_plan_make(text, strlen(text), &plan, &problem);
}

static const char *text_at(size_t step, const char *name)
{
        sd_json_variant *value = sd_json_variant_by_key(plan.steps[step].parameters, name);

        return value && sd_json_variant_is_string(value) ? sd_json_variant_string(value) : "";
}

TEST(a_whole_file_becomes_calls_in_their_order_with_its_actor)
{
        static const char *const methods[] = {"SetSource", "SetSite", "AddReach", "AddPhone", "AddPhone", "SetUser"};

        CHECK_EQ_INT(make(FILE_OF(",\"owner\":{\"name\":\"anna\",\"password_hash\":\"" HASH "\",\"totp_secret\":\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\"},"
                                  "\"phones\":[{\"mac\":\"00:04:13:AA:BB:CC\",\"approve\":true,\"profiles\":[\"lobby\"]},{\"mac\":\"000413AABBCD\"}],"
                                  "\"reach\":[{\"to\":\"10.1.0.0/16\",\"protocol\":\"udp\",\"ports\":\"5060\"}],\"sources\":{\"pbx\":\"https://pbx.example/\"}")), 0);
        CHECK_EQ_INT(plan.n_steps, 6);
        for (size_t i = 0; i < 6; i++) {
                CHECK_STR(plan.steps[i].method, methods[i]);
                CHECK_STR(text_at(i, "actor"), "setup-file");
        }
        CHECK_STR(plan.steps[0].field, "sources.pbx");
        CHECK_STR(text_at(2, "scope"), "site");
        CHECK_STR(text_at(3, "mac"), "000413aabbcc");
        CHECK(sd_json_variant_boolean(sd_json_variant_by_key(plan.steps[3].parameters, "approve")));
        CHECK_STR(plan.steps[4].field, "phones[1]");
        CHECK(!sd_json_variant_boolean(sd_json_variant_by_key(plan.steps[4].parameters, "approve")));
        CHECK_STR(text_at(5, "role"), "owner");
        CHECK_STR(text_at(5, "password"), HASH);
        seed_plan_done(&plan);
}

TEST(the_site_alone_is_enough)
{
        CHECK_EQ_INT(make(FILE_OF("")), 0);
        CHECK_EQ_INT(plan.n_steps, 1);
        CHECK_EQ_INT(sd_json_variant_elements(sd_json_variant_by_key(plan.steps[0].parameters, "values")), 3);
        seed_plan_done(&plan);
}

TEST(each_wrong_thing_is_said_with_its_place_in_the_file)
{
        static const struct { const char *text, *field; } cases[] = {
                {"", ""}, {"[]", ""}, {"{\"format\":\"provost-setup-1\"", ""}, {"{} {}", ""},
                {"{\"format\":\"provost-setup-1\",\"format\":\"provost-setup-1\"," SITE "}", ""},
                {"{" SITE "}", "format"}, {"{\"format\":\"provost-setup-2\"," SITE "}", "format"}, {"{\"format\":1," SITE "}", "format"},
                {"{\"format\":\"provost-setup-1\"}", "site"}, {"{\"format\":\"provost-setup-1\",\"site\":[]}", "site"},
                {"{\"format\":\"provost-setup-1\",\"site\":{}}", "site.lan_address"},
                {"{\"format\":\"provost-setup-1\",\"site\":{\"lan_address\":1}}", "site.lan_address"},
                {"{\"format\":\"provost-setup-1\",\"site\":{\"lan_address\":\"here\"}}", "site.lan_address"},
                {"{\"format\":\"provost-setup-1\",\"site\":{\"lan_addres\":\"192.168.10.1/24\"}}", "site.lan_addres"},
                {FILE_OF(",\"more\":{}"), "more"}, {FILE_OF(",\"sources\":[]"), "sources"}, {FILE_OF(",\"sources\":{\"a\":1}"), "sources.a"},
                {FILE_OF(",\"reach\":{}"), "reach"}, {FILE_OF(",\"reach\":[1]"), "reach[0]"}, {FILE_OF(",\"reach\":[{\"to\":\"x\"}]"), "reach[0]"},
                {FILE_OF(",\"phones\":[{\"mac\":\"000413000001\"},{\"mac\":\"nonsense\"}]"), "phones[1]"},
                {FILE_OF(",\"phones\":[{\"mac\":\"000413000001\",\"approve\":\"yes\"}]"), "phones[0]"},
                {FILE_OF(",\"phones\":[{\"mac\":\"000413000001\",\"profiles\":[1]}]"), "phones[0]"},
                {FILE_OF(",\"phones\":[{\"mac\":\"000413000001\",\"actor\":\"root\"}]"), "phones[0]"},
                {FILE_OF(",\"owner\":{\"name\":\"anna\"}"), "owner"},
                {FILE_OF(",\"owner\":{\"name\":\"anna\",\"password\":\"correct horse battery\"}"), "owner"},
                {FILE_OF(",\"owner\":{\"name\":\"anna\",\"password_hash\":\"correct horse battery\",\"totp_secret\":\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\"}"), "owner"},
                {FILE_OF(",\"owner\":{\"name\":\"anna\",\"password_hash\":\"" HASH "\",\"totp_secret\":\"JBSW\"}"), "owner"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                int r = make(cases[i].text);

                if (r != PV_EREFUSED && r != PV_EMALFORMED)
                        TEST_FAIL("taken: %s", cases[i].text);
                CHECK_STR(problem.field, cases[i].field);
                CHECK(*problem.reason && problem.reason[strlen(problem.reason) - 1] == '.');
        }
}

TEST(a_password_is_never_repeated_in_a_refusal)
{
        CHECK(make(FILE_OF(",\"owner\":{\"name\":\"anna\",\"password_hash\":\"correct horse battery\",\"totp_secret\":\"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\"}")) < 0);
        CHECK(!strstr(problem.reason, "horse"));
}

TEST(a_list_longer_than_its_bound_is_refused)
{
        char *text = malloc(200000), *at = text;

        at += sprintf(at, "{\"format\":\"provost-setup-1\"," SITE ",\"phones\":[");
        for (size_t i = 0; i <= SEED_PHONES_MAX; i++)
                at += sprintf(at, "%s{\"mac\":\"000413%06zx\"}", i ? "," : "", i + 1);
        (void)sprintf(at, "]}");
        CHECK(make(text) < 0);
        CHECK_STR(problem.field, "phones");
        free(text);
}
