/*
 * test_download: a backup on its way to a browser, with a station backup of this test.
 *
 * In:   requests of the edge.
 * Out:  the bytes, with their length; what the station was asked.
 * Not:  who may have it (backup_made, test_admin).
 */
#include "provisioning/admin/download.h"

#include "gen/io.provost.Backup.h"
#include "provisioning/admin/backup_made.h"
#include "tests/support/web_scene.h"

#define SIZE 100000
#define AT_MOST 30000

static unsigned char content[SIZE];

/* Less than was asked for; nothing beyond `ends_at`. */
static int read_backup(sd_varlink *link, sd_json_variant *parameters, sd_varlink_method_flags_t flags, void *userdata)
{
        int64_t offset = sd_json_variant_integer(sd_json_variant_by_key(parameters, "offset"));
        int64_t length = sd_json_variant_integer(sd_json_variant_by_key(parameters, "length"));
        const char *id = sd_json_variant_string(sd_json_variant_by_key(parameters, "backup"));

        (void)flags, (void)userdata;
        scene_note("ReadBackup", parameters);
        if (!strcmp(id, "gone") || (!strcmp(id, "short") && offset > 0))
                return sd_varlink_errorbo(link, "io.provost.Backup.Refused", SD_JSON_BUILD_PAIR_STRING("reason", "It is not held any more."),
                                          SD_JSON_BUILD_PAIR_STRING("field", "backup"), SD_JSON_BUILD_PAIR_STRING("code", ""));
        return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_BASE64("data", content + offset, (size_t)(length < AT_MOST ? length : AT_MOST)));
}

static const struct service_method methods[] = {{"io.provost.Backup.ReadBackup", SERVICE_CALLER_ROOT, read_backup}, {0}};
static const struct service_spec spec = {.station = "backup", .interface = &vl_interface_io_provost_Backup, .methods = methods};

static struct download *download;
static struct http_server *server;
static pid_t backup;

static void on_more(void *state)
{
        (void)state;
        download_more(download);
}

static void on_end(void *state)
{
        (void)state;
        download_free(download);
        download = NULL;
}

static void handle(struct http_request *request, void *userdata)
{
        struct backup_made made;

        (void)userdata;
        http_request_set_state(request, &download, on_end);
        if (backup_made_find(http_request_path(request) + 1, 7, &made) < 0 || download_new(scene_service, scene_path("backup"), request, &made, on_more, &download) < 0)
                http_reply_text(request, 404, "none");
}

static void start(void)
{
        static const struct http_options options = {.max_connections = 8, .idle_s = 5};

        for (size_t i = 0; i < SIZE; i++)
                content[i] = (unsigned char)(i * 31 >> 3);
        scene_open();
        backup = scene_station(&spec, "backup");
        CHECK_EQ_INT(http_server_new(service_event(scene_service), scene_listen(), &options, handle, NULL, &server), 0);
        CHECK_EQ_INT(backup_made_keep("good", "provost-2026-11-22.backup", 7, SIZE), 0);
        CHECK_EQ_INT(backup_made_keep("gone", "a b\"\r\n.backup", 7, SIZE), 0);
        CHECK_EQ_INT(backup_made_keep("short", "short", 7, SIZE), 0);
}

static void stop(void)
{
        http_server_free(server);
        scene_end(backup);
        scene_close();
}

TEST(a_backup_comes_whole_with_its_name_and_length_however_small_the_pieces_are)
{
        start();
        CHECK_EQ_INT(scene_get("/good", ""), 200);
        CHECK_EQ_INT(scene_size, SIZE);
        CHECK(!memcmp(scene_body, content, SIZE));
        CHECK(strstr(scene_answer, "Content-Disposition: attachment; filename=\"provost-2026-11-22.backup\""));
        CHECK_EQ_INT(scene_count("ReadBackup"), 4);
        CHECK(download == NULL);
        stop();
}

TEST(a_backup_that_is_not_held_any_more_is_404_with_the_stations_sentence)
{
        start();
        CHECK_EQ_INT(scene_get("/gone", ""), 404);
        CHECK(strstr(scene_body, "It is not held any more.") && strstr(scene_body, "no-such-backup"));
        stop();
}

TEST(a_backup_that_ends_too_early_breaks_off)
{
        int fd;
        char bytes[4096];
        ssize_t n;
        size_t got = 0;
        bool ended = false;

        start();
        fd = scene_send("GET", "/short", "");
        for (int i = 0; i < 400 && !ended; i++) {
                scene_turn(5);
                while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
                        got += (size_t)n;
                ended = n == 0;
        }
        CHECK(ended && got > AT_MOST && got < SIZE);
        close(fd);
        stop();
}

TEST(without_a_station_it_is_503)
{
        start();
        scene_end(backup);
        CHECK_EQ_INT(unlink(scene_path("backup")), 0);
        CHECK_EQ_INT(backup_made_keep("good", "x", 7, SIZE), 0);
        int fd = scene_send("GET", "/good", "");
        scene_turn(200);
        CHECK(download != NULL);
        close(fd);
        http_server_free(server);       /* while it waits */
        CHECK(download == NULL);
        scene_close();
}

TEST(only_the_session_that_made_a_backup_finds_it_and_only_the_newest_four_are_known)
{
        struct backup_made made;
        char id[] = "a";

        CHECK_EQ_INT(backup_made_keep("mine", "../../etc/passwd", 3, 5), 0);
        CHECK_EQ_INT(backup_made_find("mine", 3, &made), 0);
        CHECK_STR(made.name, "provost.backup");
        CHECK_EQ_INT(backup_made_find("mine", 4, &made), PV_EUNSET);
        CHECK_EQ_INT(backup_made_find("mine", 0, &made), PV_EUNSET);
        CHECK_EQ_INT(backup_made_find("", 0, &made), PV_EUNSET);
        CHECK_EQ_INT(backup_made_keep("", "x", 3, 5), PV_ETOOLARGE);
        for (; *id < 'e'; (*id)++)
                CHECK_EQ_INT(backup_made_keep(id, "x", 3, 5), 0);
        CHECK_EQ_INT(backup_made_find("mine", 3, &made), PV_EUNSET);
        CHECK_EQ_INT(backup_made_find("d", 3, &made), 0);
}
