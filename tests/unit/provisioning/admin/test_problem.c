/*
 * test_problem: refusals as the page reads them.
 *
 * In:   errors of stations.
 * Out:  statuses, codes, sentences.
 * Not:  no requests.
 */
#include "provisioning/admin/problem.h"

#include "tests/support/test.h"

static sd_json_variant *reply;

static struct problem of(const char *error, const char *json)
{
        reply = sd_json_variant_unref(reply);
        if (json && sd_json_parse(json, 0, &reply, NULL, NULL) < 0)
                abort();
        return problem_of_station(STATION_STORE, error, reply);
}

TEST(errors_of_stations_have_their_status_sentence_and_field)
{
        struct problem problem = of("io.provost.Store.InvalidValue", "{\"name\":\"role\",\"reason\":\"The role is wrong.\"}");

        CHECK_EQ_INT(problem.status, 422);
        CHECK_STR(problem.field, "role");
        CHECK_STR(problem.detail, "The role is wrong.");
        CHECK_EQ_INT(of("io.provost.Store.NoSuchPhone", NULL).status, 404);
        CHECK_EQ_INT(of("io.provost.Store.NotAllowed", NULL).status, 409);
        CHECK_EQ_INT(of("io.provost.Store.AlreadyThere", NULL).status, 409);
        CHECK_EQ_INT(of("io.provost.Store.Conflict", "{\"reason\":\"x\",\"version\":3}").status, 412);
        CHECK_EQ_INT(of("io.provost.Store.StorageTrouble", NULL).status, 507);
        CHECK_EQ_INT(of("io.provost.Import.TooLarge", NULL).status, 413);
        CHECK_STR(of("org.varlink.service.InvalidParameter", "{\"parameter\":\"mac\"}").field, "mac");
}

TEST(what_update_and_backup_refuse_names_the_input_and_says_in_one_word_why)
{
        struct problem problem = of("io.provost.Backup.Refused", "{\"reason\":\"This is not its passphrase.\",\"field\":\"passphrase\",\"code\":\"passphrase\"}");

        CHECK_EQ_INT(problem.status, 422);
        CHECK_STR(problem.field, "passphrase");
        CHECK_STR(problem.code, "passphrase");
        problem = of("io.provost.Update.Refused", "{\"reason\":\"It is older than the floor.\",\"field\":\"\"}");
        CHECK_STR(problem.code, "refused");
        CHECK(problem.field == NULL);
        CHECK_EQ_INT(of("io.provost.Backup.Refused", "{\"reason\":\"x\",\"field\":\"\",\"code\":\"full\"}").status, 507);
        CHECK_EQ_INT(of("io.provost.Update.NotNow", "{\"reason\":\"x\"}").status, 409);
        CHECK_EQ_INT(of("io.provost.Update.Trouble", "{\"reason\":\"x\"}").status, 503);
        CHECK_EQ_INT(of("io.provost.Absent", NULL).status, 409);
}

TEST(a_station_that_was_not_reached_is_503_and_one_that_refuses_us_is_a_fault)
{
        CHECK_EQ_INT(of(NULL, NULL).status, 503);
        CHECK_EQ_INT(of("io.provost.Unreachable", NULL).status, 503);
        CHECK_EQ_INT(of("org.varlink.service.PermissionDenied", NULL).status, 500);
        CHECK_EQ_INT(of("something else", NULL).status, 500);
}

TEST(a_problem_is_written_as_rfc_9457_has_it)
{
        char *text = problem_text(&(struct problem){.status = 404, .code = "no-such-phone", .field = "mac", .detail = "There is no \"x\"."});

        CHECK_STR(text, "{\"type\":\"/problems/no-such-phone\",\"title\":\"There is no such thing\",\"status\":404,\"detail\":\"There is no \\\"x\\\".\","
                        "\"code\":\"no-such-phone\",\"field\":\"mac\"}");
        free(text);
        reply = sd_json_variant_unref(reply);
}
