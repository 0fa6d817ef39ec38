/*
 * test_merge: what one phone should be set to, from layers, switches and secrets.
 */
#include "provisioning/model/merge.h"

#include "provisioning/model/catalogue.h"
#include "provisioning/model/merge_builtin.h"
#include "provisioning/model/tunnel_url.h"
#include "tests/support/test.h"

#define NONE MERGE_NO_INDEX

static struct site site;
static struct merge *merge;
static struct merge_result result;

static const struct merge_secrets secrets = {
        .sip_secret = "jf83hf8HFD", .http_pass = "aB3.aB3.aB3.aB3.", .admin_mode_password = "cD4:cD4:cD4:cD4:",
        .service_mode_pass = "eF5-eF5-eF5-eF5-", .keyboard_lock_pw = "739146", .uboot_lock = "82640517",
        .webserver_user_password = "gH6_gH6_gH6_gH6_", .webserver_admin_password = "iJ7/iJ7/iJ7/iJ7/",
};

/* A site with a PBX, and one phone of it. */
static struct merge_input input_of(const char *model, const char *firmware)
{
        struct merge_input input = {
                .phone = {.name = "Front desk", .model = model, .firmware = firmware, .sip_user = "2017"}, .site = &site, .secrets = secrets,
        };

        CHECK_EQ_INT(mac_parse_text("000413aabbcc", &input.phone.mac), 0);
        site = (struct site){.name = "Lab", .tunnel_address = 0x0a400001, .tunnel_prefix = 16, .sip_host = "pbx.example", .sip_transport = "tls",
                             .language = "English", .domain = "lab.example", .country = "DE", .poll_minutes = 60};
        return input;
}

static void merged(const struct merge_input *input)
{
        if (!merge)
                CHECK_EQ_INT(merge_new(&merge), 0);
        CHECK_EQ_INT(merge_settings(merge, input, &result), 0);
}

static const struct merge_setting *find(const char *name, int index)
{
        for (size_t i = 0; i < result.n_settings; i++)
                if (result.settings[i].index == index && !strcmp(result.settings[i].name, name))
                        return &result.settings[i];
        return NULL;
}

static const char *value(const char *name, int index)
{
        const struct merge_setting *s = find(name, index);

        return s ? s->value : NULL;
}

TEST(later_layers_win_and_say_where_a_value_comes_from)
{
        const struct merge_setting of_site[] = {{.name = "web_logout_timer", .index = NONE, .value = "4", .permission = "R"},
                                                {.name = "phone_name", .index = NONE, .value = "site", .permission = "R"}};
        const struct merge_setting of_profile[] = {{.name = "phone_name", .index = NONE, .value = "sales", .permission = "RW"}};
        const struct merge_layer layers[] = {{MERGE_SITE, "", of_site, 2}, {MERGE_PROFILE, "sales", of_profile, 1}};
        struct merge_input input = input_of("snomD785", "10.1.33.33");

        input.layers = layers;
        input.n_layers = 2;
        merged(&input);
        CHECK_STR(result.settings[0].name, "auto_reboot_on_setting_change");
        CHECK_STR(value("web_logout_timer", NONE), "4");
        CHECK_EQ_INT(find("web_logout_timer", NONE)->scope, MERGE_SITE);
        CHECK_STR(value("phone_name", NONE), "sales");
        CHECK_STR(find("phone_name", NONE)->owner, "sales");
        CHECK_STR(find("phone_name", NONE)->permission, "RW");
        CHECK_EQ_INT(find("webserver_type", NONE)->scope, MERGE_BUILT_IN);
        CHECK_EQ_INT(find("user_host", 1)->scope, MERGE_SITE);
        CHECK_EQ_INT(find("user_pass", 1)->scope, MERGE_PHONE);
        CHECK_STR(find("user_pass", 1)->owner, "000413aabbcc");
}

TEST(an_old_phone_finds_everything_at_the_gateway_of_its_own_network)
{
        struct merge_input input = input_of("snom370", "8.7.5.35");

        site.legacy_address = 0x0a410001;
        input.phone.is_legacy = true;
        input.phone.bundle_serial = "5f0e";
        merged(&input);
        CHECK_STR(value("setting_server", NONE), "https://10.65.0.1/{mac}.xml");
        CHECK_STR(value("ntp_server", NONE), "10.65.0.1");
        CHECK_STR(value("vpn_tarball_url", NONE), "https://10.65.0.1/vpn/000413AABBCC-5f0e.tar");
}

