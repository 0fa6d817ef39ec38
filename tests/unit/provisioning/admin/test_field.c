/*
 * test_field: values against their rows.
 *
 * In:   texts and JSON values, right and wrong.
 * Out:  checked values, or sentences.
 * Not:  no requests.
 */
#include "provisioning/admin/field.h"

#include "tests/support/test.h"

static struct field_value value;
static char why[FIELD_WHY_SIZE];

static int by_text(const struct field *field, const char *text)
{
        field_value_done(&value);
        return field_from_text(field, text, &value, why);
}

static int by_json(const struct field *field, const char *json)
{
        sd_json_variant *parsed = NULL;
        int r;

        if (sd_json_parse(json, 0, &parsed, NULL, NULL) < 0)
                abort();
        field_value_done(&value);
        r = field_from_json(field, parsed, &value, why);
        sd_json_variant_unref(parsed);
        return r;
}

TEST(a_text_keeps_to_its_bounds_and_to_printable_utf8)
{
        static const struct field field = {.name = "name", .type = FIELD_TEXT, .min = 2, .max = 5};

        CHECK_EQ_INT(by_json(&field, "\"\\u00fcb\""), 0);
        CHECK_STR(value.text, "\xc3\xbc" "b");
        CHECK_EQ_INT(by_json(&field, "\"a\""), PV_EMALFORMED);
        CHECK_STR(why, "name has at least 2 bytes.");
        CHECK_EQ_INT(by_json(&field, "\"abcdef\""), PV_EMALFORMED);
        CHECK_STR(why, "name has at most 5 bytes.");
        CHECK_EQ_INT(by_json(&field, "\"a\\nb\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"a\\u007fb\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_text(&field, "\xff\xfe"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "17"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "null"), PV_EMALFORMED);
        field_value_done(&value);
}

TEST(prose_has_lines_and_nothing_else_of_control)
{
        static const struct field field = {.name = "note", .type = FIELD_PROSE, .max = 20};

        CHECK_EQ_INT(by_json(&field, "\"a\\r\\n\\tb\""), 0);
        CHECK_EQ_INT(by_json(&field, "\"a\\u001bb\""), PV_EMALFORMED);
        field_value_done(&value);
}

TEST(long_prose_is_read_in_parts_that_cut_no_character)
{
        static const struct field field = {.name = "note", .type = FIELD_PROSE, .max = 5000};
        char json[5000] = "\"";
        size_t n = 1;

        for (int i = 0; i < 1100; i++)
                n += (size_t)snprintf(json + n, sizeof json - n, "%s", i % 3 ? "\xc3\xbc" : "a");
        memcpy(json + n, "\"", 2);
        CHECK_EQ_INT(by_json(&field, json), 0);
        memcpy(json + n, "\\u0001\"", 8);
        CHECK_EQ_INT(by_json(&field, json), PV_EMALFORMED);
        field_value_done(&value);
}

TEST(a_word_is_one_of_the_list_and_never_a_part_of_one)
{
        static const struct field field = {.name = "role", .type = FIELD_WORD, .words = "reader helpdesk owner"};

        CHECK_EQ_INT(by_json(&field, "\"helpdesk\""), 0);
        CHECK_EQ_INT(by_json(&field, "\"help\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"reader helpdesk\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"Owner\""), PV_EMALFORMED);
        CHECK_STR(why, "role is one of: reader helpdesk owner.");
        field_value_done(&value);
}

TEST(a_mac_is_read_in_any_usual_spelling)
{
        static const struct field field = {.name = "mac", .type = FIELD_MAC};

        CHECK_EQ_INT(by_text(&field, "00:04:13:AA:bb:cc"), 0);
        CHECK_STR(value.text, "000413aabbcc");
        CHECK_EQ_INT(by_text(&field, "000413aabbc"), PV_EMALFORMED);
        CHECK_EQ_INT(by_text(&field, "bulk"), PV_EMALFORMED);
        field_value_done(&value);
}

TEST(an_integer_keeps_to_its_bounds_as_text_and_as_json)
{
        static const struct field field = {.name = "limit", .type = FIELD_INTEGER, .min = 1, .max = 500};
        static const struct field open = {.name = "id", .type = FIELD_INTEGER, .min = 1};
        static const char *const wrong[] = {"0", "501", "", "-", "1.5", "0x10", " 1", "1 ", "+1", "9999999999999999999999", "-1"};

        CHECK_EQ_INT(by_text(&field, "500"), 0);
        CHECK_EQ_INT(value.integer, 500);
        CHECK_EQ_INT(by_json(&field, "1"), 0);
        CHECK_EQ_INT(by_json(&field, "1.5"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"1\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "18446744073709551615"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "-9223372036854775808"), PV_EMALFORMED);
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                CHECK_EQ_INT(by_text(&field, wrong[i]), PV_EMALFORMED);
        CHECK_EQ_INT(by_text(&open, "999999999999999999"), 0);
        CHECK_EQ_INT(by_text(&open, "0"), PV_EMALFORMED);
        CHECK_STR(why, "id is at least 1.");
        field_value_done(&value);
}

TEST(a_flag_is_true_or_false)
{
        static const struct field field = {.name = "open", .type = FIELD_FLAG};

        CHECK_EQ_INT(by_text(&field, "true"), 0);
        CHECK(value.flag);
        CHECK_EQ_INT(by_json(&field, "false"), 0);
        CHECK(value.given && !value.flag);
        CHECK_EQ_INT(by_text(&field, "1"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"true\""), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "1"), PV_EMALFORMED);
}

TEST(a_list_of_texts_is_checked_text_by_text)
{
        static const struct field field = {.name = "profiles", .type = FIELD_TEXTS, .max = 4};

        CHECK_EQ_INT(by_json(&field, "[\"a\",\"bcde\"]"), 0);
        CHECK_EQ_INT(sd_json_variant_elements(value.json), 2);
        CHECK_EQ_INT(by_text(&field, "a,b,c"), 0);
        CHECK_EQ_INT(sd_json_variant_elements(value.json), 3);
        CHECK_EQ_INT(by_json(&field, "[]"), 0);
        CHECK_EQ_INT(by_json(&field, "[\"a\",\"bcdef\"]"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "[\"a\",1]"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&field, "\"a\""), PV_EMALFORMED);
        field_value_done(&value);
}

TEST(objects_and_lists_are_what_they_say)
{
        static const struct field object = {.name = "values", .type = FIELD_OBJECT}, list = {.name = "settings", .type = FIELD_LIST};

        CHECK_EQ_INT(by_json(&object, "{\"a\":1}"), 0);
        CHECK_EQ_INT(by_json(&object, "[]"), PV_EMALFORMED);
        CHECK_EQ_INT(by_json(&list, "[1]"), 0);
        CHECK_EQ_INT(by_json(&list, "{}"), PV_EMALFORMED);
        CHECK_EQ_INT(by_text(&object, "{}"), PV_EMALFORMED);
        field_value_done(&value);
}
