/*
 * test_settings_tag: what a phone says it has, against what there is.
 */
#include "provisioning/settings/settings_tag.h"

#include "tests/support/test.h"

TEST(equal_documents_have_equal_tags_and_others_have_others)
{
        char one[SETTINGS_TAG_SIZE], two[SETTINGS_TAG_SIZE];

        CHECK_EQ_INT(settings_tag_make("<settings/>", 11, one), 0);
        CHECK_EQ_INT(settings_tag_make("<settings/>\n", 11, two), 0);
        CHECK_STR(one, two);
        CHECK_EQ_INT(strlen(one), 34);
        CHECK_EQ_INT(settings_tag_make("<settings/>\n", 12, two), 0);
        CHECK(strcmp(one, two) != 0);
}

static const struct {
        const char *header;
        bool is_known;
} rows[] = {
        {NULL, false}, {"", false}, {"*", true}, {"\"aa\"", true}, {"W/\"aa\"", true}, {"\"ab\"", false}, {"\"aa", false}, {"aa", false},
        {"\"ab\", \"aa\"", true}, {"\"ab\",W/\"aa\"", true}, {"\"ab\" \"aa\"", true}, {" \"aa\" ", true}, {"\"aab\"", false},
        {"\"a,\", \"aa\"", true}, {"\"ab\", junk, \"aa\"", false}, {"w/\"aa\"", false}, {",,,", false}, {"\"", false}, {"W/", false},
};

TEST(a_tag_is_found_in_every_form_a_header_may_have)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (settings_tag_is_known(rows[i].header, "\"aa\"") != rows[i].is_known)
                        TEST_FAIL("row %zu: %s", i, rows[i].header);
}
