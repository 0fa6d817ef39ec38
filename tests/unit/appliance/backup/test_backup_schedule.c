/*
 * test_backup_schedule: when backups are due, what an owner may say, what goes when there are too many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/backup/backup_schedule.h"
#include "tests/support/test.h"

#define MIDNIGHT INT64_C(1799971200)    /* of a day, UTC */

static struct backup_schedule schedule;
static struct backup_refusal refusal;

static int change(const char *json)
{
        sd_json_variant *parameters = NULL;
        int r;

        CHECK(sd_json_parse(json, 0, &parameters, NULL, NULL) >= 0);
        refusal = (struct backup_refusal){0};
        r = backup_schedule_change(&schedule, parameters, &refusal);
        sd_json_variant_unref(parameters);
        return r;
}

static void begin(void)
{
        backup_schedule_default(&schedule);
        CHECK_EQ_INT(change("{\"to\":\"share\",\"url\":\"https://nas.example/provost/\",\"at\":\"03:30\",\"keep\":3}"), 0);
        schedule.has_key = true;
}

TEST(at_first_nothing_is_scheduled)
{
        backup_schedule_default(&schedule);
        CHECK_EQ_INT(backup_schedule_next(&schedule, MIDNIGHT), 0);
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT));
}

TEST(the_next_moment_is_today_or_tomorrow)
{
        begin();
        CHECK_EQ_INT(backup_schedule_next(&schedule, MIDNIGHT), MIDNIGHT + 12600);
        CHECK_EQ_INT(backup_schedule_next(&schedule, MIDNIGHT + 12599), MIDNIGHT + 12600);
        CHECK_EQ_INT(backup_schedule_next(&schedule, MIDNIGHT + 12600), MIDNIGHT + 86400 + 12600);
}

TEST(one_backup_is_due_each_day_also_after_a_time_without_power)
{
        begin();
        schedule.set_at = MIDNIGHT;
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT + 12599));
        CHECK(backup_schedule_is_due(&schedule, MIDNIGHT + 12600));
        schedule.tried_at = MIDNIGHT + 12605;
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT + 12700));
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT + 86400));
        CHECK(backup_schedule_is_due(&schedule, MIDNIGHT + 10 * 86400));
}

TEST(what_was_just_set_waits_for_its_moment)
{
        begin();
        schedule.set_at = MIDNIGHT + 40000;
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT + 40060));
        CHECK(backup_schedule_is_due(&schedule, MIDNIGHT + 86400 + 12600));
}

TEST(without_a_passphrase_nothing_is_due)
{
        begin();
        schedule.has_key = false;
        CHECK(!backup_schedule_is_due(&schedule, MIDNIGHT + 12600));
        CHECK_EQ_INT(backup_schedule_check(&schedule, false, &refusal), PV_EREFUSED);
        CHECK_STR(refusal.field, "passphrase");
}

TEST(what_cannot_be_is_refused_with_its_field)
{
        static const struct { const char *json, *field; } rows[] = {
                {"{\"to\":\"tape\"}", "to"}, {"{\"at\":\"24:00\"}", "at"}, {"{\"at\":\"3:00\"}", "at"}, {"{\"at\":\"03:60\"}", "at"}, {"{\"at\":\"03:00 \"}", "at"},
                {"{\"keep\":0}", "keep"}, {"{\"keep\":61}", "keep"}, {"{\"user\":\"a\\nb\"}", "user"},
        };

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                begin();
                CHECK_EQ_INT(change(rows[i].json), PV_EREFUSED);
                CHECK_STR(refusal.field, rows[i].field);
        }
}

TEST(a_share_needs_a_url_without_a_password_in_it)
{
        static const char *const bad[] = {"http://nas.example/", "https://", "https://user:word@nas.example/", "ftp://nas.example/", "https://a b/", ""};
        char json[200];

        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                begin();
                (void)snprintf(json, sizeof json, "{\"url\":\"%s\"}", bad[i]);
                CHECK_EQ_INT(change(json), 0);
                CHECK_EQ_INT(backup_schedule_check(&schedule, false, &refusal), PV_EREFUSED);
                CHECK_STR(refusal.field, "url");
        }
        begin();
        CHECK_EQ_INT(backup_schedule_check(&schedule, false, &refusal), 0);
        CHECK_EQ_INT(change("{\"user\":\"backup\"}"), 0);
        CHECK_EQ_INT(backup_schedule_check(&schedule, false, &refusal), PV_EREFUSED);
        CHECK_STR(refusal.field, "password");
}

TEST(the_oldest_go_when_there_are_more_than_are_kept)
{
        char name[BACKUP_SCHEDULE_NAME];

        begin();
        for (int i = 0; i < 5; i++) {
                (void)snprintf(name, sizeof name, "backup-%d", i);
                backup_schedule_note_sent(&schedule, name);
        }
        CHECK(backup_schedule_take_old(&schedule, name));
        CHECK_STR(name, "backup-0");
        CHECK(backup_schedule_take_old(&schedule, name));
        CHECK_STR(name, "backup-1");
        CHECK(!backup_schedule_take_old(&schedule, name));
}

TEST(the_file_says_all_of_it_and_no_password)
{
        struct backup_schedule back;
        char *text = NULL;

        begin();
        CHECK_EQ_INT(change("{\"user\":\"backup\"}"), 0);
        memset(&schedule.key, 7, sizeof schedule.key);
        backup_schedule_note_sent(&schedule, "one.backup");
        schedule.set_at = 5;
        schedule.tried_at = 6;
        (void)snprintf(schedule.password, sizeof schedule.password, "canary");
        CHECK_EQ_INT(backup_schedule_write(&schedule, false, &text), 0);
        CHECK(!strstr(text, "canary"));
        CHECK_EQ_INT(backup_schedule_read(text, &back), 0);
        CHECK_EQ_INT(back.to, BACKUP_SCHEDULE_SHARE);
        CHECK_STR(back.url, schedule.url);
        CHECK_STR(back.user, "backup");
        CHECK_STR(back.at, "03:30");
        CHECK_EQ_INT(back.keep, 3);
        CHECK_EQ_INT(back.set_at + back.tried_at, 11);
        CHECK_EQ_INT(back.n_sent, 1);
        CHECK_STR(back.password, "");
        CHECK(memcmp(&back.key, &schedule.key, sizeof back.key) == 0);
        free(text);
        CHECK_EQ_INT(backup_schedule_write(&schedule, true, &text), 0);
        CHECK_EQ_INT(backup_schedule_read(text, &back), 0);
        CHECK_STR(back.password, "canary");
        free(text);
        CHECK_EQ_INT(backup_schedule_read("{}", &back), PV_EMALFORMED);
        CHECK_EQ_INT(backup_schedule_read("nothing", &back), PV_EMALFORMED);
}
