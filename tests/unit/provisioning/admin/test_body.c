/*
 * test_body: the JSON object of a request.
 *
 * In:   bytes that are one, and bytes that are none.
 * Out:  an object, or a sentence.
 * Not:  no fields.
 */
#include "provisioning/admin/body.h"

#include "tests/support/test.h"

static const char *why;

static int parse(const char *text, size_t size)
{
        sd_json_variant *object = NULL;
        int r = body_parse(text, size, &object, &why);

        sd_json_variant_unref(object);
        return r;
}

#define PARSE(text) parse(text, sizeof(text) - 1)

TEST(an_object_is_taken)
{
        CHECK_EQ_INT(PARSE("{}"), 0);
        CHECK_EQ_INT(PARSE(" {\"a\": [1, {\"b\": null}], \"c\": \"{[:,\"}\n"), 0);
}

TEST(anything_but_one_object_is_refused)
{
        CHECK_EQ_INT(PARSE("[]"), PV_EMALFORMED);
        CHECK_STR(why, "The body is not a JSON object.");
        CHECK_EQ_INT(PARSE("\"a\""), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("{} {}"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("{\"a\":}"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("{\"a\":1,}"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("a=1&b=2"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE(" "), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("{\"a\":\"\xff\"}"), PV_EMALFORMED);
}

TEST(a_nul_is_refused_as_a_byte_and_as_an_escape)
{
        CHECK_EQ_INT(PARSE("{\"a\":1}\0"), PV_EMALFORMED);
        CHECK_STR(why, "The body holds a NUL byte.");
        CHECK_EQ_INT(PARSE("{\"a\":\"x\\u0000y\"}"), PV_EMALFORMED);
}

TEST(a_name_twice_is_refused_at_any_depth)
{
        CHECK_EQ_INT(PARSE("{\"a\":1,\"b\":2,\"a\":3}"), PV_EMALFORMED);
        CHECK_STR(why, "The body has a name twice in one object.");
        CHECK_EQ_INT(PARSE("{\"a\":[{\"x\":1,\"x\":1}]}"), PV_EMALFORMED);
        CHECK_EQ_INT(PARSE("{\"a\":1,\"\\u0061\":2}"), PV_EMALFORMED);
}

TEST(depth_and_number_of_values_are_bounded)
{
        static char text[400000];
        size_t n = 0;

        CHECK_EQ_INT(PARSE("{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"), 0);
        CHECK_EQ_INT(PARSE("{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}"), PV_EMALFORMED);
        CHECK_STR(why, "The body is nested too deeply.");
        n += (size_t)sprintf(text, "{\"a\":[1");
        for (int i = 0; i < 100001; i++)
                n += (size_t)sprintf(text + n, ",1");
        n += (size_t)sprintf(text + n, "]}");
        CHECK_EQ_INT(parse(text, n), PV_EMALFORMED);
        CHECK_STR(why, "The body has too many values.");
}
