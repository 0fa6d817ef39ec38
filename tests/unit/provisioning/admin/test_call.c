/*
 * test_call: what an operation sees of its request, and how it answers.
 *
 * In:   paths, queries, bodies, roles.
 * Out:  answers.
 * Not:  no stations, no threads.
 */
#include "provisioning/admin/call.h"

#include "tests/support/test.h"

static unsigned n_runs;
static char got[256];
static void (*then)(struct call *call);

static void run(struct call *call)
{
        n_runs++;
        (void)snprintf(got, sizeof got, "%s %s %d %d", call_text(call, "mac") ? call_text(call, "mac") : "-", call_text(call, "name") ? call_text(call, "name") : "-",
                       (int)call_integer(call, "limit", -7), call_flag(call, "open"));
        if (then)
                then(call);
        else
                call_reply_empty(call);
}

static const struct field fields[] = {
        {.name = "mac", .place = FIELD_IN_PATH, .type = FIELD_MAC, .required = true},
        {.name = "limit", .place = FIELD_IN_QUERY, .type = FIELD_INTEGER, .min = 1, .max = 9},
        {.name = "name", .place = FIELD_IN_BODY, .type = FIELD_TEXT, .max = 9, .required = true},
        {.name = "open", .place = FIELD_IN_BODY, .type = FIELD_FLAG, .role = ROLE_ADMIN},
        {0},
};
static const struct operation table[] = {{.method = "POST", .path = "/x/{mac}", .id = "x", .role = ROLE_READER, .fields = fields, .run = run},
                                         {.method = "GET", .path = "/y", .id = "y", .run = run}, {0}};
static const struct operation *const tables[] = {table, NULL};

static struct call *made(const char *method, const char *path, const char *query, const char *body, enum role role)
{
        struct call *call = calloc(1, sizeof *call);

        if (!call || route_find(tables, method, path, &call->route))
                abort();
        call->operation = call->route.operation;
        call->who.role = role;
        call->query = strdup(query);
        call->body = strdup(body);
        call->body_size = strlen(body);
        return call;
}

/* Status and, of a problem, code and field. */
static const char *answer_of(const char *query, const char *body, enum role role)
{
        static char text[128];
        struct call *call = made("POST", "/api/v1/x/000413AABBCC", query, body, role);
        sd_json_variant *problem = NULL, *code, *field;

        n_runs = 0;
        call_run(call);
        (void)snprintf(text, sizeof text, "%u", call->answer.status);
        if (call->answer.size && sd_json_parse(call->answer.bytes, 0, &problem, NULL, NULL) >= 0) {
                code = sd_json_variant_by_key(problem, "code");
                field = sd_json_variant_by_key(problem, "field");
                (void)snprintf(text, sizeof text, "%u %s %s", call->answer.status, code ? sd_json_variant_string(code) : "-",
                               field ? sd_json_variant_string(field) : "-");
        }
        sd_json_variant_unref(problem);
        call_free(call);
        return text;
}

TEST(fields_come_from_path_query_and_body)
{
        then = NULL;
        CHECK_STR(answer_of("limit=9", "{\"name\":\"a\",\"open\":true}", ROLE_ADMIN), "204");
        CHECK_STR(got, "000413aabbcc a 9 1");
        CHECK_STR(answer_of("", "{\"name\":\"a\"}", ROLE_READER), "204");
        CHECK_STR(got, "000413aabbcc a -7 0");
}

TEST(what_does_not_fit_its_row_never_reaches_the_operation)
{
        static const struct { const char *query, *body, *answer; } wrong[] = {
                {"", "", "400 field name"},
                {"", "{}", "400 field name"},
                {"", "{\"name\":\"a\",\"mac\":\"000413aabbcc\"}", "400 unknown-field mac"},
                {"", "{\"name\":\"a\",\"limit\":3}", "400 unknown-field limit"},
                {"name=a", "{\"name\":\"a\"}", "400 unknown-field name"},
                {"other=1", "{\"name\":\"a\"}", "400 unknown-field other"},
                {"limit=1&limit=2", "{\"name\":\"a\"}", "400 field limit"},
                {"limit=10", "{\"name\":\"a\"}", "400 field limit"},
                {"limit=%4", "{\"name\":\"a\"}", "400 query -"},
                {"", "{\"name\":\"a\",\"name\":\"b\"}", "400 body -"},
                {"", "{\"name\":null}", "400 field name"},
                {"", "[]", "400 body -"},
        };

        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                CHECK_STR(answer_of(wrong[i].query, wrong[i].body, ROLE_OWNER), wrong[i].answer);
                CHECK_EQ_INT(n_runs, 0);
        }
}

TEST(a_field_can_need_another_role_than_its_operation)
{
        CHECK_STR(answer_of("", "{\"name\":\"a\",\"open\":false}", ROLE_HELPDESK), "403 role open");
        CHECK_EQ_INT(n_runs, 0);
        CHECK_STR(answer_of("", "{\"name\":\"a\",\"open\":false}", ROLE_ADMIN), "204");
}

static void says_nothing(struct call *call)
{
        (void)call;
}

TEST(an_operation_without_an_answer_is_a_fault_and_not_a_silence)
{
        struct call *call = made("GET", "/api/v1/y", "", "", ROLE_READER);
        static const struct operation silent = {.method = "GET", .path = "/y", .id = "silent", .run = says_nothing};

        call->operation = &silent;
        call_run(call);
        CHECK_EQ_INT(call->answer.status, 500);
        call_free(call);
}

static void versioned(struct call *call)
{
        sd_json_variant *object = NULL;

        if (sd_json_buildo(&object, SD_JSON_BUILD_PAIR_INTEGER("a", 1)) < 0)
                abort();
        call_reply_version(call, 200, object, 17);
        sd_json_variant_unref(object);
}

TEST(a_version_is_an_etag_and_whoever_has_it_gets_304)
{
        static const struct operation get = {.method = "GET", .path = "/y", .id = "y", .run = versioned};

        for (int known = 0; known < 2; known++) {
                struct call *call = made("GET", "/api/v1/y", "", "", ROLE_READER);

                call->operation = &get;
                (void)snprintf(call->none_match, sizeof call->none_match, "%s", known ? "\"17\"" : "\"16\"");
                call_run(call);
                CHECK_EQ_INT(call->answer.status, known ? 304 : 200);
                CHECK_STR(call->answer.headers[0].name, "ETag");
                CHECK_STR(call->answer.headers[0].value, "\"17\"");
                call_free(call);
        }
}

static void lines_in_a_name(struct call *call)
{
        call_reply_file(call, "text/csv", "a.csv", "x", 1);
}

TEST(a_file_is_for_the_disk_and_never_shown)
{
        struct call *call = made("GET", "/api/v1/y", "", "", ROLE_READER);
        static const struct operation get = {.method = "GET", .path = "/y", .id = "y", .run = lines_in_a_name};

        call->operation = &get;
        call_run(call);
        CHECK_STR(call->answer.headers[0].name, "Content-Disposition");
        CHECK_STR(call->answer.headers[0].value, "attachment; filename=\"a.csv\"");
        call_free(call);
}
