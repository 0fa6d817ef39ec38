/*
 * ctl_page: the page, its people, programs and certificate through provostctl.
 */
#include "tests/unit/appliance/console/stand_in.h"

#define SHA "AB:CD:EF"

TEST(the_page_is_said_with_its_code_only_while_that_is_needed)
{
        char answer[400];

        stand_in_forget();
        snprintf(answer, sizeof answer, "{\"needed\":true,\"code\":\"7KQ2M-XW94T\",\"until\":%lld,\"urls\":[\"https://192.168.10.2:9443/\"],\"sha256\":\"" SHA "\"}",
                 (long long)time(NULL) + 1799);
        stand_in_answers(answer);
        stand_in_answers("{\"needed\":false,\"code\":\"\",\"until\":0,\"urls\":[\"https://192.168.10.2:9443/\"],\"sha256\":\"" SHA "\"}");
        CHECK_EQ_INT(RUN("page", "show"), CTL_OK);
        CHECK(strstr(out, "https://192.168.10.2:9443/") && strstr(out, SHA) && strstr(out, "7KQ2M-XW94T") && strstr(out, "29 minutes"));
        CHECK_EQ_INT(RUN("page", "show"), CTL_OK);
        CHECK(strstr(out, SHA) && !strstr(out, "code"));
}

TEST(who_lost_password_or_authenticator_gets_a_code)
{
        stand_in_forget();
        stand_in_answers("{\"code\":\"7KQ2M-XW94T\",\"until\":1}");
        stand_in_refuses("NoSuchName", "{\"reason\":\"There is nobody of this name.\"}");
        CHECK_EQ_INT(RUN("user", "reset", "anna"), CTL_OK);
        CHECK(text_starts(out, "7KQ2M-XW94T\n"));
        CHECK_STR(asked[0], "ResetUser {\"name\":\"anna\"}");
        CHECK_EQ_INT(RUN("user", "reset", "nobody"), CTL_FAILED);
        CHECK(strstr(err, "There is nobody of this name."));
}

TEST(people_and_programs_are_listed_and_removed)
{
        stand_in_forget();
        stand_in_answers("{\"users\":[{\"name\":\"anna\",\"role\":\"owner\",\"disabled\":false,\"has_password\":true,\"recovery_left\":9,\"created_at\":1,\"version\":1}]}");
        stand_in_answers("{}");
        stand_in_answers("{\"tokens\":[{\"id\":3,\"name\":\"monitoring\",\"role\":\"reader\",\"created_by\":\"anna\",\"created_at\":1,\"ends_at\":2}]}");
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("user", "list"), CTL_OK);
        CHECK(strstr(out, "anna") && strstr(out, "owner") && !strstr(out, "may not sign in"));
        CHECK_EQ_INT(RUN("user", "remove", "anna"), CTL_OK);
        CHECK_EQ_INT(RUN("token", "list"), CTL_OK);
        CHECK(strstr(out, "monitoring"));
        CHECK_EQ_INT(RUN("token", "remove", "3"), CTL_OK);
        CHECK_STR(asked[1], "RemoveUser {\"name\":\"anna\"}");
        CHECK_STR(asked[3], "RemoveToken {\"id\":3}");
        CHECK_EQ_INT(RUN("token", "remove", "monitoring"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 4);
}

TEST(an_audit_that_was_changed_is_a_failure)
{
        stand_in_forget();
        stand_in_answers("{\"entries\":12,\"head\":\"aa\"}");
        stand_in_answers("{\"entries\":12,\"broken\":5,\"head\":\"aa\"}");
        CHECK_EQ_INT(RUN("audit", "check"), CTL_OK);
        CHECK(text_starts(out, "12 entries, each fits the one before."));
        CHECK_EQ_INT(RUN("audit", "check"), CTL_FAILED);
        CHECK(strstr(err, "Entry 5 does not fit"));
}

TEST(cards_and_log_are_tables)
{
        stand_in_forget();
        stand_in_answers("{\"cards\":[{\"name\":\"eth0\",\"mac\":\"001122334455\",\"role\":\"lan\",\"carrier\":true,\"addresses\":[\"10.0.0.1/24\",\"169.254.1.1/16\"]}]}");
        stand_in_answers("{\"entries\":[{\"at_ms\":1000,\"unit\":\"provost-store\",\"priority\":4,\"text\":\"a \\u001b[31mline\"}]}");
        CHECK_EQ_INT(RUN("card", "list"), CTL_OK);
        CHECK(strstr(out, "10.0.0.1/24 169.254.1.1/16"));
        CHECK_EQ_INT(RUN("log", "--unit", "provost-store", "--priority", "4", "--limit", "5"), CTL_OK);
        CHECK_STR(asked[1], "ReadLog {\"limit\":5,\"priority\":4,\"unit\":\"provost-store\"}");
        CHECK(!strchr(out, '\x1b'));
        CHECK_EQ_INT(RUN("log", "--priority", "8"), CTL_USAGE);
}

TEST(the_pages_certificate_is_shown_and_taken_away)
{
        stand_in_forget();
        for (int i = 0; i < 2; i++)
                stand_in_answers("{\"certificate\":{\"uploaded\":false,\"subject\":\"CN=provost.local\",\"issuer\":\"CN=Provost\",\"names\":[\"provost.local\"],"
                                 "\"not_before\":1,\"not_after\":4102444800,\"sha256\":\"" SHA "\"}}");
        CHECK_EQ_INT(RUN("certificate", "show"), CTL_OK);
        CHECK(strstr(out, "the appliance") && strstr(out, "provost.local") && strstr(out, SHA));
        CHECK_EQ_INT(RUN("certificate", "remove"), CTL_OK);
        CHECK_STR(asked[1], "RemovePageCertificate {}");
}
