/*
 * test_settings_upload: firmware files, part by part, in a folder of this test.
 */
#include "provisioning/settings/settings_upload.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/test.h"

/* printf 'hello firmware' | sha256sum */
#define CONTENT "hello firmware"
#define HASH "836bdaaef7134e769cf2c51b1494bb1602a3975412f7893e8b153ce20bbf3acd"

static char folder[64];
static struct settings_upload *u;
static struct settings_upload_problem problem;
static struct settings_upload_done done;

static const struct settings_upload_claim good = {"snomD785-10.1.42.14.bin", "snomD785", "10.1.42.14", "firmware", HASH, sizeof CONTENT - 1};

static void start(void)
{
        snprintf(folder, sizeof folder, "/tmp/provost-upload-XXXXXX");
        CHECK(mkdtemp(folder));
        CHECK_EQ_INT(settings_upload_new(folder, 0, &u), 0);
        memset(&problem, 0, sizeof problem);
}

static unsigned count_files(void)
{
        DIR *dir = opendir(folder);
        struct dirent *entry;
        unsigned n = 0;

        while ((entry = readdir(dir)))
                n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        closedir(dir);
        return n;
}

static void stop(void)
{
        char command[128];

        settings_upload_free(u);
        snprintf(command, sizeof command, "rm -r %s", folder);
        CHECK_EQ_INT(system(command), 0);
}

static int64_t begin(const struct settings_upload_claim *claim)
{
        int64_t number = 0;

        return settings_upload_begin(u, claim, 1000, &number, &problem) < 0 ? 0 : number;
}

static int append(int64_t number, int64_t offset, const char *text)
{
        return settings_upload_append(u, number, offset, text, strlen(text), 2000, &problem);
}

TEST(a_file_has_its_name_when_all_of_it_is_there)
{
        char path[128], text[32] = "";
        struct stat status;
        int64_t number;
        FILE *file;

        start();
        number = begin(&good);
        CHECK(number > 0);
        CHECK_EQ_INT(append(number, 0, "hello "), 0);
        CHECK_EQ_INT(append(number, 6, "firmware"), 0);
        snprintf(path, sizeof path, "%s/%s", folder, good.file);
        CHECK(stat(path, &status) < 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), 0);
        CHECK_STR(done.model, "snomD785");
        CHECK_EQ_INT(done.size, 14);
        CHECK(stat(path, &status) == 0);
        CHECK_EQ_INT(status.st_mode & 07777, 0644);
        file = fopen(path, "re");
        CHECK(file && fread(text, 1, sizeof text - 1, file) == 14);
        fclose(file);
        CHECK_STR(text, CONTENT);
        CHECK_EQ_INT(count_files(), 1);
        CHECK_EQ_INT(append(number, 14, "x"), PV_EREFUSED);
        CHECK_STR(problem.error, "NoSuchUpload");
        stop();
}

TEST(what_is_announced_is_checked_before_anything_is_written)
{
        static const struct {
                const char *name;
                struct settings_upload_claim claim;
        } rows[] = {
                {"file", {"../x.bin", "snomD785", "1", "firmware", HASH, 1}},
                {"file", {".upload-7", "snomD785", "1", "firmware", HASH, 1}},
                {"file", {"000413AABBCC.xml", "snomD785", "1", "firmware", HASH, 1}},
                {"model", {"a.bin", "D785", "1", "firmware", HASH, 1}},
                {"model", {"a.bin", "snom D785", "1", "firmware", HASH, 1}},
                {"version", {"a.bin", "snomD785", "", "firmware", HASH, 1}},
                {"version", {"a.bin", "snomD785", "x1", "firmware", HASH, 1}},
                {"version", {"a.bin", "snomD785", "1<2", "firmware", HASH, 1}},
                {"kind", {"a.bin", "snomD785", "1", "bundle", HASH, 1}},
                {"sha256", {"a.bin", "snomD785", "1", "firmware", "00", 1}},
                {"size", {"a.bin", "snomD785", "1", "firmware", HASH, 0}},
                {"size", {"a.bin", "snomD785", "1", "firmware", HASH, -1}},
                {"size", {"a.bin", "snomD785", "1", "firmware", HASH, SETTINGS_UPLOAD_MAX_BYTES + 1}},
        };

        start();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (begin(&rows[i].claim) || strcmp(problem.error, "InvalidValue") != 0 || strcmp(problem.name, rows[i].name) != 0)
                        TEST_FAIL("row %zu: %s", i, problem.reason);
        CHECK_EQ_INT(count_files(), 0);
        stop();
}

