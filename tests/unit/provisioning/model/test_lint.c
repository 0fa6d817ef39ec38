/*
 * test_lint: each rule with settings that break it, and with settings that do not.
 */
#include "provisioning/model/lint.h"

#include "provisioning/model/lint_view.h"
#include "provisioning/model/merge.h"
#include "tests/support/test.h"

#define NONE LINT_NO_INDEX
#define RULES_MAX 64

static struct lint_finding found[RULES_MAX];
static size_t n_found;

static void keep(const struct lint_finding *finding, void *userdata)
{
        (void)userdata;
        if (n_found < RULES_MAX)
                found[n_found++] = *finding;
}

static const struct lint_finding *find(const char *rule)
{
        for (size_t i = 0; i < n_found; i++)
                if (!strcmp(found[i].rule, rule))
                        return &found[i];
        return NULL;
}

static const struct lint_phone desk = {.mac = "000413aabbcc", .model = "snomD785", .extension = "2017"};

static const struct {
        const char *rule;
        enum lint_severity severity;
        struct lint_setting settings[4];        /* the document that breaks it */
        const char *model;
} rows[] = {
        {"name", LINT_ERROR, {{"a b", NONE, "x", "R"}}, NULL},
        {"name", LINT_ERROR, {{"", NONE, "x", "R"}}, NULL},
        {"name", LINT_ERROR, {{"1st", NONE, "x", "R"}}, NULL},
        {"characters", LINT_ERROR, {{"phone_name", NONE, "a\x01", "R"}}, NULL},
        {"characters", LINT_ERROR, {{"phone_name", NONE, "a\nb", "R"}}, NULL},
        {"characters", LINT_ERROR, {{"phone_name", NONE, "\xff", "R"}}, NULL},
        {"characters", LINT_ERROR, {{"phone_name", NONE, "\xef\xbf\xbe", "R"}}, NULL},
        {"permission", LINT_ERROR, {{"phone_name", NONE, "x", "Q"}}, NULL},
        {"permission", LINT_ERROR, {{"phone_name", NONE, "x", "WR"}}, NULL},
        {"unknown", LINT_WARNING, {{"no_such_setting", NONE, "x", "R"}}, NULL},
        {"value", LINT_ERROR, {{"use_hidden_tags", NONE, "yes", "R"}}, NULL},
        {"value", LINT_ERROR, {{"vlan_id", NONE, "4095", "R"}}, NULL},
        {"value", LINT_ERROR, {{"user_savp", 1, "perhaps", "R"}}, NULL},
        {"value", LINT_ERROR, {{"admin_mode_password", NONE, "two words here", "R"}}, NULL},
        {"index-missing", LINT_ERROR, {{"user_name", NONE, "100", "R"}}, NULL},
        {"index-missing", LINT_ERROR, {{"fkey", NONE, "line", "R"}}, NULL},
        {"index-surplus", LINT_ERROR, {{"http_user", 1, "x", "R"}}, NULL},
        {"index-range", LINT_ERROR, {{"user_name", 13, "100", "R"}}, NULL},
        {"index-range", LINT_ERROR, {{"user_name", 0, "100", "R"}}, NULL},
        {"index-range", LINT_ERROR, {{"fkey", 256, "line", "R"}}, NULL},
        {"index-model", LINT_WARNING, {{"user_name", 3, "100", "R"}}, "snomD120"},
        {"lockout", LINT_ERROR, {{"admin_mode", NONE, "off", "R"}}, NULL},
        {"lockout", LINT_ERROR, {{"admin_mode", NONE, "off", "&"}}, NULL},
        {"lockout", LINT_ERROR, {{"admin_mode", NONE, "off", "V"}}, NULL},
        {"kept-secret", LINT_ERROR, {{"http_pass", NONE, "aLongEnoughOne42", "!"}}, NULL},
        {"kept-secret", LINT_ERROR, {{"x_password", NONE, "aLongEnoughOne42", "!"}}, NULL},
        {"user-secret", LINT_ERROR, {{"http_pass", NONE, "aLongEnoughOne42", "RW"}}, NULL},
        {"user-secret", LINT_ERROR, {{"user_pass", 1, "aLongEnoughOne42", ""}}, NULL},
        {"user-setting", LINT_WARNING, {{"use_hidden_tags", NONE, "on", "RW"}}, NULL},
        {"dect-permission", LINT_WARNING, {{"phone_name", NONE, "x", "!"}}, "M900"},
        {"dect-permission", LINT_WARNING, {{"phone_name", NONE, "x", "V"}}, "snom M300"},
        {"weak-login", LINT_ERROR, {{"admin_mode_password", NONE, "0000", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"http_pass", NONE, "Admin", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"http_pass", NONE, "000413AABBCC", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"http_pass", NONE, "aabbcc", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"service_mode_pass", NONE, "2017", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"http_pass", NONE, "", "R"}}, NULL},
        {"weak-login", LINT_ERROR, {{"http_pass", NONE, "x7Q!a9p", "R"}}, NULL},
        {"short-login", LINT_WARNING, {{"http_pass", NONE, "x7Q!a9pZ", "R"}}, NULL},
        {"weak-account", LINT_ERROR, {{"user_pass", 1, "2017", "R"}}, NULL},
        {"weak-account", LINT_ERROR, {{"user_pass", 1, "1234", "R"}}, NULL},
        {"weak-account", LINT_ERROR, {{"user_pass", 1, "000413aabbcc", "R"}}, NULL},
        {"short-account", LINT_WARNING, {{"user_pass", 1, "x7Q!a9p", "R"}}, NULL},
        {"weak-pin", LINT_ERROR, {{"keyboard_lock_pw", NONE, "0000", ""}}, NULL},
        {"weak-pin", LINT_ERROR, {{"uboot_lock", NONE, "2017", "R"}}, NULL},
        {"weak-pin", LINT_ERROR, {{"uboot_lock", NONE, "345678", "R"}}, NULL},
        {"short-pin", LINT_WARNING, {{"uboot_lock", NONE, "", "R"}}, NULL},
        {"short-pin", LINT_WARNING, {{"uboot_lock", NONE, "739", "R"}}, NULL},
        {"short-pin", LINT_WARNING, {{"keyboard_lock_pw", NONE, "1984", "R"}}, NULL},
        {"guessed-secret", LINT_WARNING, {{"my_password", NONE, "x7Q!a9p", "RW"}}, NULL},
        {"locked", LINT_ERROR, {{"vpn_on", NONE, "off", "R"}}, NULL},
        {"locked", LINT_ERROR, {{"provisioning_order", NONE, "dhcp:stop", "R"}}, NULL},
        {"locked", LINT_ERROR, {{"tls_server_authentication", NONE, "on", ""}}, NULL},
        {"locked", LINT_ERROR, {{"setting_server", NONE, "https://10.64.0.1/{mac}.xml", "RW"}}, NULL},
        {"foreign", LINT_WARNING, {{"use_hidden_tags", NONE, "on", "R"}}, "snomM700"},
        {"foreign", LINT_WARNING, {{"http_basic_user", NONE, "user", "R"}}, NULL},
        {"plain-url", LINT_WARNING, {{"action_incoming_url", NONE, "http://pbx/", "R"}}, NULL},
        {"plain-url", LINT_WARNING, {{"no_such_setting", NONE, "tftp://pbx/", "R"}}, NULL},
        {"part", LINT_ERROR, {{"tbook", NONE, "100", ""}}, NULL},
        {"part", LINT_ERROR, {{"tbook", 0, "", ""}}, NULL},
        {"part", LINT_ERROR, {{"dialplan", 0, "", ""}}, NULL},
        {"part", LINT_ERROR, {{"upload", 0, "menu.xml", ""}}, NULL},
        {"part", LINT_ERROR, {{"certificate", 0, "http", ""}, {"certificate", 1, "a-b", ""}}, NULL},
        {"part", LINT_ERROR, {{"certificate", 0, "-----BEGIN CERTIFICATE----- QUJD", ""}}, NULL},
        {"part", LINT_ERROR, {{"replacement", 0, "<!DOCTYPE x>", ""}}, NULL},
        {"part", LINT_ERROR, {{"replacement", 0, "<key><action>x</key></action>", ""}}, NULL},
        {"part", LINT_ERROR, {{"replacement", 0, "<key a='1'>a & b</key>", ""}}, NULL},
        {"part", LINT_ERROR, {{"replacement", 0, "<key/><key/>", ""}}, NULL},
        {"stranded", LINT_ERROR, {{"update_policy", NONE, "never_update", "R"}}, NULL},
        {"recommendation", LINT_WARNING, {{"webserver_type", NONE, "http_https", "R"}}, NULL},
        {"recommendation", LINT_WARNING, {{"use_hidden_tags", NONE, "off", "R"}}, NULL},
        {"twice", LINT_ERROR, {{"user_name", 1, "1", "R"}, {"user_name", 1, "2", "R"}}, NULL},
        {"unchecked-tls", LINT_ERROR, {{"user_outbound", 1, "pbx;transport=TLS", "R"}}, NULL},
        {"unchecked-tls", LINT_ERROR, {{"user_host", 1, "pbx;transport=tls", "R"}, {"tls_server_authentication", NONE, "off", "R"}}, NULL},
        {"confirm", LINT_ERROR, {{"admin_mode_password", NONE, "aLongEnoughOne42", "R"}, {"admin_mode_password_confirm", NONE, "another", "R"}}, NULL},
        {"confirm", LINT_ERROR, {{"admin_mode_password_confirm", NONE, "aLongEnoughOne42", "R"}}, NULL},
        {"plain-keys", LINT_WARNING, {{"user_srtp", 1, "on", "R"}, {"user_outbound", 1, "pbx;transport=udp", "R"}}, NULL},
        {"incomplete-account", LINT_WARNING, {{"user_name", 1, "100", "R"}, {"user_host", 1, "pbx", "R"}}, NULL},
        {"leaked-secret", LINT_WARNING, {{"action_incoming_url", NONE, "https://pbx/?p=aLongEnoughOne42", "R"}, {"http_pass", NONE, "aLongEnoughOne42", "R"}}, NULL},
        {"leaked-secret", LINT_WARNING, {{"user_pass", 1, "jf83hf8HFD", "R"}, {"no_such_setting", NONE, "jf83hf8HFD", "R"}}, NULL},
        {"reused", LINT_WARNING, {{"http_pass", NONE, "aLongEnoughOne42", "R"}, {"admin_mode_password", NONE, "aLongEnoughOne42", "R"}}, NULL},
        {"open-web", LINT_WARNING, {{"webserver_type", NONE, "https", "R"}}, NULL},
        {"never-asks", LINT_WARNING, {{"settings_refresh_timer", NONE, "0", "R"}}, NULL},
        {"never-asks", LINT_WARNING, {{"prov_polling_enabled", NONE, "on", "R"}, {"prov_polling_period", NONE, "0", "R"}}, NULL},
        {"plain-signalling", LINT_WARNING, {{"user_name", 2, "1", "R"}, {"user_outbound", 2, "pbx;transport=udp", "R"}}, NULL},
        {"silent-media", LINT_WARNING, {{"user_savp", 1, "mandatory", "R"}, {"user_srtp", 1, "off", "R"}}, NULL},
        {"two-transports", LINT_WARNING, {{"user_host", 1, "pbx;transport=udp", "R"}, {"user_outbound", 1, "pbx;transport=tls", "R"}}, NULL},
        {"reset-on-sync", LINT_ERROR, {{"checksync_action", NONE, "factory-reset", "R"}}, NULL},
        {"emergency", LINT_ERROR, {{"enable_keyboard_lock", NONE, "on", "R"}, {"keyboard_lock_emergency", NONE, " ", "R"}}, NULL},
        {"emergency", LINT_ERROR, {{"keyboard_lock_emergency", NONE, "", "R"}}, NULL},
        {"lock-without-pin", LINT_WARNING, {{"enable_keyboard_lock", NONE, "on", "R"}}, NULL},
        {"admin-password", LINT_WARNING, {{"admin_mode", NONE, "off", "RW"}}, NULL},
        {"order", LINT_WARNING, {{"phone_name", NONE, "x", "R"}, {"auto_reboot_on_setting_change", NONE, "on", "R"}}, NULL},
        {"vpn-message", LINT_WARNING, {{"status_msgs_that_show_directly", NONE, "PhoneIsLocked", "R"}}, NULL},
        {"vpn-message", LINT_WARNING, {{"status_msgs_that_are_blocked", NONE, "PhoneHasVpnError", "R"}}, NULL},
        {"dhcp-sources", LINT_WARNING, {{"dhcp_options_on_inform", NONE, "120 43", "R"}}, NULL},
        {"dhcp-sources", LINT_WARNING, {{"dhcp_options_on_ip_aquire", NONE, "66", "R"}}, NULL},
};