TEST(a_bundle_is_named_while_a_next_certificate_waits_and_while_the_present_one_came_through_the_tunnel)
{
        CHECK_STR(tunnel_url_serial("0b", "0a", "lan"), "0b");
        CHECK_STR(tunnel_url_serial("0b", "0a", "tunnel"), "0b");
        CHECK_STR(tunnel_url_serial(NULL, "0b", "tunnel"), "0b");
        CHECK(!tunnel_url_serial(NULL, "0a", "lan"));
        CHECK(!tunnel_url_serial("", "0a", ""));
        CHECK(!tunnel_url_serial(NULL, NULL, "tunnel"));
        CHECK(!tunnel_url_serial(NULL, "0a", NULL));
}

TEST(the_gateway_is_that_of_the_network_who_asks_is_in)
{
        struct site other = {.tunnel_address = 0x0a400001, .tunnel_prefix = 16, .legacy_address = 0x0a410001, .legacy_prefix = 16};

        CHECK_EQ_INT(tunnel_url_gateway_at(&other, 0x0a410005), 0x0a400001);    /* old phones are off */
        other.legacy = true;
        CHECK_EQ_INT(tunnel_url_gateway_at(&other, 0x0a410005), 0x0a410001);
        CHECK_EQ_INT(tunnel_url_gateway_at(&other, 0x0a400005), 0x0a400001);
}

TEST(no_layer_and_no_switch_changes_what_is_locked)
{
        const struct merge_setting tries[] = {{.name = "vpn_on", .index = NONE, .value = "off", .permission = ""},
                                              {.name = "setting_server", .index = NONE, .value = "http://x/", .permission = "RW"},
                                              {.name = "vpn_tarball_url", .index = NONE, .value = "http://x/", .permission = "RW"}};
        const struct merge_layer layers[] = {{MERGE_PHONE, "000413aabbcc", tries, 3}};
        const struct merge_switch switches[] = {{MERGE_SITE, "", "vpn", "because it is so", "root", false},
                                                {MERGE_SITE, "", "sources", "because it is so", "root", false}};
        struct merge_input input = input_of("snomD785", "");

        input.layers = layers, input.n_layers = 1, input.switches = switches, input.n_switches = 2;
        merged(&input);
        CHECK_STR(value("vpn_on", NONE), "on");
        CHECK_STR(find("vpn_on", NONE)->permission, "R");
        CHECK_STR(value("setting_server", NONE), "https://10.64.0.1/{mac}.xml");
        CHECK(!find("vpn_tarball_url", NONE));
        CHECK(!find("update_policy", NONE));
        CHECK(!find("dhcp_options_on_inform", NONE));
        CHECK_STR(value("pnp_config", NONE), "off");
        input.phone.bundle_serial = "5f0e";
        merged(&input);
        CHECK_STR(value("vpn_tarball_url", NONE), "https://10.64.0.1/vpn/000413AABBCC-5f0e.tar");
        CHECK_EQ_INT(find("vpn_tarball_url", NONE)->scope, MERGE_PHONE);
        input.phone.bundle_serial = "../x";
        merged(&input);
        CHECK(!find("vpn_tarball_url", NONE));
        CHECK(merge_is_locked("vpn_tarball_url") && !merge_is_locked("http_pass") && !merge_is_locked(""));
        for (size_t i = 0; merge_builtin(i); i++)
                if (merge_builtin(i)->is_locked != merge_is_locked(merge_builtin(i)->name))
                        TEST_FAIL("%s", merge_builtin(i)->name);
}

TEST(variables_are_the_phones_and_other_braces_stay)
{
        const struct merge_attribute label = {"label", "{name} {ext}"};
        const struct merge_setting of_site[] = {
                {.name = "phone_name", .index = NONE, .value = "{mac} {MAC} {ext} {name} {site} {model} {domain} {sip_host}", .permission = "R"},
                {.name = "action_setup_url", .index = NONE, .value = "https://h/{{x}?m={local_ip}&{", .permission = "R"},
                {.name = "fkey", .index = 3, .value = "speed {ext}", .permission = "", .attributes = &label, .n_attributes = 1}};
        const struct merge_layer layers[] = {{MERGE_SITE, "", of_site, 3}};
        struct merge_input input = input_of("snomD785", "");

        input.layers = layers, input.n_layers = 1;
        merged(&input);
        CHECK_STR(value("phone_name", NONE), "000413aabbcc 000413AABBCC 2017 Front desk Lab snomD785 lab.example pbx.example");
        CHECK_STR(value("action_setup_url", NONE), "https://h/{x}?m={local_ip}&{");
        CHECK_STR(value("fkey", 3), "speed 2017");
        CHECK_STR(find("fkey", 3)->attributes[0].value, "Front desk 2017");
        CHECK_STR(label.value, "{name} {ext}");
}

