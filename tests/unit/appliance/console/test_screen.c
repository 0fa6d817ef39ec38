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

#define DISK(device, removable, running) \
        "{\"device\":\"" device "\",\"model\":\"A disk\",\"size\":1,\"removable\":" removable ",\"holds\":\"\",\"running\":" running "}"

TEST(who_started_a_stick_is_offered_the_machines_disk)
{
        CHECK_STR(line_of(screen_install, "{\"disks\":[" DISK("/dev/sdb", "true", "true") "," DISK("/dev/sda", "false", "false") "]}"),
                  "this runs from the stick /dev/sdb: \"disk install /dev/sda\" at the prompt installs it on the disk A disk of this machine");
        CHECK_STR(line_of(screen_install, "{\"disks\":[" DISK("/dev/sda", "false", "true") "," DISK("/dev/sdb", "true", "false") "]}"), "");
        CHECK_STR(line_of(screen_install, "{\"disks\":[" DISK("/dev/sdb", "true", "true") "," DISK("/dev/sdc", "true", "false") "]}"), "");
        CHECK_STR(line_of(screen_install, "{\"disks\":[]}"), "");
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
/* --- the page -------------------------------------------------------------------- */

static char page[SCREEN_PAGE_SIZE];

static const char *page_of(const char *json)
{
        sd_json_variant *reply = NULL;

        CHECK(sd_json_parse(json, 0, &reply, NULL, NULL) >= 0);
        screen_page(reply, 1800000000, page);
        sd_json_variant_unref(reply);
        return page;
}

/* The modules that were drawn, read back from the terminal's bytes: 1 where light. */
static size_t read_back(const char *text, bool ret_light[2 * QR_SIDE_MAX][QR_SIDE_MAX + 16], size_t *ret_columns)
{
        static const struct { const char *cell; bool upper, lower; } cells[] = {
                {" ", false, false}, {"\xe2\x96\x80", true, false}, {"\xe2\x96\x84", false, true}, {"\xe2\x96\x88", true, true}};
        size_t rows = 0;

        for (; text_starts(text, "\x1b[37;40m"); rows += 2, text++) {
                size_t column = 0, i;

                for (text += strlen("\x1b[37;40m"); !text_starts(text, "\x1b[0m\n"); column++) {
                        for (i = 0; i < 4 && !text_starts(text, cells[i].cell); i++)
                                ;
                        CHECK(i < 4);
                        ret_light[rows][column] = cells[i].upper;
                        ret_light[rows + 1][column] = cells[i].lower;
                        text += strlen(cells[i].cell);
                }
                *ret_columns = column;
                text += strlen("\x1b[0m");
        }
        return rows;
}

TEST(a_qr_code_is_drawn_module_by_module_within_four_light_ones)
{
        static bool light[2 * QR_SIDE_MAX][QR_SIDE_MAX + 16];
        static struct qr code;
        static char text[SCREEN_PAGE_SIZE];
        struct writer w = writer_of(text, sizeof text);
        size_t columns = 0, rows;

        CHECK_EQ_INT(qr_encode("https://192.168.100.200:9443/", &code), 0);
        screen_qr(&w, &code);
        CHECK_EQ_INT(writer_finish_text(&w), 0);
        rows = read_back(text, light, &columns);
        CHECK_EQ_INT(columns, code.side + 8);
        /* Two rows a line: an odd number of rows has a light one more. */
        CHECK_EQ_INT(rows, (code.side + 8 + 1) / 2 * 2);
        for (size_t row = 0; row < rows; row++)
                for (size_t column = 0; column < columns; column++) {
                        bool inside = row >= 4 && column >= 4 && row < code.side + 4 && column < code.side + 4;

                        CHECK(light[row][column] == !(inside && code.dark[row - 4][column - 4]));
                }
}

TEST(while_it_is_to_be_set_up_the_screen_shows_where_with_which_certificate_and_code)
{
        const char *text = page_of("{\"needed\":true,\"code\":\"ABCDE-FGHJK\",\"until\":1800001799,\"urls\":[\"https://169.254.3.4:9443/\","
                                   "\"https://192.168.1.57:9443/\",\"https://provost.local:9443/\"],\"sha256\":\"AA:BB\"}");
        const char *words = strstr(text, "provost: ");

        CHECK(text_starts(text, "\x1b[37;40m"));
        CHECK_STR(words, "provost: set this appliance up at https://192.168.1.57:9443/ (also https://169.254.3.4:9443/, https://provost.local:9443/)\n"
                         "provost: certificate SHA-256 AA:BB\n"
                         "provost: setup code ABCDE-FGHJK, good for 30 minutes (until 08:29 UTC)\n");
}

TEST(afterwards_it_shows_where_the_page_is)
{
        CHECK_STR(page_of("{\"needed\":false,\"code\":\"\",\"until\":0,\"urls\":[\"https://10.0.0.1:9443/\"],\"sha256\":\"AA:BB\"}"),
                  "provost: the page is at https://10.0.0.1:9443/\nprovost: certificate SHA-256 AA:BB\n");
}

TEST(what_came_of_a_setup_file_is_said_even_before_there_is_a_page)
{
        CHECK_STR(page_of("{\"needed\":true,\"code\":\"\",\"until\":1,\"urls\":[],\"sha256\":\"\",\"seed\":\"The setup file was not taken, at site.\\u001b: no.\"}"),
                  "provost: The setup file was not taken, at site.\\x1b: no.\n");
}

TEST(what_is_not_known_yet_is_not_shown)
{
        CHECK_STR(page_of("{\"needed\":true,\"code\":\"ABCDE-FGHJK\",\"until\":1,\"urls\":[],\"sha256\":\"AA\"}"), "");
        CHECK_STR(page_of("{\"needed\":true,\"code\":\"ABCDE-FGHJK\",\"until\":1,\"urls\":[\"https://10.0.0.1/\"],\"sha256\":\"\"}"), "");
        CHECK_STR(page_of("{\"needed\":true,\"code\":\"\",\"until\":1,\"urls\":[\"https://10.0.0.1/\"],\"sha256\":\"AA\"}"), "");
        CHECK_STR(page_of("{\"needed\":true}"), "");
}

TEST(the_first_address_is_one_that_others_reach)
{
        static const struct { const char *urls, *first; } cases[] = {
                {"[\"https://provost.local:9443/\",\"https://169.254.1.1:9443/\"]", "https://169.254.1.1:9443/"},
                {"[\"https://169.254.1.1:9443/\",\"https://10.0.0.1:9443/\"]", "https://10.0.0.1:9443/"},
                {"[\"https://provost.local:9443/\"]", "https://provost.local:9443/"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                sd_json_variant *reply = NULL;
                char json[256];

                snprintf(json, sizeof json, "{\"urls\":%s}", cases[i].urls);
                CHECK(sd_json_parse(json, 0, &reply, NULL, NULL) >= 0);
                CHECK_STR(screen_page_url(reply), cases[i].first);
                sd_json_variant_unref(reply);
        }
}
