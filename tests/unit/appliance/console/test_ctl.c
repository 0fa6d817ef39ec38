/*
 * ctl: commands found, refused and explained; no station answers here.
 */
#include "appliance/console/ctl.h"

#include "appliance/base/text.h"
#include "appliance/console/ctl_setting.h"
#include "appliance/console/table.h"
#include "tests/support/test.h"

static char *out, *err;
static size_t out_size, err_size;

/* Runs the words of one line; -1 input: none. Leaves out and err. */
static int run(const char *line, const char *input)
{
        static char words[512];
        const char *argv[32];
        size_t n = 0;
        struct ctl ctl = {.is_remote = true};

        free(out);
        free(err);
        snprintf(words, sizeof words, "%s", line);
        for (char *save = NULL, *word = strtok_r(words, " ", &save); word && n < 32; word = strtok_r(NULL, " ", &save))
                argv[n++] = word;
        ctl.in = fmemopen((void *)input, strlen(input), "r");
        ctl.out = open_memstream(&out, &out_size);
        ctl.err = open_memstream(&err, &err_size);
        int r = ctl_run(&ctl, n, argv);
        fclose(ctl.in);
        fclose(ctl.out);
        fclose(ctl.err);
        return r;
}

TEST(without_words_all_commands_are_listed)
{
        CHECK_EQ_INT(run("", "x"), CTL_OK);
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++)
                        CHECK(strstr(out, c->words));
}

TEST(every_command_has_help_that_names_it)
{
        for (size_t g = 0; ctl_groups[g]; g++)
                for (const struct ctl_command *c = ctl_groups[g]; c->words; c++) {
                        char line[64], lead[64];

                        snprintf(line, sizeof line, "help %s", c->words);
                        snprintf(lead, sizeof lead, "provostctl %s", c->words);
                        CHECK_EQ_INT(run(line, "x"), CTL_OK);
                        CHECK(text_starts(out, lead));
                        snprintf(line, sizeof line, "%s --help", c->words);
                        CHECK_EQ_INT(run(line, "x"), CTL_OK);
                        CHECK(text_starts(out, lead));
                        CHECK(c->help[0] && c->help[strlen(c->help) - 1] == '\n');
                }
}

TEST(wrong_use_is_2_with_a_sentence)
{
        static const char *const lines[] = {
                "phon list", "phone", "phone fly", "phone list too many", "phone add", "phone add x", "phone show 00:00",
                "phone add 000413aabbcc --sip-secret hunter2", "site set", "site set name", "site set =x",
                "profile set p", "profile set p x", "profile set p x[=1", "phone window 000413aabbcc soon",
                "status --wait long", "timeline 000413aabbcc --limit 0", "serve-port /dev/null", "phone add 01005e000001",
        };

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                CHECK_EQ_INT(run(lines[i], "x"), CTL_USAGE);
                CHECK(strstr(err, "provostctl: "));
                CHECK_STR(out, "");
        }
}

TEST(a_word_too_few_or_unknown_says_what_to_do)
{
        CHECK_EQ_INT(run("phone", "x"), CTL_USAGE);
        CHECK(strstr(err, "provostctl phone delete MAC"));
        CHECK(strstr(err, "provostctl: \"phone\" needs a second word: one of those above.\n"));
        CHECK_EQ_INT(run("phone fly", "x"), CTL_USAGE);
        CHECK(strstr(err, "provostctl: There is no command \"phone fly\": choose one of those above.\n"));
        CHECK_EQ_INT(run("fly", "x"), CTL_USAGE);
        CHECK_STR(err, "provostctl: There is no command \"fly\": `provostctl help` lists them all.\n");
        CHECK_EQ_INT(run("help fly", "x"), CTL_USAGE);
        CHECK_STR(err, "provostctl: There is no command \"fly\": `provostctl help` lists them all.\n");
        CHECK_EQ_INT(run("phone show", "x"), CTL_USAGE);
        CHECK_STR(err, "provostctl phone show MAC\n"
                       "provostctl: A word is missing; the line above shows the whole command.\n");
}

