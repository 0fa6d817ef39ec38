/*
 * test_hardening: rows of the hardening profile: met, open, waived, impossible, unused.
 */
#include "provisioning/model/hardening.h"

#include "provisioning/model/catalogue.h"
#include "provisioning/model/merge.h"
#include "tests/support/test.h"

#define NONE MERGE_NO_INDEX

static struct site site = {.tunnel_address = 0x0a400001, .tunnel_prefix = 16, .country = "DE"};
static struct merge_input input = {.phone = {.model = "snomD785", .firmware = "8.9.3.80", .sip_user = ""}, .site = &site};
static struct hardening_row rows[32];
static size_t n_rows, met, total;

static void keep(const struct hardening_row *row, void *userdata)
{
        (void)userdata;
        if (n_rows < sizeof rows / sizeof *rows)
                rows[n_rows++] = *row;
}

static const struct hardening_row *score(const struct merge_setting *settings, size_t n, const char *row)
{
        size_t n_met = 0, n_not_counted = 0;

        n_rows = 0;
        merge_score(&input, &(struct merge_result){.settings = settings, .n_settings = n}, keep, NULL, &met, &total);
        for (size_t i = 0; i < n_rows; i++) {
                n_met += rows[i].state == HARDENING_MET;
                n_not_counted += rows[i].state == HARDENING_UNUSED || rows[i].state == HARDENING_IMPOSSIBLE;
        }
        CHECK_EQ_INT(n_rows, 14);
        CHECK_EQ_INT(met, n_met);
        CHECK_EQ_INT(total, n_rows - n_not_counted);
        for (size_t i = 0; i < n_rows; i++)
                if (!strcmp(rows[i].name, row))
                        return &rows[i];
        TEST_FAIL("there is no row %s", row);
}

static const char *state(const struct merge_setting *settings, size_t n, const char *row)
{
        return hardening_state_text(score(settings, n, row)->state);
}

TEST(a_row_is_met_when_all_it_needs_is_set_strong_and_kept_from_the_user)
{
        struct merge_setting media[] = {{.name = "user_name", .index = 2, .value = "100", .permission = "R"},
                                        {.name = "user_srtp", .index = 2, .value = "on", .permission = "R"},
                                        {.name = "user_savp", .index = 2, .value = "mandatory", .permission = "R"}};

        CHECK_STR(state(media, 0, "media"), "unused");
        CHECK_STR(state(media, 3, "media"), "met");
        CHECK_STR(score(media, 3, "media")->missing, "");
        media[2].value = "optional";
        CHECK_STR(state(media, 3, "media"), "met");
        media[2].value = "off";
        CHECK_STR(score(media, 3, "media")->missing, "user_savp[2] is weaker than recommended");
        CHECK_STR(score(media, 2, "media")->missing, "user_savp[2] is not set");
        media[1].permission = "RW";
        CHECK_STR(score(media, 2, "media")->missing, "user_srtp[2] can be changed by the phone's user; user_savp[2] is not set");
        CHECK_STR(state(media, 3, "web"), "open");
        CHECK(strstr(score(media, 3, "signalling")->missing, "user_outbound[2] is not set"));
        CHECK_STR(score(media, 3, "boot")->missing, "uboot_lock is not set");
        CHECK(!score(media, 3, "web")->missing[319]);
}

TEST(web_pages_that_are_off_need_no_password)
{
        const struct merge_setting off[] = {{.name = "webserver_type", .index = NONE, .value = "off", .permission = "R"}};
        const struct merge_setting on[] = {{.name = "webserver_type", .index = NONE, .value = "https", .permission = "R"}};

        CHECK_STR(state(off, 1, "web"), "met");
        CHECK(strstr(score(on, 1, "web")->missing, "http_pass is not set"));
        CHECK(!strstr(score(on, 1, "web")->missing, "webserver_admin_password"));
        input.phone.firmware = "10.1.33.33";
        CHECK(strstr(score(on, 1, "web")->missing, "webserver_admin_password is not set"));
        input.phone.firmware = "8.9.3.80";
}