/* What only a merged document can show: attributes, the site, the firmware. */
static const struct {
        const char *rule;
        enum lint_severity severity;
        struct merge_setting setting;
        struct merge_attribute attributes[3];
        const char *running, *wanted;
} wide[] = {
        {"attribute", LINT_ERROR, {.name = "fkey", .index = 0, .value = "line"}, {{"1st", "x"}}, NULL, NULL},
        {"attribute", LINT_ERROR, {.name = "fkey", .index = 0, .value = "line"}, {{"idx", "1"}}, NULL, NULL},
        {"attribute", LINT_ERROR, {.name = "fkey", .index = 0, .value = "line"}, {{"label", "a"}, {"Label", "b"}}, NULL, NULL},
        {"attribute", LINT_ERROR, {.name = "fkey", .index = 0, .value = "line"}, {{"label", "a\x01"}}, NULL, NULL},
        {"part", LINT_ERROR, {.name = "upload", .index = 0, .value = "https://h/x.xml"}, {{NULL, NULL}}, NULL, NULL},
        {"part", LINT_ERROR, {.name = "upload", .index = 0, .value = "https://h/x.xml"}, {{"type", "a b"}}, NULL, NULL},
        {"part", LINT_ERROR, {.name = "dialplan", .index = 0, .value = "0."}, {{"Timeout", "soon"}}, NULL, NULL},
        {"part", LINT_ERROR, {.name = "dialplan", .index = 0, .value = "0."}, {{"User", "mail"}}, NULL, NULL},
        {"part", LINT_ERROR, {.name = "certificate", .index = 0, .value = "QUJD"}, {{"type", "base64"}}, NULL, NULL},
        {"syslog", LINT_WARNING, {.name = "syslog_server", .index = NONE, .value = "192.0.2.1", .permission = "R"}, {{NULL, NULL}}, NULL, NULL},
        {"syslog", LINT_WARNING, {.name = "syslog_server", .index = NONE, .value = "log.example", .permission = "R"}, {{NULL, NULL}}, NULL, NULL},
        {"shared-secret", LINT_WARNING, {.name = "http_pass", .index = NONE, .value = "x7Q!a9pZ_1.bc", .permission = "R", .scope = MERGE_SITE},
         {{NULL, NULL}}, NULL, NULL},
        {"shared-secret", LINT_WARNING, {.name = "keyboard_lock_pw", .index = NONE, .value = "739146", .permission = "R", .scope = MERGE_PROFILE},
         {{NULL, NULL}}, NULL, NULL},
        {"since", LINT_WARNING, {.name = "sshd", .index = NONE, .value = "off", .permission = "R"}, {{NULL, NULL}}, "8.7.5.35", NULL},
        {"downgrade", LINT_ERROR, {.name = "phone_name", .index = NONE, .value = "x", .permission = "R"}, {{NULL, NULL}}, "10.1.42.14", "10.1.33.33"},
        {"downgrade", LINT_ERROR, {.name = "phone_name", .index = NONE, .value = "x", .permission = "R"}, {{NULL, NULL}}, "8.9.3.80", "8.9.3.60"},
        {"firmware-version", LINT_ERROR, {.name = "phone_name", .index = NONE, .value = "x", .permission = "R"}, {{NULL, NULL}}, "10.1.42.14", "newest"},
};
#define N_WIDE (sizeof wide / sizeof wide[0])

