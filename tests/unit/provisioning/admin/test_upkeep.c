/*
 * upkeep: looks at update and backup, with stations of this test.
 *
 * In:   what update, backup and store answer.
 * Out:  alarms raised and cleared; words for pages that listen.
 * Not:  which ones (test_upkeep_policy).
 */
#include "provisioning/admin/upkeep.h"

#include "appliance/base/text.h"
#include "gen/io.provost.Backup.h"
#include "gen/io.provost.Store.h"
#include "gen/io.provost.Update.h"
#include "tests/support/web_scene.h"

/* --- stations that are called ------------------------------------------------------- */

static int answer(sd_varlink *link, const char *json, bool more)
{
        sd_json_variant *reply = NULL;
        int r;

        if (sd_json_parse(json, 0, &reply, NULL, NULL) < 0)
                abort();
        r = more ? sd_varlink_notify(link, reply) : sd_varlink_reply(link, reply);
        sd_json_variant_unref(reply);
        return r;
}

#define UPDATE "{\"state\":{\"supported\":true,\"reason\":\"\",\"version\":\"0.6.1\",\"slots\":[],\"step\":\"idle\",\"percent\":0,\"text\":\"\",\"bundle\":null,"    \
               "\"trial\":null,\"last\":[{\"at\":5,\"from\":\"0.6.1\",\"to\":\"0.6.2\",\"result\":\"fell-back\",\"text\":\"It did not serve.\"}],\"floor\":\"\"," \
               "\"verified\":true,\"secure_boot\":\"on\"}}"
#define BACKUP "{\"state\":{\"step\":\"idle\",\"percent\":0,\"text\":\"\",\"last\":[],\"schedule\":{\"to\":\"off\",\"url\":\"\",\"user\":\"\",\"at\":\"03:00\"," \
               "\"keep\":7,\"has_passphrase\":false,\"has_password\":false}}}"

