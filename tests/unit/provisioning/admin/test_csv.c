/*
 * csv: cells that no spreadsheet runs.
 */
#include "tests/support/test.h"

#include "provisioning/admin/csv.h"
#include "provisioning/admin/operation.h"

/* The answer goes nowhere here. */
void call_refuse(struct call *call, unsigned status, const char *code, const char *field, const char *detail_format, ...)
{
        (void)call, (void)status, (void)code, (void)field, (void)detail_format;
}

static char replied[4096];

void call_reply_file(struct call *call, const char *content_type, const char *name, const void *bytes, size_t size)
{
        (void)call, (void)content_type, (void)name;
        snprintf(replied, sizeof replied, "%.*s", (int)size, (const char *)bytes);
}

static const char *cell(const char *text)
{
        static char buffer[512];
        FILE *f = fmemopen(buffer, sizeof buffer, "w");

        csv_cell(f, text);
        fclose(f);
        return buffer;
}

TEST(plain_texts_stay_as_they_are)
{
        CHECK_STR(cell(""), "");
        CHECK_STR(cell("Reception"), "Reception");
        CHECK_STR(cell("000413aabbcc"), "000413aabbcc");
        CHECK_STR(cell("B\xc3\xbcro 2"), "B\xc3\xbcro 2");
}

TEST(delimiters_and_quotes_are_quoted)
{
        CHECK_STR(cell("a,b"), "\"a,b\"");
        CHECK_STR(cell("a;b"), "\"a;b\"");
        CHECK_STR(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
}

TEST(what_a_spreadsheet_would_run_begins_with_an_apostrophe)
{
        static const char *const formulas[] = {
                "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"https://evil\",\"x\")", "=cmd|' /C calc'!A0", " =1+1", "\t=1+1", "\r=1", "\n=1", "%0A",
                "|calc", "\xef\xbc\x9d" "1", "\xef\xbc\x8b" "1", "\xef\xbc\x8d" "1", "\xef\xbc\xa0" "x", "  +49 30", "\x0b=1",
        };

        for (size_t i = 0; i < sizeof formulas / sizeof *formulas; i++)
                if (strncmp(cell(formulas[i]), "\"'", 2) != 0)
                        TEST_FAIL("%zu: %s", i, cell(formulas[i]));
}

TEST(no_cell_makes_a_line_or_rules_a_terminal)
{
        CHECK_STR(cell("a\r\nb"), "\"a  b\"");
        CHECK_STR(cell("a\x1b[2Jb"), "a [2Jb");
        CHECK_STR(cell("a\x7f"), "a ");
}

TEST(rows_have_a_cell_for_each_column_and_empty_ones_for_what_is_not_there)
{
        static const struct csv_column columns[] = {
                {"mac", "mac", CSV_TEXT}, {"n", "n", CSV_NUMBER}, {"on", "on", CSV_FLAG}, {"all", "list", CSV_LIST}, {"at", "at", CSV_TIME},
                {"ms", "ms", CSV_TIME_MS}, {0},
        };
        sd_json_variant *v = NULL, *empty = NULL;
        struct csv csv;

        CHECK(sd_json_parse("{\"mac\":\"=x\",\"n\":0,\"on\":true,\"list\":[\"a\",\"=b\"],\"at\":86400,\"ms\":1500}", 0, &v, NULL, NULL) >= 0);
        CHECK(sd_json_parse("{\"mac\":null}", 0, &empty, NULL, NULL) >= 0);
        CHECK(csv_init(&csv, columns) == 0);
        csv_row(&csv, columns, v);
        csv_row(&csv, columns, empty);
        csv_reply(&csv, NULL, "x.csv");
        CHECK_STR(replied, "mac,n,on,all,at,ms\r\n\"'=x\",0,yes,a =b,1970-01-02T00:00:00Z,1970-01-01T00:00:01Z\r\n,,,,,\r\n");
        csv_done(&csv);
        sd_json_variant_unref(v);
        sd_json_variant_unref(empty);
}
