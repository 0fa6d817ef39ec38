/*
 * test_store_client: how stations read the store's answers.
 *
 * In:   answers as texts of JSON, sound and not.
 * Out:  a site, or the reason why there is none.
 * Not:  no store, no socket.
 */
#include "provisioning/store/store_client.h"

#include "appliance/service/service_field.h"
#include "tests/support/test.h"

static sd_json_variant *parsed(const char *text)
{
        sd_json_variant *answer = NULL;

        CHECK(sd_json_parse(text, 0, &answer, NULL, NULL) >= 0);
        return answer;
}

static int read_site(const char *text, struct site *ret_site, struct site_problem *ret_problem)
{
        sd_json_variant *answer = parsed(text);
        int r = store_client_site(answer, ret_site, ret_problem);

        ret_site->phone_ca = "";        /* borrowed from the answer */
        sd_json_variant_unref(answer);
        return r;
}

TEST(a_complete_site_is_read_with_its_defaults)
{
        struct site_problem problem;
        struct site site = {0};

        CHECK_EQ_INT(read_site("{\"values\": [{\"name\": \"lan_address\", \"value\": \"192.168.10.2/24\"},"
                               "{\"name\": \"pool_first\", \"value\": \"192.168.10.100\"},"
                               "{\"name\": \"pool_last\", \"value\": \"192.168.10.199\"}]}", &site, &problem), 0);
        CHECK_EQ_INT(site.lan_prefix, 24);
        CHECK_EQ_INT(site.vpn_port, 1194);
}

TEST(an_empty_site_is_sound_but_not_complete)
{
        struct site_problem problem;
        struct site site = {0};

        CHECK_EQ_INT(read_site("{\"values\": []}", &site, &problem), 0);
        CHECK(!site.complete);
}

TEST(an_answer_without_values_is_malformed_and_says_so)
{
        static const char *const answers[] = {"{}", "{\"values\": \"none\"}", "{\"values\": [{\"name\": \"domain\"}]}",
                                              "{\"values\": [{\"name\": \"domain\", \"value\": 7}]}"};

        for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
                struct site_problem problem = {.reason = ""};
                struct site site = {0};

                CHECK_EQ_INT(read_site(answers[i], &site, &problem), PV_EMALFORMED);
                CHECK_STR(problem.reason, "store's answer to GetSite lacks something");
        }
}

TEST(an_unfit_value_is_refused_by_name)
{
        struct site_problem problem;
        struct site site = {0};

        CHECK(read_site("{\"values\": [{\"name\": \"lan_address\", \"value\": \"here\"}]}", &site, &problem) < 0);
        CHECK_STR(problem.name, "lan_address");
}

TEST(a_field_that_is_absent_or_of_another_type_reads_as_nothing)
{
        sd_json_variant *object = parsed("{\"text\": \"a\", \"number\": -3, \"truth\": true, \"list\": [1]}");

        CHECK_STR(service_field_text(object, "text"), "a");
        CHECK(!service_field_text(object, "number") && !service_field_text(object, "absent") && !service_field_text(NULL, "text"));
        CHECK_EQ_INT(service_field_integer(object, "number", 7), -3);
        CHECK_EQ_INT(service_field_integer(object, "text", 7), 7);
        CHECK(service_field_is_true(object, "truth") && !service_field_is_true(object, "list"));
        CHECK(service_field_list(object, "list") && !service_field_list(object, "truth"));
        sd_json_variant_unref(object);
}
