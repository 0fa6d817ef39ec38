/*
 * test_catalogue: what is known about settings.
 */
#include "provisioning/model/catalogue.h"

#include "gen/settings.catalogue.embed.h"
#include "tests/support/test.h"

static struct catalogue read;
static struct catalogue_problem problem;

static int parse(const char *text)
{
        problem = (struct catalogue_problem){0};
        return catalogue_parse(text, strlen(text), &read, &problem);
}

TEST(the_catalogue_that_is_built_in_is_sound)
{
        int r = catalogue_parse(embed_settings_catalogue, embed_settings_catalogue_len, &read, &problem);

        if (r)
                TEST_FAIL("settings.catalogue:%u: %s", problem.line, problem.reason);
        CHECK(read.n_entries > 300);
        CHECK_EQ_INT(catalogue_builtin()->n_entries, read.n_entries);
}

TEST(what_the_guides_name_is_known)
{
        static const char *const names[] = {
                "webserver_type", "http_pass", "use_hidden_tags", "admin_mode", "admin_mode_password", "service_mode_pass",
                "enable_keyboard_lock", "user_outbound", "user_srtp", "user_savp", "vpn_on", "setting_server", "provisioning_order",
                "tls_server_authentication", "uboot_lock", "csta_control", "syslog_server", "fkey", "ldap_server", "update_policy",
                "prov_polling_period", "checksync_action", "http_client_pass", "action_incoming_url", "user_dp_str",
        };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (!catalogue_find(catalogue_builtin(), names[i]))
                        TEST_FAIL("%s is not there", names[i]);
        CHECK(!catalogue_find(catalogue_builtin(), "no_such_setting"));
        CHECK(!catalogue_find(catalogue_builtin(), ""));
}

TEST(every_kind_of_value_is_told_from_others)
{
        static const struct { const char *type, *legal[4], *illegal[5]; } rows[] = {
                {"text", {"", "a b"}, {NULL}},
                {"switch", {"on", "off"}, {"", "On", "true", "1", " on"}},
                {"number", {"", "0", "4294967296"}, {"-1", "1.5", "0x1", "1 ", "9999999999999999999"}},
                {"number 1..12", {"", "1", "12"}, {"0", "13", "a"}},
                {"choice a,bc", {"a", "bc"}, {"", "b", "a,bc", "abc"}},
                {"choice a,", {"a", ""}, {"b"}},
                {"password", {"", "aB1.+@:,?!-_/();&$*#<>[]="}, {"a b", "a\"b", "a'b", "\xc3\xa4", "a\\b"}},
                {"pin", {"", "0123456789"}, {"12a", "-1", "1234567890123456789"}},
                {"clock", {"", "00:00", "23:59"}, {"24:00", "1:00", "12:60", "12-00", "12:0a"}},
                {"url", {"", "https://h/{mac}.xml", "http://h/"}, {"h/x", "https://", "javascript:x", "https://h/ x"}},
                {"host", {"", "pbx.example:5061", "[fd00::1]:53"}, {"a b", "a/b", "a;transport=tls"}},
        };
        char line[160], legal[128];

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                snprintf(line, sizeof line, "x | - | %s | ? | - | admin | - | - | - | I | A test.\n", rows[i].type);
                CHECK_EQ_INT(parse(line), 0);
                for (size_t k = 0; k < 4 && rows[i].legal[k]; k++)
                        if (!catalogue_takes(&read.entries[0], rows[i].legal[k], legal, sizeof legal))
                                TEST_FAIL("%s refuses \"%s\"", rows[i].type, rows[i].legal[k]);
                for (size_t k = 0; k < 5 && rows[i].illegal[k]; k++)
                        if (catalogue_takes(&read.entries[0], rows[i].illegal[k], legal, sizeof legal) || !*legal)
                                TEST_FAIL("%s takes \"%s\"", rows[i].type, rows[i].illegal[k]);
        }
}

