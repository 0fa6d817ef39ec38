/*
 * test_backup_restore: what is staged takes its place, whole or not at all, wherever the power goes; and the way back.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/backup/backup_files.h"
#include "appliance/backup/backup_restore.h"
#include "tests/support/test.h"

static const char *const live[] = {"credentials", "var/lib/provost/store", "var/lib/provost/pki", "var/lib/provost/firmware", "backup/keep"};
static const char *const staged[] = {"credentials", "store", "pki", "firmware", "keep"};
#define N 5

static char home[64];
static int n_steps, cut_at;

static const char *path(const char *inner)
{
        static char room[4][256];
        static int next;

        next = (next + 1) % 4;
        (void)snprintf(room[next], sizeof room[0], "%s/%s", home, inner);
        return room[next];
}

static void put(const char *inner, const char *text)
{
        CHECK_EQ_INT(backup_files_write(path(inner), text), 0);
}

static void make(const char *inner)
{
        char command[400];

        (void)snprintf(command, sizeof command, "mkdir -p %s", path(inner));
        CHECK(system(command) == 0);
}

static void begin(void)
{
        char name[256];

        (void)snprintf(home, sizeof home, "/tmp/restore-XXXXXX");
        CHECK(mkdtemp(home) != NULL);
        for (int i = 0; i < N; i++) {
                make(live[i]);
                (void)snprintf(name, sizeof name, "%s/who", live[i]);
                put(name, "old");
                (void)snprintf(name, sizeof name, "restore/staged/%s", staged[i]);
                make(name);
                (void)snprintf(name, sizeof name, "restore/staged/%s/who", staged[i]);
                put(name, "new");
                (void)snprintf(name, sizeof name, "restore/staged/%s/.restored", staged[i]);
                put(name, "");
        }
        put("restore/state.json", "{\"phase\":\"staged\",\"starts\":0,\"size\":5,\"why\":\"\",\"content\":\"{\\\"product\\\":\\\"provost\\\",\\\"format\\\":1,"
                                  "\\\"version\\\":\\\"0.6.1\\\",\\\"site\\\":\\\"Berlin\\\",\\\"made_at\\\":1,\\\"phones\\\":2}\"}");
}

static void end(void)
{
        CHECK_EQ_INT(backup_files_clear(home, true), 0);
}

/* "old", "new" when all parts are of one, else "mixed". */
static const char *who(void)
{
        static char first[8];

        for (int i = 0; i < N; i++) {
                char name[256], *text = NULL;
                size_t size;

                (void)snprintf(name, sizeof name, "%s/who", live[i]);
                CHECK_EQ_INT(backup_files_read(path(name), &text, &size), 0);
                if (i == 0)
                        (void)snprintf(first, sizeof first, "%s", text);
                else if (strcmp(first, text) != 0)
                        (void)snprintf(first, sizeof first, "mixed");
                free(text);
        }
        return first;
}

static enum backup_restore_phase start(bool *went_back)
{
        struct backup_restore restore;
        bool room;

        CHECK_EQ_INT(backup_restore_start(home, &restore, went_back ? went_back : &room), 0);
        return restore.phase;
}

TEST(what_is_staged_is_in_use_after_one_start)
{
        struct backup_restore restore;

        begin();
        CHECK_EQ_INT(backup_restore_load(home, &restore), 0);
        CHECK_EQ_INT(restore.phase, BACKUP_RESTORE_STAGED);
        CHECK_STR(restore.content.site, "Berlin");
        CHECK_EQ_INT(start(NULL), BACKUP_RESTORE_TRYING);
        CHECK_STR(who(), "new");
        CHECK_EQ_INT(backup_restore_keep(home), 0);
        CHECK_STR(who(), "new");
        CHECK_EQ_INT(start(NULL), BACKUP_RESTORE_NONE);
        CHECK(access(path("restore/staged"), F_OK) < 0);
        CHECK(access(path("credentials/.restored"), F_OK) < 0);
        end();
}