TEST(a_switched_off_row_says_who_and_why_and_counts_as_not_met)
{
        const struct merge_switch off[] = {{MERGE_PROFILE, "lab", "boot", "sent in for repair", "uid 0", false}};
        const struct merge_setting lock[] = {{.name = "uboot_lock", .index = NONE, .value = "82640517", .permission = "R"}};
        size_t total_before, met_before;

        CHECK_STR(state(lock, 1, "boot"), "met");
        total_before = total, met_before = met;
        input.switches = off, input.n_switches = 1;
        CHECK_STR(state(lock, 1, "boot"), "waived");
        CHECK_STR(score(lock, 1, "boot")->missing, "switched off for the profile lab by uid 0: sent in for repair");
        CHECK_EQ_INT(total, total_before);
        CHECK_EQ_INT(met, met_before - 1);
        input.n_switches = 0;
}

TEST(what_no_setting_of_a_model_is_known_for_is_impossible_and_not_counted)
{
        const struct merge_switch off[] = {{MERGE_SITE, "", "vpn", "it has none", "uid 0", false}};

        input.phone.model = "snomM700";
        CHECK_STR(state(NULL, 0, "vpn"), "impossible");
        CHECK_STR(score(NULL, 0, "vpn")->missing, "no setting for this is known of a snomM700");
        CHECK_STR(state(NULL, 0, "web"), "open");
        CHECK_EQ_INT(total, 2);
        input.switches = off, input.n_switches = 1;
        CHECK_STR(state(NULL, 0, "vpn"), "impossible");
        input.n_switches = 0;
        input.phone.model = "snomM3";
        CHECK_STR(state(NULL, 0, "web"), "impossible");
        CHECK_STR(state(NULL, 0, "seals"), "open");
        input.phone.model = "snomD785";
}

TEST(emergency_numbers_need_the_sites_country)
{
        struct merge_setting lock[] = {{.name = "enable_keyboard_lock", .index = NONE, .value = "on", .permission = "R"},
                                       {.name = "keyboard_lock_pw", .index = NONE, .value = "739146", .permission = "R"},
                                       {.name = "keyboard_lock_timeout", .index = NONE, .value = "600", .permission = "R"},
                                       {.name = "keyboard_lock_emergency", .index = NONE, .value = "112", .permission = "R"}};

        CHECK_STR(state(lock, 4, "keyboard-lock"), "met");
        site.country[0] = 0;
        CHECK_STR(score(lock, 4, "keyboard-lock")->missing, "keyboard_lock_emergency is the phone's own list; set the site's country");
        lock[3].scope = MERGE_SITE;
        CHECK_STR(state(lock, 4, "keyboard-lock"), "met");
        (void)strcpy(site.country, "DE");
}

TEST(a_log_that_leaves_the_tunnel_and_a_user_who_may_change_too_much_are_told)
{
        struct merge_setting s[] = {{.name = "syslog_server", .index = NONE, .value = "192.0.2.1", .permission = "R"},
                                    {.name = "phone_name", .index = NONE, .value = "x", .permission = "RW"},
                                    {.name = "logon_wizard", .index = NONE, .value = "off", .permission = "R"}};

        CHECK(strstr(score(s, 3, "noise")->missing, "syslog_server is not inside the tunnel"));
        s[0].value = "10.64.0.1:514";
        CHECK(!strstr(score(s, 3, "noise")->missing, "syslog_server"));
        CHECK_STR(score(s, 3, "menus")->missing, "phone_name can be changed by the phone's user");
        s[1].permission = "R";
        CHECK_STR(state(s, 3, "menus"), "met");
}

TEST(a_seal_is_met_when_it_is_recorded_and_inspected)
{
        CHECK_STR(score(NULL, 0, "seals")->missing, "a tamper seal is not recorded");
        input.phone.seal_is_good = true;
        CHECK_STR(state(NULL, 0, "seals"), "met");
        input.phone.seal_is_good = false, input.phone.seal_is_overdue = true;
        CHECK_STR(score(NULL, 0, "seals")->missing, "the tamper seal's inspection is overdue");
        input.phone.seal_is_overdue = false;
}

TEST(every_row_has_a_sentence_and_a_setting_of_the_catalogue)
{
        const struct catalogue *c = catalogue_builtin();
        const char *sentence, *name;

        for (size_t i = 0; (name = merge_row_name(i, &sentence)); i++) {
                bool has = !strcmp(name, "seals");

                CHECK(strlen(sentence) > 20 && sentence[strlen(sentence) - 1] == '.');
                for (size_t k = 0; k < c->n_entries; k++)
                        has = has || !strcmp(c->entries[k].row, name);
                if (!has)
                        TEST_FAIL("%s", name);
        }
}