static size_t lint_wide(size_t i)
{
        static const struct site site = {.tunnel_address = 0x0a400001, .tunnel_prefix = 16};
        struct merge_setting s = wide[i].setting;
        const struct merge_input input = {.phone = {.model = "snomD785", .firmware = wide[i].running ? wide[i].running : "", .sip_user = "2017"},
                                          .site = &site};

        s.attributes = wide[i].attributes;
        while (s.n_attributes < 3 && wide[i].attributes[s.n_attributes].name)
                s.n_attributes++;
        s.permission = s.permission ? s.permission : "";
        n_found = 0;
        return lint_merged(&input, &(struct merge_result){.settings = &s, .n_settings = 1, .firmware = wide[i].wanted}, keep, NULL);
}

TEST(what_only_a_merged_document_shows_is_found)
{
        for (size_t i = 0; i < N_WIDE; i++) {
                const struct lint_finding *finding;
                size_t n_errors = lint_wide(i);

                finding = find(wide[i].rule);
                if (!finding)
                        TEST_FAIL("row %zu: %s did not see %s", i, wide[i].rule, wide[i].setting.name);
                CHECK_EQ_INT(finding->severity, wide[i].severity);
                CHECK_EQ_INT(n_errors, wide[i].severity == LINT_ERROR);
        }
}

