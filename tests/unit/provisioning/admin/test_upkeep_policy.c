/*
 * upkeep_policy: what of updates, data and backups somebody has to look at.
 */
#include "tests/support/test.h"

#include "appliance/base/text.h"
#include "provisioning/admin/upkeep_policy.h"

#define NOW 1800000000
#define DAY 86400

static struct upkeep_state state;
static struct upkeep_alarm alarms[UPKEEP_ALARMS_MAX];

static sd_json_variant *json_of(const char *text)
{
        static sd_json_variant *kept;

        kept = sd_json_variant_unref(kept);
        CHECK(sd_json_parse(text, 0, &kept, NULL, NULL) >= 0);
        return kept;
}

static void begin(const char *update, const char *data, const char *backup)
{
        state = (struct upkeep_state){.since = NOW - DAY};
        if (update)
                upkeep_take_update(&state, json_of(update));
        if (data)
                upkeep_take_data(&state, json_of(data));
        if (backup)
                upkeep_take_backup(&state, json_of(backup));
}

/* The kinds of what there is to look at, blanks between. */
static const char *kinds(void)
{
        static char text[200];
        size_t n = upkeep_alarms(&state, NOW, alarms);

        *text = 0;
        for (size_t i = 0; i < n; i++) {
                strcat(text, i ? " " : "");
                strcat(text, alarms[i].kind);
                CHECK(*alarms[i].subject && *alarms[i].detail);
        }
        return text;
}

TEST(of_what_nobody_said_there_is_no_alarm)
{
        begin(NULL, NULL, NULL);
        CHECK_STR(kinds(), "");
        begin("{\"supported\":false,\"step\":\"idle\",\"last\":[]}", "{\"place\":\"container\",\"encryption\":\"none\",\"size\":100,\"free\":1}",
              "{\"last\":[],\"schedule\":{\"to\":\"off\"}}");
        CHECK_STR(kinds(), "");
}

TEST(an_update_that_fell_back_is_told_until_another_one_stays)
{
        begin("{\"step\":\"idle\",\"last\":[{\"at\":5,\"result\":\"committed\",\"to\":\"0.6.1\"},{\"at\":9,\"result\":\"fell-back\",\"to\":\"0.6.2\","
              "\"text\":\"Only 3 of 20 phones came back.\"}]}", NULL, NULL);
        CHECK_STR(kinds(), "update-fell-back");
        CHECK_STR(alarms[0].subject, "0.6.2");
        CHECK_STR(alarms[0].detail, "Only 3 of 20 phones came back.");
        CHECK_EQ_INT(alarms[0].since, 9);
        begin("{\"step\":\"idle\",\"last\":[{\"at\":15,\"result\":\"committed\",\"to\":\"0.6.3\"},{\"at\":9,\"result\":\"fell-back\",\"to\":\"0.6.2\"}]}", NULL, NULL);
        CHECK_STR(kinds(), "");
}

TEST(an_update_waits_when_nothing_happens_to_it)
{
        static const struct { const char *step; bool waits; } steps[] = {
                {"idle", true}, {"waiting", true}, {"receiving", false}, {"checking", false}, {"writing", false}, {"trying", false}, {"restarting", false},
        };
        char text[200];

        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
                snprintf(text, sizeof text, "{\"step\":\"%s\",\"bundle\":{\"version\":\"0.6.9\"},\"last\":[]}", steps[i].step);
                begin(text, NULL, NULL);
                if (text_equal(kinds(), "update-waits") != steps[i].waits)
                        TEST_FAIL("%s: %s", steps[i].step, kinds());
        }
        begin("{\"step\":\"waiting\",\"bundle\":null,\"last\":[]}", NULL, NULL);
        CHECK_STR(kinds(), "");
}

TEST(little_room_is_less_than_a_tenth_of_a_disk)
{
        begin(NULL, "{\"place\":\"disk\",\"encryption\":\"none\",\"size\":2000000000,\"free\":199999999}", NULL);
        CHECK_STR(kinds(), "data-low");
        CHECK(strstr(alarms[0].detail, "190 of 1907 MiB"));
        begin(NULL, "{\"place\":\"disk\",\"encryption\":\"none\",\"size\":2000000000,\"free\":200000000}", NULL);
        CHECK_STR(kinds(), "");
        begin(NULL, "{\"place\":\"disk\",\"encryption\":\"none\",\"size\":0,\"free\":0}", NULL);
        CHECK_STR(kinds(), "");
}