TEST(what_a_base_does_not_know_is_left_out_unless_it_is_said_for_it_alone)
{
        const struct merge_setting desk[] = {{.name = "phone_name", .index = NONE, .value = "x", .permission = "R"},
                                             {.name = "no_such_setting", .index = NONE, .value = "x", .permission = "R"}};
        const struct merge_setting base[] = {{.name = "subscr_dect_ac_code", .index = 1, .value = "4718", .permission = "R"}};
        const struct merge_layer site_and_profile[] = {{MERGE_SITE, "", desk, 2}, {MERGE_PROFILE, "bases", base, 1}};
        const struct merge_layer alone[] = {{MERGE_PHONE, "000413aabbcc", desk, 2}};
        struct merge_input input = input_of("snomM700", "");

        input.layers = site_and_profile, input.n_layers = 2;
        merged(&input);
        CHECK(!find("phone_name", NONE) && !find("setting_server", NONE));
        CHECK_STR(value("no_such_setting", NONE), "x");
        CHECK_STR(value("subscr_dect_ac_code", 1), "4718");
        CHECK_STR(value("http_basic_pass", NONE), "gH6_gH6_gH6_gH6_");
        input.layers = alone, input.n_layers = 1;
        merged(&input);
        CHECK_STR(value("phone_name", NONE), "x");
        input = input_of("snom720", "");
        input.layers = site_and_profile, input.n_layers = 2;
        merged(&input);
        CHECK(find("phone_name", NONE) && !find("subscr_dect_ac_code", 1));
        input = input_of("snomM3", "");
        merged(&input);
        CHECK_EQ_INT(result.n_settings, 0);
}

TEST(later_profiles_switch_rows_after_earlier_ones)
{
        const struct merge_switch switches[] = {{MERGE_PROFILE, "first", "boot", "sent in for repair", "root", false},
                                                {MERGE_PROFILE, "second", "boot", "", "root", true},
                                                {MERGE_MODEL, "snomD785", "service", "nobody serves", "root", false}};
        struct merge_input input = input_of("snomD785", "");

        input.switches = switches, input.n_switches = 3;
        merged(&input);
        CHECK_STR(value("uboot_lock", NONE), "82640517");
        CHECK(!find("service_mode_pass", NONE));
}

TEST(the_last_scope_that_switches_a_row_wins)
{
        const struct merge_switch switches[] = {{MERGE_PHONE, "000413aabbcc", "hidden-tags", "", "root", true},
                                                {MERGE_SITE, "", "hidden-tags", "an old browser", "root", false},
                                                {MERGE_PROFILE, "sales", "boot", "sent in for repair", "root", false}};
        struct merge_input input = input_of("snomD785", "");

        input.switches = switches, input.n_switches = 3;
        merged(&input);
        CHECK_STR(value("use_hidden_tags", NONE), "on");
        CHECK(!find("uboot_lock", NONE));
        input.n_switches = 0;
        merged(&input);
        CHECK_STR(value("uboot_lock", NONE), "82640517");
}

TEST(the_firmware_is_taken_out_and_comes_back_as_its_url)
{
        const struct merge_setting wanted[] = {{.name = "firmware", .index = NONE, .value = "10.1.42.14", .permission = "R"},
                                               {.name = "firmware_downgrade", .index = NONE, .value = "on", .permission = "R"},
                                               {.name = "phone_name", .index = NONE, .value = "x", .permission = "R"}};
        const struct merge_layer layers[] = {{MERGE_MODEL, "snomD785", wanted, 3}};
        struct merge_input input = input_of("snomD785", "");

        input.layers = layers, input.n_layers = 1;
        merged(&input);
        CHECK_STR(result.firmware, "10.1.42.14");
        CHECK_STR(result.firmware_origin, "snomD785");
        CHECK(result.may_downgrade);
        CHECK(!find("firmware", NONE) && !find("firmware_downgrade", NONE));
        CHECK_STR(value("phone_name", NONE), "x");
        CHECK_STR(value("update_policy", NONE), "settings_only");
        CHECK_EQ_INT(merge_add_firmware(merge, &input, &result), 0);
        CHECK_STR(value("update_policy", NONE), "auto_update");
        CHECK_STR(value("firmware_status", NONE), "https://10.64.0.1/firmware/000413aabbcc.xml");
        input.n_layers = 0;
        merged(&input);
        CHECK(!result.firmware && !result.may_downgrade);
}