TEST(parts_with_all_they_need_are_sound)
{
        static const struct merge_attribute key[] = {{"label", "Caf\xc3\xa9 & co"}, {"context", "1"}}, type = {"type", "gui_xml_state_settings"},
                                            dial[] = {{"Timeout", "1"}, {"User", "phone"}}, name = {"name", "Reception"};
        static const struct merge_setting parts[] = {
                {.name = "fkey", .index = 0, .value = "speed 1", .permission = "", .attributes = key, .n_attributes = 2},
                {.name = "tbook", .index = 0, .value = "100", .permission = "", .attributes = &name, .n_attributes = 1},
                {.name = "tbook", .index = NONE, .value = "complete", .permission = ""},
                {.name = "dialplan", .index = 7, .value = "0.", .permission = "", .attributes = dial, .n_attributes = 2},
                {.name = "upload", .index = 0, .value = "https://10.64.0.1/x.xml", .permission = "", .attributes = &type, .n_attributes = 1},
                {.name = "certificate", .index = 0, .value = "-----BEGIN CERTIFICATE----- QUJD -----END CERTIFICATE-----", .permission = ""},
                {.name = "certificate", .index = 1, .value = "QUJD", .permission = ""},
                {.name = "replacement", .index = 0, .value = "<key id=\"x\">y</key>", .permission = ""},
        };
        struct lint_finding finding = {0};

        n_found = 0;
        CHECK_EQ_INT(lint_settings(parts, sizeof parts / sizeof *parts, &desk, keep, NULL), 0);
        if (n_found)
                TEST_FAIL("%s: %s", found[0].rule, found[0].sentence);
        CHECK_EQ_INT(lint_check_settings(parts, sizeof parts / sizeof *parts, &desk, &finding), 0);
        CHECK_EQ_INT(lint_check_item(&parts[4], &desk, &finding), 0);
        CHECK_EQ_INT(lint_item(&parts[4], &desk, keep, NULL), 0);
}
#define N_ROWS (sizeof rows / sizeof rows[0])

