/*
 * test_access: who may begin what, from where.
 *
 * In:   operations, people, headers.
 * Out:  decisions.
 * Not:  no sockets.
 */
#include "provisioning/admin/access.h"

#include "tests/support/test.h"

static const struct field body_fields[] = {{.name = "name", .place = FIELD_IN_BODY}, {0}};
static const struct operation read_it = {.method = "GET", .path = "/phones", .role = ROLE_HELPDESK};
static const struct operation change_it = {.method = "PATCH", .path = "/phones/{mac}", .role = ROLE_ADMIN, .flags = OPERATION_MATCH, .fields = body_fields};
static const struct operation fresh_it = {.method = "POST", .path = "/users", .role = ROLE_OWNER, .flags = OPERATION_SESSION | OPERATION_FRESH};
static const struct operation sign_in = {.method = "POST", .path = "/sign-in", .flags = OPERATION_OPEN, .fields = body_fields};
static const struct identity nobody;

static struct identity person(enum role role)
{
        return (struct identity){.role = role, .session = 1, .is_fresh = true, .name = "anna"};
}

static struct access_request own(const char *method)
{
        return (struct access_request){.method = method, .origin = "https://h:9443", .host = "h:9443", .fetch_site = "same-origin", .own = "1",
                                       .content_type = "application/json", .if_match = "\"3\"", .has_body = strcmp(method, "GET") != 0};
}

static unsigned status(const struct operation *operation, const struct identity *who, struct access_request request)
{
        return access_decide(operation, who, &request).status;
}

TEST(each_role_may_what_the_ones_before_may)
{
        for (enum role role = ROLE_NOBODY; role <= ROLE_OWNER; role++) {
                struct identity who = person(role);

                CHECK_EQ_INT(status(&read_it, &who, own("GET")), role == ROLE_NOBODY ? 401 : role >= ROLE_HELPDESK ? 0 : 403);
                CHECK_EQ_INT(status(&change_it, &who, own("PATCH")), role == ROLE_NOBODY ? 401 : role >= ROLE_ADMIN ? 0 : 403);
        }
        CHECK_EQ_INT(status(&sign_in, &nobody, own("POST")), 0);
}

TEST(a_write_needs_origin_own_header_and_same_site_each)
{
        struct identity who = person(ROLE_OWNER);
        struct access_request request;

        request = own("PATCH"), request.origin = "https://evil.example";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.origin = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.origin = "null";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.own = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.own = "2";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.fetch_site = "cross-site";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.fetch_site = "same-site";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.fetch_site = "none";
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
        request = own("PATCH"), request.fetch_site = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 0);
        request = own("PATCH"), request.host = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 403);
}

TEST(signing_in_for_somebody_else_from_another_page_is_refused)
{
        struct access_request request = own("POST");

        request.origin = "https://evil.example";
        CHECK_EQ_INT(status(&sign_in, &nobody, request), 403);
}

TEST(reading_needs_no_header_of_ours_and_still_no_other_page_gets_it)
{
        struct identity who = person(ROLE_OWNER);
        struct access_request request = {.method = "GET", .host = "h:9443"};

        CHECK_EQ_INT(status(&read_it, &who, request), 0);
        request.fetch_site = "none";
        CHECK_EQ_INT(status(&read_it, &who, request), 0);
        request.fetch_site = "cross-site";
        CHECK_EQ_INT(status(&read_it, &who, request), 403);
        request.fetch_site = NULL;
        request.origin = "https://evil.example";
        CHECK_EQ_INT(status(&read_it, &who, request), 403);
}

TEST(what_is_fresh_needs_a_person_who_confirmed_just_now)
{
        struct identity who = person(ROLE_OWNER), token = {.role = ROLE_OWNER, .is_token = true};
        struct access_request request = own("POST");

        request.has_body = false;
        CHECK_EQ_INT(status(&fresh_it, &who, request), 0);
        who.is_fresh = false;
        CHECK_STR(access_decide(&fresh_it, &who, &request).code, "confirm");
        CHECK_STR(access_decide(&fresh_it, &token, &request).code, "session");
}

TEST(a_token_needs_no_origin_and_has_its_role)
{
        struct identity token = {.role = ROLE_ADMIN, .is_token = true}, none = {.is_token = true};
        struct access_request request = {.method = "PATCH", .content_type = "application/json", .has_body = true, .if_match = "*"};

        CHECK_EQ_INT(status(&change_it, &token, request), 0);
        CHECK_EQ_INT(access_decide(&change_it, &token, &request).match, -1);
        token.role = ROLE_READER;
        CHECK_EQ_INT(status(&change_it, &token, request), 403);
        CHECK_EQ_INT(status(&change_it, &none, request), 401);
}

TEST(bodies_are_json_and_reads_have_none)
{
        struct identity who = person(ROLE_OWNER);
        struct access_request request = own("PATCH");

        request.content_type = "text/plain";
        CHECK_EQ_INT(status(&change_it, &who, request), 415);
        request.content_type = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 415);
        request = own("GET");
        request.has_body = true;
        CHECK_EQ_INT(status(&read_it, &who, request), 413);
}

TEST(a_change_of_what_others_change_too_names_what_was_read)
{
        struct identity who = person(ROLE_OWNER);
        struct access_request request = own("PATCH");

        CHECK_EQ_INT(access_decide(&change_it, &who, &request).match, 3);
        request.if_match = NULL;
        CHECK_EQ_INT(status(&change_it, &who, request), 428);
        request.if_match = "3";
        CHECK_EQ_INT(status(&change_it, &who, request), 400);
}

TEST(roles_are_words_and_anything_else_is_nobody)
{
        CHECK_EQ_INT(access_role("owner"), ROLE_OWNER);
        CHECK_EQ_INT(access_role("nobody"), ROLE_NOBODY);
        CHECK_EQ_INT(access_role("Owner"), ROLE_NOBODY);
        CHECK_EQ_INT(access_role(NULL), ROLE_NOBODY);
        CHECK_STR(access_role_word(ROLE_HELPDESK), "helpdesk");
}
