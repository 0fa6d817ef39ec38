/*
 * test_header: cookies, tokens, ETags, origins.
 *
 * In:   headers as browsers send them, and as others do.
 * Out:  values, or none.
 * Not:  no decisions.
 */
#include "provisioning/admin/header.h"

#include "tests/support/test.h"

static char token[HEADER_TOKEN_SIZE];

TEST(the_cookie_is_found_among_others)
{
        CHECK_EQ_INT(header_cookie("a=b; __Host-provost=abcDEF_-9; c=d", token), 0);
        CHECK_STR(token, "abcDEF_-9");
        CHECK_EQ_INT(header_cookie("__Host-provost=x", token), 0);
        CHECK_EQ_INT(header_cookie("x__Host-provost=x", token), PV_EUNSET);
        CHECK_EQ_INT(header_cookie("provost=x", token), PV_EUNSET);
        CHECK_EQ_INT(header_cookie("", token), PV_EUNSET);
        CHECK_EQ_INT(header_cookie(NULL, token), PV_EUNSET);
}

TEST(a_cookie_sent_twice_or_with_other_characters_is_none)
{
        char text[128];

        CHECK_EQ_INT(header_cookie("__Host-provost=a; __Host-provost=a", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_cookie("__Host-provost=", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_cookie("__Host-provost=\"a\"", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_cookie("__Host-provost=a b", token), PV_EMALFORMED);
        (void)snprintf(text, sizeof text, "__Host-provost=%065d", 1);
        CHECK_EQ_INT(header_cookie(text, token), PV_EMALFORMED);
        (void)snprintf(text, sizeof text, "__Host-provost=%064d", 1);
        CHECK_EQ_INT(header_cookie(text, token), 0);
}

TEST(a_bearer_token_is_taken_and_other_schemes_are_not)
{
        CHECK_EQ_INT(header_bearer("Bearer abc", token), 0);
        CHECK_STR(token, "abc");
        CHECK_EQ_INT(header_bearer("bearer abc", token), 0);
        CHECK_EQ_INT(header_bearer(NULL, token), PV_EUNSET);
        CHECK_EQ_INT(header_bearer("Basic YTpi", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_bearer("Bearer ", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_bearer("Bearer a b", token), PV_EMALFORMED);
        CHECK_EQ_INT(header_bearer("", token), PV_EMALFORMED);
}

TEST(if_match_is_one_number_or_a_star)
{
        static const char *const wrong[] = {"", "17", "\"\"", "\"-1\"", "W/\"17\"", "\"17\", \"18\"", "\"99999999999999999999\"", "**", "\"1", "1\""};
        int64_t version = 0;

        CHECK_EQ_INT(header_match("\"17\"", &version), 0);
        CHECK_EQ_INT(version, 17);
        CHECK_EQ_INT(header_match("*", &version), 0);
        CHECK_EQ_INT(version, -1);
        CHECK_EQ_INT(header_match(NULL, &version), PV_EUNSET);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(header_match(wrong[i], &version), PV_EMALFORMED);
}

TEST(json_is_json_alone)
{
        CHECK(header_is_json("application/json"));
        CHECK(header_is_json("Application/JSON; charset=UTF-8"));
        CHECK(!header_is_json("text/plain"));
        CHECK(!header_is_json("application/jsonx"));
        CHECK(!header_is_json("application/json, text/plain"));
        CHECK(!header_is_json("application/json; charset=utf-16"));
        CHECK(!header_is_json("multipart/form-data; boundary=application/json"));
        CHECK(!header_is_json(""));
        CHECK(!header_is_json(NULL));
}

TEST(an_origin_is_own_when_scheme_host_and_port_are)
{
        CHECK(header_is_own_origin("https://192.0.2.1:9443", "192.0.2.1:9443"));
        CHECK(header_is_own_origin("https://Provost.local:9443", "provost.local:9443"));
        CHECK(!header_is_own_origin("http://192.0.2.1:9443", "192.0.2.1:9443"));
        CHECK(!header_is_own_origin("https://192.0.2.1", "192.0.2.1:9443"));
        CHECK(!header_is_own_origin("https://192.0.2.1:9443.evil.example", "192.0.2.1:9443"));
        CHECK(!header_is_own_origin("https://evil.example", "192.0.2.1:9443"));
        CHECK(!header_is_own_origin("null", "192.0.2.1:9443"));
        CHECK(!header_is_own_origin("https://", ""));
        CHECK(!header_is_own_origin(NULL, "192.0.2.1"));
        CHECK(!header_is_own_origin("https://192.0.2.1", NULL));
}