TEST(each_rule_finds_what_breaks_it)
{
        for (size_t i = 0; i < N_ROWS; i++) {
                struct lint_phone phone = desk;
                const struct lint_finding *finding;
                size_t n = 0;

                if (rows[i].model)
                        phone.model = rows[i].model;
                while (n < 4 && rows[i].settings[n].name)
                        n++;
                n_found = 0;
                lint_document(rows[i].settings, n, &phone, keep, NULL);
                finding = find(rows[i].rule);
                if (!finding)
                        TEST_FAIL("row %zu: %s did not see %s", i, rows[i].rule, rows[i].settings[0].name);
                CHECK_EQ_INT(finding->severity, rows[i].severity);
                CHECK(strlen(finding->sentence) > 20 && finding->sentence[strlen(finding->sentence) - 1] != ' ');
        }
}

TEST(each_rule_has_a_row_here)
{
        const char *name;
        size_t i;

        for (i = 0; (name = lint_rule_name(i)); i++) {
                bool has = false;

                for (size_t k = 0; k < N_ROWS; k++)
                        has = has || !strcmp(rows[k].rule, name);
                for (size_t k = 0; k < N_WIDE; k++)
                        has = has || !strcmp(wide[k].rule, name);
                if (!has)
                        TEST_FAIL("no row breaks the rule %s", name);
        }
        CHECK(i > 45);
}

TEST(a_phone_that_has_not_said_its_model_is_spoken_of_as_a_desk_phone)
{
        const struct lint_setting base = {"http_basic_user", NONE, "user", "R"};

        n_found = 0;
        lint_setting(&base, &(struct lint_phone){"", NULL, ""}, keep, NULL);
        CHECK(find("foreign"));
        CHECK_STR(find("foreign")->sentence, "http_basic_user has no effect: a desk phone does not know it.");
}

TEST(who_holds_a_secret_is_named_and_the_secret_is_not)
{
        const struct lint_setting s[] = {{"action_incoming_url", NONE, "https://pbx/?p=aLongEnoughOne42", "R"}, {"http_pass", NONE, "aLongEnoughOne42", "R"}};

        n_found = 0;
        lint_document(s, 2, &desk, keep, NULL);
        CHECK(find("leaked-secret"));
        CHECK_STR(find("leaked-secret")->name, "action_incoming_url");
        CHECK_STR(find("leaked-secret")->sentence, "action_incoming_url holds the value of http_pass, and is shown where secrets are not; take it out.");
}