TEST(parts_come_in_order_and_not_beyond_the_end)
{
        int64_t number;

        start();
        number = begin(&good);
        CHECK_EQ_INT(append(number, 0, "hello "), 0);
        CHECK_EQ_INT(append(number, 0, "hello "), PV_EREFUSED);
        CHECK_STR(problem.name, "offset");
        CHECK(strstr(problem.reason, "at 6"));
        CHECK_EQ_INT(append(number, 7, "x"), PV_EREFUSED);
        CHECK_EQ_INT(append(number, -1, "x"), PV_EREFUSED);
        CHECK_EQ_INT(append(number, 6, "firmware!"), PV_EREFUSED);
        CHECK_STR(problem.name, "content");
        CHECK_EQ_INT(append(number + 1, 6, "firmware"), PV_EREFUSED);
        CHECK_STR(problem.error, "NoSuchUpload");
        CHECK_EQ_INT(append(number, 6, "firmware"), 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), 0);
        stop();
}

TEST(a_file_that_is_not_what_was_announced_is_thrown_away)
{
        int64_t number;

        start();
        number = begin(&good);
        CHECK_EQ_INT(append(number, 0, "hello firmwar_"), 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), PV_EREFUSED);
        CHECK(strstr(problem.reason, "SHA-256"));
        CHECK_EQ_INT(count_files(), 0);
        number = begin(&good);
        CHECK_EQ_INT(append(number, 0, "hello"), 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), PV_EREFUSED);
        CHECK(strstr(problem.reason, "Only 5 of 14"));
        CHECK_EQ_INT(count_files(), 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), PV_EREFUSED);
        CHECK_STR(problem.error, "NoSuchUpload");
        stop();
}

TEST(a_file_that_is_there_is_not_replaced)
{
        char path[128];
        int64_t number;

        start();
        number = begin(&good);
        CHECK(!begin(&good));
        CHECK(strstr(problem.reason, "being uploaded"));
        snprintf(path, sizeof path, "%s/%s", folder, good.file);
        CHECK(close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)) == 0);
        CHECK_EQ_INT(append(number, 0, CONTENT), 0);
        CHECK_EQ_INT(settings_upload_finish(u, number, &done, &problem), PV_EREFUSED);
        CHECK(!begin(&good));
        CHECK_STR(problem.error, "NotAllowed");
        CHECK_EQ_INT(settings_upload_remove(u, good.file), 0);
        CHECK_EQ_INT(settings_upload_remove(u, good.file), PV_EUNSET);
        CHECK_EQ_INT(settings_upload_remove(u, "../escape"), PV_EUNSET);
        CHECK(begin(&good) > 0);
        stop();
}

TEST(two_uploads_at_once_and_one_that_nobody_goes_on_with_makes_room)
{
        struct settings_upload_claim other = good, third = good;
        int64_t first, number;

        start();
        other.file = "b.bin";
        third.file = "c.bin";
        first = begin(&good);
        CHECK(first > 0 && begin(&other) > 0);
        CHECK(!begin(&third));
        CHECK(strstr(problem.reason, "Two uploads"));
        CHECK_EQ_INT(settings_upload_begin(u, &third, 1000 + SETTINGS_UPLOAD_IDLE_MS, &number, &problem), 0);
        CHECK_EQ_INT(append(first, 0, "x"), PV_EREFUSED);
        CHECK_EQ_INT(count_files(), 2);
        stop();
}

TEST(what_was_unfinished_is_gone_after_a_restart)
{
        char command[512];

        start();
        CHECK(begin(&good) > 0);
        CHECK_EQ_INT(count_files(), 1);
        snprintf(command, sizeof command, "cp %s/.upload-1 %s/.upload-9 && cp %s/.upload-1 %s/whole.bin", folder, folder, folder, folder);
        CHECK_EQ_INT(system(command), 0);
        settings_upload_free(u);
        CHECK_EQ_INT(settings_upload_new(folder, 0, &u), 0);
        CHECK_EQ_INT(count_files(), 1);
        CHECK_EQ_INT(settings_upload_remove(u, "whole.bin"), 0);
        stop();
}

TEST(a_disk_without_room_is_said_before_the_upload)
{
        start();
        settings_upload_free(u);
        CHECK_EQ_INT(settings_upload_new(folder, INT64_C(1) << 60, &u), 0);
        CHECK(!begin(&good));
        CHECK_STR(problem.error, "StorageTrouble");
        CHECK(strstr(problem.reason, "MiB left, and 1099511627776 MiB are needed"));
        CHECK_EQ_INT(count_files(), 0);
        stop();
}

TEST(a_folder_that_is_not_there_is_an_error)
{
        CHECK_EQ_INT(settings_upload_new("/tmp/provost-no-such-folder", 0, &u), PV_ESYSTEM);
}