TEST(what_does_not_work_goes_back_at_the_next_start)
{
        struct backup_restore restore;
        bool went_back = false;

        begin();
        CHECK_EQ_INT(start(NULL), BACKUP_RESTORE_TRYING);
        CHECK_EQ_INT(backup_restore_give_up(home, "station pki does not answer"), 0);
        CHECK_STR(who(), "new");
        CHECK_EQ_INT(backup_restore_start(home, &restore, &went_back), 0);
        CHECK(went_back);
        CHECK_STR(restore.why, "station pki does not answer");
        CHECK_STR(who(), "old");
        CHECK_EQ_INT(start(&went_back), BACKUP_RESTORE_NONE);
        CHECK(!went_back);
        end();
}

TEST(starts_that_get_to_no_judgement_go_back_by_themselves)
{
        bool went_back = false;

        begin();
        for (int i = 0; i < BACKUP_RESTORE_STARTS_MAX; i++) {
                CHECK_EQ_INT(start(&went_back), BACKUP_RESTORE_TRYING);
                CHECK(!went_back);
        }
        (void)start(&went_back);
        CHECK(went_back);
        CHECK_STR(who(), "old");
        end();
}

static void count(void)
{
        n_steps++;
}

static void cut(void)
{
        if (n_steps++ == cut_at)
                _exit(0);
}

/* The power goes before step `at` of an action; then it starts as often as it takes. */
static void with_cut(void (*action)(void), int at)
{
        pid_t pid = fork();
        int status;

        CHECK(pid >= 0);
        if (pid == 0) {
                n_steps = 0;
                cut_at = at;
                backup_restore_step = cut;
                action();
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void act_start(void)
{
        struct backup_restore restore;
        bool went_back;

        if (backup_restore_start(home, &restore, &went_back) < 0)
                _exit(1);
}

static void act_keep(void)
{
        if (backup_restore_keep(home) < 0)
                _exit(1);
}

static int steps_of(void (*action)(void))
{
        n_steps = 0;
        backup_restore_step = count;
        action();
        backup_restore_step = NULL;
        return n_steps;
}

TEST(a_power_cut_at_any_step_of_the_exchange_ends_with_all_of_it)
{
        int n;

        begin();
        n = steps_of(act_start);
        CHECK(n >= 2 * N);
        end();
        for (int i = 0; i < n; i++) {
                begin();
                with_cut(act_start, i);
                (void)start(NULL);
                CHECK_STR(who(), "new");
                end();
        }
}

TEST(a_power_cut_at_any_step_of_the_way_back_ends_with_all_of_it)
{
        int n;

        begin();
        (void)start(NULL);
        CHECK_EQ_INT(backup_restore_give_up(home, "x"), 0);
        n = steps_of(act_start);
        end();
        for (int i = 0; i < n; i++) {
                begin();
                (void)start(NULL);
                CHECK_EQ_INT(backup_restore_give_up(home, "x"), 0);
                with_cut(act_start, i);
                (void)start(NULL);
                CHECK_STR(who(), "old");
                end();
        }
}

TEST(a_power_cut_while_it_is_kept_keeps_it_or_tries_on)
{
        int n;

        begin();
        (void)start(NULL);
        n = steps_of(act_keep);
        end();
        for (int i = 0; i < n; i++) {
                begin();
                (void)start(NULL);
                with_cut(act_keep, i);
                (void)start(NULL);
                CHECK_STR(who(), "new");
                end();
        }
}

TEST(marks_of_an_earlier_restore_do_not_keep_the_next_one_out)
{
        begin();
        for (int i = 0; i < N; i++) {
                char name[256];

                (void)snprintf(name, sizeof name, "%s/.restored", live[i]);
                put(name, "");
        }
        CHECK_EQ_INT(start(NULL), BACKUP_RESTORE_TRYING);
        CHECK_STR(who(), "new");
        end();
}

TEST(a_part_that_never_was_there_comes_and_goes_with_the_others)
{
        begin();
        CHECK_EQ_INT(backup_files_clear(path("var/lib/provost/firmware"), true), 0);
        CHECK_EQ_INT(start(NULL), BACKUP_RESTORE_TRYING);
        CHECK_STR(who(), "new");
        end();
}