#define ANSWERS(name_, json_)                                                                                                   \
        static int name_(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)        \
        {                                                                                                                       \
                (void)userdata;                                                                                                 \
                scene_note(#name_, parameters);                                                                                 \
                return answer(link, json_, flags & SD_VARLINK_METHOD_MORE);                                                     \
        }

ANSWERS(update_status, UPDATE)
ANSWERS(update_watch, UPDATE)
ANSWERS(get_data, "{\"data\":{\"place\":\"disk\",\"encryption\":\"none\",\"recovery_key_waits\":false,\"size\":1000,\"free\":900,\"text\":\"\"}}")
ANSWERS(backup_status, BACKUP)
ANSWERS(backup_watch, BACKUP)
ANSWERS(get_revision, "{\"revision\":{\"number\":1,\"at\":4000000000,\"actor\":\"\",\"summary\":\"\",\"reason\":\"\",\"phones\":0,\"state\":\"\"},\"changes\":[]}")
ANSWERS(list_alarms, "{\"alarms\":[{\"id\":1,\"kind\":\"update-waits\",\"subject\":\"0.6.2\",\"detail\":\"x\",\"first_at\":1,\"last_at\":1,\"count\":1,"
                     "\"closed_by\":\"\",\"note\":\"\"}]}")
ANSWERS(raise_alarm, "{}")
ANSWERS(clear_alarm, "{}")

static const struct service_method update_methods[] = {
        {"io.provost.Update.Status", SERVICE_CALLER_ROOT, update_status}, {"io.provost.Update.Watch", SERVICE_CALLER_ROOT, update_watch},
        {"io.provost.Update.GetData", SERVICE_CALLER_ROOT, get_data}, {0},
};
static const struct service_method backup_methods[] = {
        {"io.provost.Backup.Status", SERVICE_CALLER_ROOT, backup_status}, {"io.provost.Backup.Watch", SERVICE_CALLER_ROOT, backup_watch}, {0},
};
static const struct service_method store_methods[] = {
        {"io.provost.Store.GetRevision", SERVICE_CALLER_ROOT, get_revision}, {"io.provost.Store.ListAlarms", SERVICE_CALLER_ROOT, list_alarms},
        {"io.provost.Store.RaiseAlarm", SERVICE_CALLER_ROOT, raise_alarm}, {"io.provost.Store.ClearAlarm", SERVICE_CALLER_ROOT, clear_alarm}, {0},
};

static const struct service_spec update_spec = {.station = "update", .interface = &vl_interface_io_provost_Update, .methods = update_methods};
static const struct service_spec backup_spec = {.station = "backup", .interface = &vl_interface_io_provost_Backup, .methods = backup_methods};
static const struct service_spec store_spec = {.station = "store", .interface = &vl_interface_io_provost_Store, .methods = store_methods};

/* --- the scene -------------------------------------------------------------------------- */

static struct upkeep *upkeep;
static struct service_peer *store_peer;
static pid_t store, update, backup;
static unsigned n_told[2];

static void on_tell(const char *kind, void *userdata)
{
        (void)userdata;
        n_told[text_equal(kind, "backup")]++;
}

static void start(bool with_stations)
{
        scene_open();
        n_told[0] = n_told[1] = 0;
        store = scene_station(&store_spec, "store");
        update = with_stations ? scene_station(&update_spec, "update") : 0;
        backup = with_stations ? scene_station(&backup_spec, "backup") : 0;
        CHECK_EQ_INT(service_peer_new(scene_service, scene_path("store"), &store_peer), 0);
        CHECK_EQ_INT(upkeep_new(scene_service, scene_folder, store_peer, on_tell, NULL, &upkeep), 0);
}

static void stop(void)
{
        service_peer_free(store_peer);
        upkeep_free(upkeep);
        scene_end(store);
        if (update)
                scene_end(update);
        if (backup)
                scene_end(backup);
        scene_close();
}

TEST(a_look_asks_all_raises_what_is_new_and_clears_what_is_over)
{
        struct upkeep_state state;

        start(true);
        scene_turn(100);
        CHECK_STR(scene_calls(), "");   /* not while everything begins */
        upkeep_look(upkeep);
        CHECK(scene_wait("clear_alarm"));
        CHECK(strstr(scene_calls(), "raise_alarm {\"kind\":\"update-fell-back\",\"subject\":\"0.6.2\",\"detail\":\"It did not serve.\"}"));
        CHECK(strstr(scene_calls(), "clear_alarm {\"kind\":\"update-waits\",\"subject\":\"0.6.2\"}"));
        CHECK_EQ_INT(scene_count("update_status"), 1);
        CHECK_EQ_INT(scene_count("get_data"), 1);
        CHECK_EQ_INT(scene_count("backup_status"), 1);
        upkeep_read(&state);
        CHECK(state.has_update && state.has_data && state.has_backup && state.verified);
        CHECK_EQ_INT(state.free, 900);
        CHECK_EQ_INT(n_told[0] + n_told[1], 0);
        stop();
}

TEST(without_the_stations_nobody_waits_for_them)
{
        struct upkeep_state state;

        start(false);
        upkeep_listen(upkeep, 1);
        upkeep_look(upkeep);
        CHECK(scene_wait("list_alarms"));
        scene_turn(50);
        CHECK_EQ_INT(scene_count("raise_alarm"), 0);
        CHECK_EQ_INT(scene_count("clear_alarm"), 0);    /* nobody said that it is over */
        upkeep_read(&state);
        CHECK(!state.has_update && !state.has_data && !state.has_backup);
        stop();
}

TEST(while_a_page_listens_it_is_told_of_both)
{
        start(true);
        upkeep_listen(upkeep, 1);
        upkeep_listen(upkeep, 2);
        CHECK(scene_wait("backup_watch") && scene_wait("update_watch"));
        for (int i = 0; i < 400 && !(n_told[0] && n_told[1]); i++)
                scene_turn(5);
        CHECK(n_told[0] && n_told[1]);
        CHECK_EQ_INT(scene_count("update_watch"), 1);
        stop();
}

TEST(the_end_may_come_in_the_middle_of_a_look)
{
        start(true);
        kill(update, SIGSTOP);
        upkeep_listen(upkeep, 1);
        upkeep_look(upkeep);
        scene_turn(1300);
        stop();
}