TEST(who_replaces_the_admin_password_replaces_its_confirmation)
{
        const struct merge_setting mine[] = {{.name = "admin_mode_password", .index = NONE, .value = "Zz9.Zz9.Zz9.Zz9.", .permission = "R"}};
        const struct merge_layer layers[] = {{MERGE_PHONE, "000413aabbcc", mine, 1}};
        struct merge_input input = input_of("snomD785", "");

        input.layers = layers, input.n_layers = 1;
        merged(&input);
        CHECK_STR(value("admin_mode_password_confirm", NONE), "Zz9.Zz9.Zz9.Zz9.");
}

TEST(without_a_pbx_there_is_no_account_and_without_secrets_none_is_sent)
{
        struct merge_input input = input_of("snomD785", "");

        site.sip_host[0] = 0;
        input.secrets = (struct merge_secrets){0};
        merged(&input);
        CHECK(!find("user_name", 1) && !find("user_srtp", 1) && !find("http_pass", NONE) && !find("uboot_lock", NONE));
        CHECK_STR(value("http_user", NONE), "admin");
}

TEST(too_many_settings_are_refused_and_the_next_document_is_whole)
{
        static struct merge_setting many[MERGE_SETTINGS_MAX];
        static char names[MERGE_SETTINGS_MAX][16];
        const struct merge_layer layers[] = {{MERGE_SITE, "", many, MERGE_SETTINGS_MAX}};
        struct merge_input input = input_of("snomD785", "");

        for (size_t i = 0; i < MERGE_SETTINGS_MAX; i++) {
                snprintf(names[i], sizeof names[i], "x%zu", i);
                many[i] = (struct merge_setting){.name = names[i], .index = NONE, .value = "{ext}", .permission = "R"};
        }
        merged(&input);
        input.layers = layers, input.n_layers = 1;
        CHECK_EQ_INT(merge_settings(merge, &input, &result), PV_ETOOLARGE);
        input.n_layers = 0;
        merged(&input);
        CHECK_STR(value("user_name", 1), "2017");
        CHECK(result.n_settings < 100);
}

/* Each by itself is short; expanded, all of them would be gigabytes. */
TEST(values_that_grow_without_bound_are_refused)
{
        static char braces[60001], name[200];
        static struct merge_setting many[64];
        static char names[64][8];
        const struct merge_layer layers[] = {{MERGE_SITE, "", many, 64}};
        struct merge_input input = input_of("snomD785", "");

        memset(name, 'x', sizeof name - 1);
        for (size_t i = 0; i < 60000; i += 6)
                memcpy(braces + i, "{name}", 6);
        for (size_t i = 0; i < 64; i++) {
                snprintf(names[i], sizeof names[i], "x%zu", i);
                many[i] = (struct merge_setting){.name = names[i], .index = NONE, .value = braces, .permission = "R"};
        }
        input.phone.name = name;
        input.layers = layers, input.n_layers = 1;
        CHECK_EQ_INT(merge_settings(merge, &input, &result), PV_ETOOLARGE);
        input.n_layers = 0;
        merged(&input);
        CHECK_STR(value("user_realname", 1), name);
}

TEST(each_built_in_setting_stands_in_its_chapter_and_in_the_catalogue)
{
        static char chapter[1 << 16];
        FILE *file = fopen("docs/hardening.md", "r");
        const struct merge_builtin *b;
        char shown[64];

        CHECK(file);
        chapter[fread(chapter, 1, sizeof chapter - 1, file)] = 0;
        fclose(file);
        for (size_t i = 0; (b = merge_builtin(i)); i++) {
                snprintf(shown, sizeof shown, "`%s`", b->name);
                if (!strstr(chapter, shown) || !catalogue_find(catalogue_builtin(), b->name))
                        TEST_FAIL("%s", b->name);
        }
        for (size_t i = 0; merge_row_name(i, NULL); i++) {
                snprintf(shown, sizeof shown, "\n| %s |", merge_row_name(i, NULL));
                if (!strstr(chapter, shown))
                        TEST_FAIL("row %s", merge_row_name(i, NULL));
        }
}

TEST(memory_is_given_back)
{
        merge_free(merge);
        merge_free(NULL);
}
