/*
 * screen: the lines of the first screen that ask for somebody.
 */
#include "appliance/console/screen.h"

#include "appliance/base/text.h"
#include "appliance/console/ctl_show.h"
#include "tests/support/test.h"

static char line[SCREEN_LINE_SIZE];

/* The line for this answer. */
static const char *line_of(void (*say)(sd_json_variant *, char *), const char *json)
{
        sd_json_variant *reply = NULL;

        CHECK(sd_json_parse(json, 0, &reply, NULL, NULL) >= 0);
        memset(line, 'x', sizeof line - 1);
        say(reply, line);
        sd_json_variant_unref(reply);
        return line;
}

TEST(alarms_are_counted_and_the_newest_is_said)
{
        CHECK_STR(line_of(screen_alarms, "{\"alarms\":[]}"), "");
        CHECK_STR(line_of(screen_alarms, "{\"alarms\":[{\"detail\":\"Another DHCP server answers.\"}]}"),
                  "1 open alarm (provostctl alarm list); the newest: Another DHCP server answers.");
        CHECK(text_starts(line_of(screen_alarms, "{\"alarms\":[{\"detail\":\"a\"},{\"detail\":\"b\"}]}"), "2 open alarms (provostctl alarm list); the newest: a"));
}

TEST(phones_that_wait_are_named_up_to_three)
{
        CHECK_STR(line_of(screen_waiting, "{\"phones\":[{\"mac\":\"000413000001\",\"name\":\"\",\"state\":\"seen\"},"
                                          "{\"mac\":\"000413000002\",\"name\":\"\",\"state\":\"expected\"}]}"), "");
        CHECK_STR(line_of(screen_waiting, "{\"phones\":[{\"mac\":\"000413000001\",\"name\":\"Desk\",\"state\":\"waiting\"}]}"),
                  "1 phone waits for somebody (provostctl phone list waiting): 000413000001 (Desk)");
        CHECK_STR(line_of(screen_waiting, "{\"phones\":[{\"mac\":\"1\",\"state\":\"waiting\"},{\"mac\":\"2\",\"state\":\"waiting\"},"
                                          "{\"mac\":\"3\",\"state\":\"waiting\"},{\"mac\":\"4\",\"state\":\"waiting\"},{\"mac\":\"5\",\"state\":\"waiting\"}]}"),
                  "5 phones wait for somebody (provostctl phone list waiting): 1, 2, 3, ...");
}

TEST(what_renews_by_itself_needs_nobody)
{
        CHECK_STR(line_of(screen_ends, "{\"ends\":[{\"subject\":\"1\",\"state\":\"good\"},{\"subject\":\"2\",\"state\":\"renewing\"}]}"), "");
        CHECK_STR(line_of(screen_ends, "{\"ends\":[{\"subject\":\"1\",\"name\":\"Desk\",\"state\":\"soon\"},{\"subject\":\"root\",\"state\":\"ended\"}]}"),
                  "2 certificates end soon or are over (provostctl ends): 1 (Desk), root");
}

TEST(long_texts_of_others_fit)
{
        char json[4000], text[1200];

        memset(text, 'a', sizeof text - 1);
        text[sizeof text - 1] = 0;
        snprintf(json, sizeof json, "{\"alarms\":[{\"detail\":\"%s\"}],\"phones\":[{\"mac\":\"%s\",\"name\":\"%s\",\"state\":\"waiting\"}]}", text, text, text);
        CHECK(strlen(line_of(screen_alarms, json)) < SCREEN_LINE_SIZE);
        CHECK(strlen(line_of(screen_waiting, json)) < SCREEN_LINE_SIZE);
}

TEST(spans_are_said_in_the_largest_unit_that_fits)
{
        char span[CTL_SHOW_SPAN_SIZE];

        CHECK_STR(ctl_show_span(-5, span), "0 seconds");
        CHECK_STR(ctl_show_span(1, span), "1 second");
        CHECK_STR(ctl_show_span(119, span), "119 seconds");
        CHECK_STR(ctl_show_span(120, span), "2 minutes");
        CHECK_STR(ctl_show_span(7199, span), "119 minutes");
        CHECK_STR(ctl_show_span(7200, span), "2 hours");
        CHECK_STR(ctl_show_span(172800, span), "2 days");
        CHECK_STR(ctl_show_span(800 * 86400LL, span), "800 days");
}

TEST(a_markdown_cell_holds_no_markup_of_others)
{
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        ctl_show_markdown(file, "a|b <script> [x](y) `c`\n\x1b[0m");
        fclose(file);
        CHECK_STR(text, "a\\|b \\<script\\> \\[x\\](y) \\`c\\`\\\\x0a\\\\x1b\\[0m");
        free(text);
}