TEST(a_recovery_key_that_nobody_read_is_told_where_something_is_encrypted)
{
        begin(NULL, "{\"place\":\"disk\",\"encryption\":\"tpm\",\"recovery_key_waits\":true,\"size\":100,\"free\":50}", NULL);
        CHECK_STR(kinds(), "recovery-key");
        begin(NULL, "{\"place\":\"disk\",\"encryption\":\"none\",\"recovery_key_waits\":true,\"size\":100,\"free\":50}", NULL);
        CHECK_STR(kinds(), "");
}

static const char *with_backup(const char *kind, const char *result, int64_t at)
{
        static char text[200];

        snprintf(text, sizeof text, "{\"schedule\":{\"to\":\"stick\"},\"last\":[{\"kind\":\"%s\",\"result\":\"%s\",\"at\":%lld}]}", kind, result, (long long)at);
        return text;
}

TEST(a_backup_is_late_after_a_week_and_drills_and_failures_are_none)
{
        begin(NULL, NULL, with_backup("backup", "done", NOW - 7 * DAY));
        CHECK_STR(kinds(), "");
        begin(NULL, NULL, with_backup("backup", "done", NOW - 7 * DAY - 1));
        CHECK_STR(kinds(), "backup-late");
        CHECK(strstr(alarms[0].detail, "7 days old"));
        begin(NULL, NULL, with_backup("drill", "done", NOW));
        state.since = NOW - 8 * DAY;
        CHECK_STR(kinds(), "backup-late");
        CHECK(strstr(alarms[0].detail, "There is no backup"));
        begin(NULL, NULL, with_backup("backup", "failed", NOW));
        state.since = 0;
        CHECK_STR(kinds(), "backup-late");
        begin(NULL, NULL, with_backup("backup", "failed", NOW));
        CHECK_STR(kinds(), "");         /* the site began yesterday */
}

/* --- against the store's list ------------------------------------------------------------ */

#define ONE "\"kind\":\"update-fell-back\",\"subject\":\"0.6.2\""

TEST(an_alarm_that_is_open_or_that_a_person_closed_since_is_not_raised_again)
{
        const struct upkeep_alarm alarm = {.kind = "update-fell-back", .subject = "0.6.2", .since = 100};

        CHECK(upkeep_is_new(&alarm, json_of("{\"alarms\":[]}")));
        CHECK(upkeep_is_new(&alarm, json_of("{\"alarms\":[{\"kind\":\"update-fell-back\",\"subject\":\"0.6.1\"}]}")));
        CHECK(!upkeep_is_new(&alarm, json_of("{\"alarms\":[{" ONE "}]}")));
        CHECK(!upkeep_is_new(&alarm, json_of("{\"alarms\":[{" ONE ",\"closed_at\":100,\"closed_by\":\"anna\"}]}")));
        CHECK(upkeep_is_new(&alarm, json_of("{\"alarms\":[{" ONE ",\"closed_at\":99,\"closed_by\":\"anna\"}]}")));
        CHECK(upkeep_is_new(&alarm, json_of("{\"alarms\":[{" ONE ",\"closed_at\":200,\"closed_by\":\"admin\"}]}")));
}

TEST(an_alarm_is_over_when_its_station_says_nothing_of_it_any_more)
{
        struct upkeep_alarm alarm = {.kind = "update-fell-back", .subject = "0.6.2"};
        struct upkeep_state looked = {.has_update = true};

        CHECK(upkeep_is_over(json_of("{" ONE "}"), &looked, &alarm, 0));
        CHECK(!upkeep_is_over(json_of("{" ONE "}"), &looked, &alarm, 1));
        CHECK(!upkeep_is_over(json_of("{" ONE ",\"closed_at\":5}"), &looked, &alarm, 0));
        looked.has_update = false;
        CHECK(!upkeep_is_over(json_of("{" ONE "}"), &looked, &alarm, 0));
        looked = (struct upkeep_state){.has_update = true, .has_data = true, .has_backup = true};
        CHECK(!upkeep_is_over(json_of("{\"kind\":\"rogue-dhcp\",\"subject\":\"x\"}"), &looked, &alarm, 0));
        CHECK(!upkeep_is_over(json_of("{\"kind\":\"backup\",\"subject\":\"x\"}"), &looked, &alarm, 0));
        CHECK(upkeep_is_over(json_of("{\"kind\":\"backup-late\",\"subject\":\"data\"}"), &looked, &alarm, 0));
}
