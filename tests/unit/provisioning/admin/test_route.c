/*
 * test_route: which operation a method and a path ask for.
 *
 * In:   paths as an edge passes them on, and as an attacker writes them.
 * Out:  operations, values of places, refusals.
 * Not:  no fields.
 */
#include "provisioning/admin/route.h"

#include "tests/support/test.h"

static const struct operation phones[] = {
        {.method = "GET", .path = "/phones", .id = "list"},
        {.method = "GET", .path = "/phones/{mac}", .id = "get"},
        {.method = "PATCH", .path = "/phones/{mac}", .id = "change"},
        {.method = "POST", .path = "/phones/bulk", .id = "bulk"},
        {.method = "POST", .path = "/phones/{mac}/secrets/{name}/reveal", .id = "reveal"},
        {0},
};
static const struct operation others[] = {{.method = "GET", .path = "/audit.csv", .id = "export"}, {.method = "GET", .path = "/phones/special", .id = "special"}, {0}};
static const struct operation *const tables[] = {phones, others, NULL};
static struct route route;

static const char *id_of(const char *method, const char *path)
{
        int r = route_find(tables, method, path, &route);

        return r == 0 ? route.operation->id : r == PV_EREFUSED ? "405" : r == PV_EUNSET ? "404" : "400";
}

TEST(a_path_is_found_in_any_table_and_its_places_are_read)
{
        CHECK_STR(id_of("GET", "/api/v1/phones"), "list");
        CHECK_STR(id_of("GET", "/api/v1/audit.csv"), "export");
        CHECK_STR(id_of("POST", "/api/v1/phones/000413aabbcc/secrets/sip_secret/reveal"), "reveal");
        CHECK_STR(route_text(&route, "mac"), "000413aabbcc");
        CHECK_STR(route_text(&route, "name"), "sip_secret");
        CHECK(!route_text(&route, "other"));
}

TEST(literal_parts_go_before_places_whatever_the_order)
{
        CHECK_STR(id_of("GET", "/api/v1/phones/special"), "special");
        CHECK_STR(id_of("POST", "/api/v1/phones/bulk"), "bulk");
        CHECK_STR(id_of("GET", "/api/v1/phones/bulk"), "get");
}

TEST(head_is_get)
{
        CHECK_STR(id_of("HEAD", "/api/v1/phones"), "list");
}

TEST(a_method_that_the_path_does_not_take_says_which_ones_it_does)
{
        CHECK_STR(id_of("DELETE", "/api/v1/phones/000413aabbcc"), "405");
        CHECK_STR(route.allow, "GET, HEAD, PATCH");
        CHECK_STR(id_of("get", "/api/v1/phones"), "405");
}

TEST(paths_that_no_operation_has_are_not_found)
{
        static const char *const paths[] = {"/", "/api/v1", "/api/v1/", "/api/v2/phones", "/phones", "/api/v1/phones/", "/api/v1//phones", "/api/v1/phones/a/b",
                                            "/api/v1/./phones", "/api/v1/../v1/phones", "/api/v1/%70hones", "/API/V1/PHONES", "/api/v1/a/b/c/d/e/f/g/h/i/j",
                                            "/api/v1x/phones", "/api/v1/phones/000413aabbcc/secrets/sip_secret/reveal/"};

        for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
                CHECK_STR(id_of("GET", paths[i]), "404");
}

TEST(a_place_is_decoded_once_and_never_splits_the_path)
{
        CHECK_STR(id_of("GET", "/api/v1/phones/a%2Fb%2520c"), "get");
        CHECK_STR(route_text(&route, "mac"), "a/b%20c");
        CHECK_STR(id_of("GET", "/api/v1/phones/a+b"), "get");
        CHECK_STR(route_text(&route, "mac"), "a+b");
}

TEST(an_escape_that_is_none_is_malformed)
{
        CHECK_STR(id_of("GET", "/api/v1/phones/%"), "400");
        CHECK_STR(id_of("GET", "/api/v1/phones/%4"), "400");
        CHECK_STR(id_of("GET", "/api/v1/phones/%zz"), "400");
        CHECK_STR(id_of("GET", "/api/v1/phones/a%00b"), "400");
}

TEST(a_part_that_is_too_long_is_malformed)
{
        char path[600] = "/api/v1/phones/";
        size_t n = strlen(path);

        memset(path + n, 'a', 256);
        CHECK_STR(id_of("GET", path), "get");
        memset(path + n, 'a', 257);
        CHECK_STR(id_of("GET", path), "400");
}