TEST(a_station_that_is_away_is_1_with_a_sentence)
{
        CHECK_EQ_INT(run("phone list", "x"), CTL_FAILED);
        CHECK(strstr(err, "store does not answer"));
        CHECK_EQ_INT(run("phone add 00:04:13:AA:BB:CC --approve --json", "x"), CTL_FAILED);
        CHECK_EQ_INT(run("phone add 000413aabbcc --sip-secret-file -", "s3cret\n"), CTL_FAILED);
        CHECK(!strstr(err, "s3cret"));
}

TEST(a_remote_command_reads_no_file_of_the_appliance)
{
        CHECK_EQ_INT(run("site set phone_ca=@/etc/passwd", "x"), CTL_FAILED);
        CHECK(strstr(err, "Only \"-\""));
        CHECK_EQ_INT(run("phone add 000413aabbcc --sip-secret-file /etc/passwd", "x"), CTL_FAILED);
        CHECK(strstr(err, "Only \"-\""));
}

TEST(a_setting_is_read_with_index_and_permission)
{
        struct ctl_setting s;

        CHECK_EQ_INT(ctl_setting_parse("fkey[3]:RW=line sip:1@x:5060=[a]", false, &s), 0);
        CHECK_STR(s.name, "fkey");
        CHECK(s.has_index);
        CHECK_EQ_INT(s.index, 3);
        CHECK_STR(s.permission, "RW");
        CHECK_STR(s.value, "line sip:1@x:5060=[a]");
        CHECK_EQ_INT(ctl_setting_parse("language=", false, &s), 0);
        CHECK(!s.has_index);
        CHECK_STR(s.permission, "");
        CHECK_STR(s.value, "");
        CHECK_EQ_INT(ctl_setting_parse("web_language:!=x:R", false, &s), 0);
        CHECK_STR(s.permission, "!");
        CHECK_STR(s.value, "x:R");
        CHECK_EQ_INT(ctl_setting_parse("fkey[0]", true, &s), 0);
        CHECK(!s.value);
}

TEST(a_setting_has_values_in_braces)
{
        struct ctl_setting s;

        CHECK_EQ_INT(ctl_setting_parse("fkey[3]{label=Anna,context=1}:RW=speed {1}", false, &s), 0);
        CHECK_EQ_INT(s.n_attributes, 2);
        CHECK_STR(s.attributes[0].name, "label");
        CHECK_STR(s.attributes[0].value, "Anna");
        CHECK_STR(s.attributes[1].name, "context");
        CHECK_STR(s.attributes[1].value, "1");
        CHECK_STR(s.permission, "RW");
        CHECK_STR(s.value, "speed {1}");
        CHECK_EQ_INT(ctl_setting_parse("x{a=1\\,2\\}\\\\=3,b=}=y", false, &s), 0);
        CHECK_STR(s.attributes[0].value, "1,2}\\=3");
        CHECK_STR(s.attributes[1].value, "");
        CHECK_STR(s.value, "y");
}

TEST(malformed_braces_are_refused)
{
        static const char *const bad[] = {"n{}=x", "n{a}=x", "n{=1}=x", "n{a=1=x", "n{a=1,}=x", "n{a=1}}=x", "n{a=1,a=2}=x", "n{a=1}[1]=x",
                                          "n:R{a=1}=x", "n{a=\\", "n{a=1\\}=x", "n{a=1}", "n{,a=1}=x", "n{a\n=1}=x", "{a=1}=x"};
        char many[400] = "n", large[400];
        struct ctl_setting s;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                if (ctl_setting_parse(bad[i], false, &s) != PV_EMALFORMED)
                        TEST_FAIL("taken: %s", bad[i]);
        CHECK_EQ_INT(ctl_setting_parse("n{a=1}", true, &s), PV_EMALFORMED);
        for (size_t i = 0; i <= CTL_SETTING_ATTRIBUTES_MAX; i++)
                snprintf(many + strlen(many), sizeof many - strlen(many), "%ca%zu=1", i ? ',' : '{', i);
        strcat(many, "}=x");
        CHECK_EQ_INT(ctl_setting_parse(many, false, &s), PV_ETOOLARGE);
        snprintf(large, sizeof large, "n{a=%0*d}=x", (int)sizeof s.attributes->value - 1, 1);
        CHECK_EQ_INT(ctl_setting_parse(large, false, &s), 0);
        snprintf(large, sizeof large, "n{a=%0*d}=x", (int)sizeof s.attributes->value, 1);
        CHECK_EQ_INT(ctl_setting_parse(large, false, &s), PV_EMALFORMED);
}