TEST(a_broken_line_is_named)
{
        static const char *const lines[] = {
                "x | - | text | ? | - | admin | - | - | - | I\n", "x | - | text | ? | - | admin | - | - | - | I | A | B\n",
                "x | most | text | ? | - | admin | - | - | - | I | A.\n", "x | - | tex | ? | - | admin | - | - | - | I | A.\n",
                "x | - | text | ? | yes | admin | - | - | - | I | A.\n", "x | - | text | ? | - | me | - | - | - | I | A.\n",
                "x | - | text | ? | - | admin | no-row | - | - | I | A.\n", "x | - | text | ? | - | admin | - | - | - | Q | A.\n",
                " | - | text | ? | - | admin | - | - | - | I | A.\n", "x | - | text | ? | - | admin | - | - | - | I | \n",
                "x | - | choice | ? | - | admin | - | - | - | I | A.\n", "x | - | switch | yes | - | admin | - | - | - | I | A.\n",
                "x | - | switch | on | - | admin | - | maybe | - | I | A.\n", "x",
        };
        char text[200];

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
                snprintf(text, sizeof text, "# first\n\n%s", lines[i]);
                if (parse(text) != PV_EMALFORMED || problem.line != 3 || !*problem.reason)
                        TEST_FAIL("line %zu: at %u \"%s\"", i, problem.line, problem.reason);
        }
        CHECK_EQ_INT(parse("x | - | text | ? | - | admin | - | - | - | I | A.\nx | - | text | ? | - | admin | - | - | - | I | A."), PV_EMALFORMED);
        CHECK_EQ_INT(parse(""), 0);
        CHECK_EQ_INT(read.n_entries, 0);
}

TEST(a_slip_of_the_finger_is_told)
{
        CHECK_STR(catalogue_near(catalogue_builtin(), "http_pas"), "http_pass");
        CHECK_STR(catalogue_near(catalogue_builtin(), "htpt_pass"), "http_pass");
        CHECK_STR(catalogue_near(catalogue_builtin(), "http_passs"), "http_pass");
        CHECK_STR(catalogue_near(catalogue_builtin(), "http_pasx"), "http_pass");
        CHECK(!catalogue_near(catalogue_builtin(), "something_else"));
}

TEST(secrets_are_known_and_guessed_by_their_names)
{
        CHECK(catalogue_is_secret(catalogue_builtin(), "user_pass"));
        CHECK(catalogue_is_secret(catalogue_builtin(), "webserver_cert"));
        CHECK(catalogue_is_secret(catalogue_builtin(), "somebodys_password"));
        CHECK(catalogue_is_secret(catalogue_builtin(), "http_pas"));
        CHECK(catalogue_is_secret(catalogue_builtin(), "uboot_lok"));
        CHECK(!catalogue_is_secret(catalogue_builtin(), "user_nam"));
        CHECK(!catalogue_is_secret(catalogue_builtin(), "user_name"));
        CHECK(!catalogue_is_secret(catalogue_builtin(), "edit_mode_for_passwords"));
}

TEST(who_knows_a_setting_and_from_which_firmware_on_is_read_from_where)
{
        static const struct { const char *where, *since; bool is_desk, is_dect; } rows[] = {
                {"-", "", true, false}, {"10.1", "10.1", true, false}, {"10.1.180; only there", "10.1.180", true, false},
                {"0000 before 10.1.185.0", "", true, false}, {"DECT", "", false, true}, {"desk and DECT", "", true, true},
                {"desk and DECT; not all", "", true, true}, {"DECTs", "", true, false}, {"newer firmware", "", true, false},
        };
        char line[160];

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                const struct catalogue_entry *e = &read.entries[0];

                snprintf(line, sizeof line, "x | - | text | ? | - | admin | - | - | %s | I | A test.\n", rows[i].where);
                CHECK_EQ_INT(parse(line), 0);
                if (strcmp(e->since, rows[i].since) != 0 || e->is_desk != rows[i].is_desk || e->is_dect != rows[i].is_dect)
                        TEST_FAIL("%s: \"%s\" %d %d", rows[i].where, e->since, e->is_desk, e->is_dect);
                CHECK_EQ_INT(catalogue_is_spoken(e, MODEL_DIALECT_DESK), rows[i].is_desk);
                CHECK_EQ_INT(catalogue_is_spoken(e, MODEL_DIALECT_DECT), rows[i].is_dect);
                CHECK(catalogue_is_spoken(e, MODEL_DIALECT_OTHER));
        }
}

TEST(of_a_choice_several_values_may_be_recommended)
{
        CHECK_EQ_INT(parse("x | - | choice a,b,c | ? | - | admin | web | a,c | - | I | A test.\n"), 0);
        CHECK(catalogue_is_as_recommended(&read.entries[0], "a") && catalogue_is_as_recommended(&read.entries[0], "c"));
        CHECK(!catalogue_is_as_recommended(&read.entries[0], "b"));
        CHECK_EQ_INT(parse("x | - | choice a,b,c | ? | - | admin | web | a,d | - | I | A test.\n"), PV_EMALFORMED);
}