TEST(errors_stand_before_warnings)
{
        static const struct lint_rule *const tables[] = {lint_one, lint_among, lint_accounts, lint_whole};

        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
                for (const struct lint_rule *rule = tables[i]; rule->name && rule[1].name; rule++)
                        if (rule[1].severity > rule->severity)
                                TEST_FAIL("%s", rule[1].name);
}

TEST(a_sound_document_has_no_finding)
{
        static const struct lint_setting sound[] = {
                {"auto_reboot_on_setting_change", NONE, "on", "R"}, {"tls_server_authentication", NONE, "on", "R"},
                {"webserver_type", NONE, "https", "R"}, {"http_user", NONE, "admin", "R"}, {"http_pass", NONE, "x7Q!a9pZ_1.bc", "R"},
                {"admin_mode", NONE, "off", "RW"}, {"admin_mode_password", NONE, "Y7Q!a9pZ_1.bc", "R"},
                {"admin_mode_password_confirm", NONE, "Y7Q!a9pZ_1.bc", "R"}, {"user_active", 1, "on", "R"}, {"user_name", 1, "2017", "R"},
                {"user_pass", 1, "jf83hf8HFD", "R"}, {"user_host", 1, "pbx.example", "R"},
                {"user_outbound", 1, "pbx.example;transport=tls", "R"}, {"user_srtp", 1, "on", "R"}, {"user_savp", 1, "mandatory", "R"},
                {"fkey", 0, "line", ""}, {"fkey", 1, "blf 100", "RW"}, {"language", NONE, "Deutsch", "RW"}, {"vlan_id", NONE, "", "R"},
                {"call_waiting", NONE, "on", "RW"}, {"call_waiting", 1, "visual", "RW"}, {"keyboard_lock_pw", NONE, "7391", "RW"},
        };

        n_found = 0;
        CHECK_EQ_INT(lint_document(sound, sizeof sound / sizeof *sound, &desk, keep, NULL), 0);
        if (n_found)
                TEST_FAIL("%s: %s", found[0].rule, found[0].sentence);
}

TEST(sentences_never_tell_a_secret)
{
        static const struct lint_setting secrets[] = {
                {"http_pass", NONE, "canary value", "!"}, {"admin_mode_password", NONE, "canary \"value", "RW"},
                {"admin_mode_password_confirm", NONE, "canary", ""}, {"user_pass", 1, "canary", "Q"}, {"user_pass", NONE, "canary\n", "RW"},
                {"keyboard_lock_pw", NONE, "canary", ""}, {"uboot_lock", 1, "canary", ""}, {"x_password", NONE, "canary\x01", "!"},
        };

        n_found = 0;
        CHECK(lint_document(secrets, sizeof secrets / sizeof *secrets, &(struct lint_phone){"", "", "canary"}, keep, NULL) >= 8);
        for (size_t i = 0; i < n_found; i++)
                if (strstr(found[i].sentence, "canary"))
                        TEST_FAIL("%s", found[i].sentence);
}

TEST(a_check_gives_the_first_error_and_passes_over_warnings)
{
        const struct lint_setting both[] = {{"no_such_setting", NONE, "x", "R"}, {"use_hidden_tags", NONE, "yes", "R"}};
        struct lint_finding finding = {0};

        CHECK_EQ_INT(lint_check_setting(&both[0], &desk, &finding), 0);
        CHECK_EQ_INT(lint_check_setting(&both[1], &desk, &finding), PV_EREFUSED);
        CHECK_STR(finding.sentence, "use_hidden_tags cannot be \"yes\"; it must be on or off.");
        finding = (struct lint_finding){0};
        CHECK_EQ_INT(lint_check_document(both, 2, &desk, &finding), PV_EREFUSED);
        CHECK_STR(finding.name, "use_hidden_tags");
        CHECK_EQ_INT(lint_check_document(both, 0, &(struct lint_phone){0}, &finding), 0);
}

TEST(each_rule_stands_in_its_chapter)
{
        static char chapter[1 << 16];
        FILE *file = fopen("docs/catalogue.md", "r");
        const char *name;
        char shown[64];

        CHECK(file);
        chapter[fread(chapter, 1, sizeof chapter - 1, file)] = 0;
        fclose(file);
        for (size_t i = 0; (name = lint_rule_name(i)); i++) {
                snprintf(shown, sizeof shown, "`%s`", name);
                if (!strstr(chapter, shown))
                        TEST_FAIL("docs/catalogue.md does not explain %s", name);
        }
}