TEST(a_malformed_setting_is_refused)
{
        static const char *const bad[] = {"", "=", "=x", "name", "[1]=x", "n[]=x", "n[1=x", "n[a]=x", "n[1]2=x",
                                          "n:X=x", "n:=x", "n[1]:=x", "n[-1]=x", "n[65536]=x", "n\n=x"};
        struct ctl_setting s;

        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
                CHECK_EQ_INT(ctl_setting_parse(bad[i], false, &s), PV_EMALFORMED);
}

TEST(an_empty_table_says_so)
{
        static const char *const heads[] = {"A", "B", NULL};
        struct table *table = table_new(heads);
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        table_print(table, file);
        fclose(file);
        CHECK_STR(text, "A  B\n(none)\n");
        table_free(table);
        free(text);
}

TEST(a_table_is_safe_for_a_terminal)
{
        static const char *const heads[] = {"A", "B", NULL};
        struct table *table = table_new(heads);
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        table_cell(table, "M\xc3\xbcller");
        table_cell(table, "\x1b[31mred\n");
        table_cell(table, "x");
        table_cell(table, "y");
        table_print(table, file);
        fclose(file);
        CHECK_STR(text, "A       B\nM\xc3\xbcller  \\x1b[31mred\\x0a\nx       y\n");
        table_free(table);
        free(text);
}

TEST(the_catalogue_needs_no_station)
{
        CHECK_EQ_INT(run("catalogue show http_pass", "x"), CTL_OK);
        CHECK(strstr(out, "Password for the phone's web pages."));
        CHECK(strstr(out, "weak values are refused"));
        CHECK_EQ_INT(run("catalogue show no_such_setting", "x"), CTL_FAILED);
        CHECK(strstr(err, "not in the catalogue"));
        CHECK_EQ_INT(run("catalogue search keyboard-lock", "x"), CTL_OK);
        CHECK(strstr(out, "keyboard_lock_pw") && !strstr(out, "ldap_base"));
        CHECK_EQ_INT(run("catalogue search nosuchwordanywhere", "x"), CTL_FAILED);
        CHECK_EQ_INT(run("catalogue list", "x"), CTL_OK);
        CHECK(strstr(out, "SETTING") && strstr(out, "\nfkey ") && strstr(out, "\nvlan_id "));
        CHECK_EQ_INT(run("catalogue show vlan_id --json", "x"), CTL_OK);
        CHECK(strstr(out, "\"type\":\"number 0..4094\",\"default\":\"\",\"secret\":null"));
}

/* A line of a block of code: "provostctl phone list" or "$ provostctl status". Other lines pass. */
static void check_line(const char *name, const char *line)
{
        char first[32] = "", second[32] = "", two[80], one[80];

        if (text_starts(line, "$ "))
                line += 2;
        if (sscanf(line, "provostctl %31[a-z-] %31[a-z-]", first, second) < 1)
                return;
        snprintf(two, sizeof two, "%s %s --help", first, second);
        snprintf(one, sizeof one, "%s --help", first);
        if (run(two, "x") != CTL_OK && run(one, "x") != CTL_OK)
                TEST_FAIL("%s names a command that is not there: %s", name, line);
}

TEST(the_commands_of_the_guide_are_there)
{
        static const char *const names[] = {"docs/admin.md", "docs/console.md"};
        char line[1000];
        size_t n = 0;

        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                FILE *file = fopen(names[i], "re");

                if (!file)
                        TEST_SKIP("the docs are not here");
                while (fgets(line, sizeof line, file)) {
                        n += strstr(line, "provostctl ") != NULL;
                        check_line(names[i], line);
                }
                fclose(file);
        }
        CHECK(n > 40);
}
