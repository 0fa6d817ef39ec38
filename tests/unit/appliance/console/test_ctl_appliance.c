/*
 * ctl_update, ctl_backup, ctl_disk: updates, backups, disks and the reset through provostctl.
 */
#include "tests/unit/appliance/console/stand_in.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>

#define SITE "{\"values\":[{\"name\":\"name\",\"value\":\"Office\",\"default\":\"\",\"purpose\":\"\"}],\"complete\":true,\"missing\":[],\"revision\":1}"
#define BUNDLE "{\"version\":\"0.6.9\",\"architecture\":\"amd64\",\"made_at\":1,\"ends_at\":2,\"size\":3,\"notes\":\"Mends things.\"}"
#define STATE(step, percent, more)                                                                                                                     \
        "{\"state\":{\"supported\":true,\"reason\":\"\",\"version\":\"0.6.1\",\"slots\":[{\"name\":\"a\",\"state\":\"running\",\"version\":\"0.6.1\",\"tries_left\":3}," \
        "{\"name\":\"b\",\"state\":\"bad\",\"version\":\"0.6.2\"}],\"step\":\"" step "\",\"percent\":" percent ",\"text\":\"\"" more ",\"last\":[{\"at\":1," \
        "\"from\":\"0.6.1\",\"to\":\"0.6.2\",\"result\":\"fell-back\",\"text\":\"Only 3 of 20 phones came back.\"}],\"floor\":\"0.6.0\",\"verified\":true,"   \
        "\"secure_boot\":\"on\"}}"

/* The rest of a line that was asked, behind the method's name; "" when it was not asked. */
static bool was_asked(const char *line)
{
        for (size_t i = 0; i < n_asked; i++)
                if (text_starts(asked[i], line))
                        return true;
        return false;
}

static const char *a_file(const char *text)
{
        static char path[64];
        FILE *file;

        snprintf(path, sizeof path, "/tmp/provost-test-appliance-%d", getpid());
        file = fopen(path, "we");
        CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
        return path;
}

/* --- updates ----------------------------------------------------------------------------- */

TEST(the_state_of_updates_says_what_runs_and_what_became_of_the_last_one)
{
        stand_in_forget();
        stand_in_answers(STATE("waiting", "0", ",\"bundle\":" BUNDLE));
        CHECK_EQ_INT(RUN("update", "status"), CTL_OK);
        CHECK(strstr(out, "0.6.1") && strstr(out, "running") && strstr(out, "bad") && strstr(out, "Mends things."));
        CHECK(strstr(out, "0.6.1 -> 0.6.2: it did not stay. Only 3 of 20 phones came back."));
        CHECK(strstr(out, "waits for the restart"));
}

TEST(a_bundle_is_sent_with_its_size_and_hash_and_checked)
{
        const char *path = a_file("bundle");

        stand_in_forget();
        stand_in_answers("{\"upload\":\"u1\"}");
        stand_in_answers("{\"offset\":6}");
        stand_in_answers("{\"bundle\":" BUNDLE "}");
        CHECK_EQ_INT(RUN("update", "send", path), CTL_OK);
        CHECK(was_asked("BeginUpload {\"size\":6,\"sha256\":\"1e6ed65d77d6364eeaed5a745ba5c4985ae2b700dd85d7cf7f027bdf294a33fc\"}"));
        CHECK_STR(asked[1], "AppendUpload {\"upload\":\"u1\",\"offset\":0,\"data\":\"YnVuZGxl\"}");
        CHECK_STR(asked[2], "FinishUpload {\"upload\":\"u1\"}");
        CHECK(strstr(out, "0.6.9"));
        unlink(path);
}

TEST(a_bundle_that_is_refused_says_why)
{
        stand_in_forget();
        stand_in_answers("{\"upload\":\"u1\"}");
        stand_in_answers("{\"offset\":6}");
        stand_in_refuses("Refused", "{\"reason\":\"It is signed by nobody we know.\",\"field\":\"\"}");
        CHECK_EQ_INT(RUN_WITH("bundle", "update", "send", "-"), CTL_FAILED);
        CHECK(strstr(err, "It is signed by nobody we know."));
        stand_in_forget();
        CHECK_EQ_INT(RUN("update", "send", "-"), CTL_FAILED);
        CHECK(strstr(err, "empty"));
        CHECK_EQ_INT(n_asked, 0);
}

TEST(a_bundle_goes_in_steps_through_the_hypervisors_channel)
{
        static const char *const append[] = {"update", "append", "u1", "6", "-", NULL};

        stand_in_forget();
        stand_in_answers("{\"upload\":\"u1\"}");
        stand_in_answers("{\"offset\":12}");
        stand_in_answers("{\"bundle\":" BUNDLE "}");
        CHECK_EQ_INT(RUN("update", "begin", "--size", "12", "--sha256", "aa"), CTL_OK);
        CHECK_STR(out, "u1\n");
        CHECK_EQ_INT(run_words(append, "bundle", 6, true), CTL_OK);
        CHECK_STR(asked[1], "AppendUpload {\"upload\":\"u1\",\"offset\":6,\"data\":\"YnVuZGxl\"}");
        CHECK_EQ_INT(RUN("update", "finish", "u1"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "begin", "--size", "x", "--sha256", "aa"), CTL_USAGE);
        CHECK_EQ_INT(RUN("update", "append", "u1", "six", "-"), CTL_USAGE);
}

TEST(what_becomes_of_a_bundle_is_said_to_update)
{
        stand_in_forget();
        for (int i = 0; i < 9; i++)
                stand_in_answers(i == 2 ? "{\"files\":[{\"device\":\"/dev/sdb1\",\"name\":\"a.update\",\"size\":7}]}" : "{}");
        CHECK_EQ_INT(RUN("update", "download"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "download", "https://u.example/x"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "sticks"), CTL_OK);
        CHECK(strstr(out, "/dev/sdb1") && strstr(out, "a.update"));
        CHECK_EQ_INT(RUN("update", "take", "/dev/sdb1", "a.update"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "install", "--restart"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "install"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "restart"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "back"), CTL_OK);
        CHECK_EQ_INT(RUN("update", "discard"), CTL_OK);
        CHECK_STR(asked[0], "Download {}");
        CHECK_STR(asked[1], "Download {\"url\":\"https://u.example/x\"}");
        CHECK_STR(asked[3], "TakeFromStick {\"device\":\"/dev/sdb1\",\"name\":\"a.update\"}");
        CHECK_STR(asked[4], "Install {\"restart\":true}");
        CHECK_STR(asked[5], "Install {\"restart\":false}");
        CHECK(text_starts(asked[6], "Restart") && text_starts(asked[7], "GoBack") && text_starts(asked[8], "Discard"));
}

TEST(watching_ends_when_nothing_goes_on_and_says_each_step_once)
{
        stand_in_forget();
        stand_in_answers(STATE("writing", "41", ""));
        stand_in_answers(STATE("writing", "42", ""));
        stand_in_answers(STATE("trying", "0", ",\"trial\":{\"version\":\"0.6.9\",\"since\":1,\"until\":2,\"before\":20,\"back\":3,\"needed\":18}"));
        stand_in_answers(STATE("idle", "0", ""));
        CHECK_EQ_INT(RUN("update", "watch"), CTL_OK);
        CHECK_STR(out, "it is written, 41 %\nthe new version is on trial, 3 of 20 phones are back, 18 are needed\nnothing goes on\n");
        CHECK_EQ_INT(n_asked, 4);
        stand_in_forget();
        CHECK_EQ_INT(RUN("update", "watch"), CTL_FAILED);       /* the station went away */
        CHECK_EQ_INT(n_asked, 1);
}

/* --- backups --------------------------------------------------------------------------------- */

#define MADE "{\"backup\":\"b1\",\"name\":\"office.backup\",\"size\":6,\"sha256\":\"aabb\"}"
#define REPORT(ok) "{\"report\":{\"content\":{\"made_at\":1,\"version\":\"0.6.1\",\"site\":\"Office\",\"phones\":20,\"size\":6},\"checks\":[{\"name\":\"database\"," \
                   "\"ok\":" ok ",\"text\":\"20 phones are in it.\"}],\"ok\":" ok "}}"

TEST(a_backup_is_written_into_a_new_file_that_nobody_else_reads)
{
        char path[64], bytes[16] = "";
        struct stat status;
        FILE *file;

        snprintf(path, sizeof path, "/tmp/provost-test-backup-%d", getpid());
        unlink(path);
        stand_in_forget();
        stand_in_answers(MADE);
        stand_in_answers("{\"data\":\"YmFj\"}");
        stand_in_answers("{\"data\":\"a3Vw\"}");
        CHECK_EQ_INT(RUN_WITH("canary passphrase\n", "backup", "create", path), CTL_OK);
        CHECK_STR(asked[0], "Create {\"passphrase\":\"canary passphrase\"}");
        CHECK_STR(asked[2], "ReadBackup {\"backup\":\"b1\",\"offset\":3,\"length\":3}");
        CHECK(strstr(out, "aabb") && !strstr(out, "canary") && !strstr(err, "canary"));
        file = fopen(path, "re");
        CHECK(file && fread(bytes, 1, sizeof bytes, file) == 6 && fclose(file) == 0);
        CHECK_STR(bytes, "backup");
        CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
        CHECK_EQ_INT(RUN_WITH("canary passphrase\n", "backup", "create", path), CTL_FAILED);    /* it is there */
        CHECK_EQ_INT(n_asked, 3);
        unlink(path);
}

TEST(half_a_backup_is_not_left_behind)
{
        char path[64];

        snprintf(path, sizeof path, "/tmp/provost-test-backup-%d", getpid());
        stand_in_forget();
        stand_in_answers(MADE);
        stand_in_answers("{\"data\":\"YmFj\"}");
        stand_in_refuses("Refused", "{\"reason\":\"It is not held any more.\",\"field\":\"backup\",\"code\":\"\"}");
        CHECK_EQ_INT(RUN_WITH("canary passphrase\n", "backup", "create", path), CTL_FAILED);
        CHECK(access(path, F_OK) < 0);
        stand_in_forget();
        stand_in_answers(MADE);
        stand_in_answers("{\"data\":\"YmFja3VwcGx1cw==\"}");   /* more than was said */
        CHECK_EQ_INT(RUN("backup", "create", path, "--scheduled"), CTL_FAILED);
        CHECK_STR(asked[0], "Create {}");
        CHECK(access(path, F_OK) < 0);
}

TEST(no_file_is_written_for_somebody_who_is_not_here)
{
        static const char *const words[] = {"backup", "create", "/tmp/provost-planted", NULL};

        stand_in_forget();
        CHECK_EQ_INT(run_words(words, "canary passphrase\n", 18, true), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 0);
        CHECK(access(words[2], F_OK) < 0);
}

TEST(a_schedule_says_only_what_changes_and_secrets_come_from_standard_input)
{
        static const char status[] = "{\"state\":{\"step\":\"idle\",\"percent\":0,\"text\":\"\",\"last\":[{\"at\":1,\"kind\":\"backup\",\"place\":\"stick\",\"result\":\"done\","
                                     "\"name\":\"office.backup\",\"text\":\"\"}],\"schedule\":{\"to\":\"share\",\"url\":\"https://nas.example/\",\"user\":\"p\",\"at\":\"03:30\","
                                     "\"keep\":7,\"has_passphrase\":true,\"has_password\":true,\"next_at\":4000000000}}}";

        stand_in_forget();
        stand_in_answers("{}");
        stand_in_answers(status);
        CHECK_EQ_INT(RUN_WITH("canary passphrase\ncanary password\n", "backup", "schedule", "--to", "share", "--keep", "7", "--password", "--passphrase"), CTL_OK);
        CHECK_STR(asked[0], "SetSchedule {\"to\":\"share\",\"keep\":7,\"passphrase\":\"canary passphrase\",\"password\":\"canary password\"}");
        CHECK(strstr(out, "https://nas.example/") && strstr(out, "is set") && strstr(out, "office.backup") && !strstr(out, "canary"));
        CHECK_EQ_INT(RUN("backup", "schedule"), CTL_USAGE);
        CHECK_EQ_INT(RUN("backup", "schedule", "--authorities", "/nowhere/ca.pem"), CTL_FAILED);
        CHECK_EQ_INT(RUN("backup", "schedule", "--keep", "0"), CTL_USAGE);
        CHECK_EQ_INT(RUN("backup", "schedule", "--passphrase"), CTL_FAILED);
        CHECK_EQ_INT(RUN("backup", "schedule", "--passphrase=canary"), CTL_USAGE);
        CHECK_EQ_INT(n_asked, 2);
}

TEST(a_drill_takes_the_passphrase_first_and_what_follows_is_the_backup)
{
        stand_in_forget();
        stand_in_answers("{\"upload\":\"u1\"}");
        stand_in_answers("{\"offset\":6}");
        stand_in_answers(REPORT("true"));
        CHECK_EQ_INT(RUN_WITH("canary passphrase\nbackup", "backup", "drill", "-"), CTL_OK);
        CHECK(was_asked("BeginUpload {\"size\":6,"));
        CHECK_STR(asked[1], "AppendUpload {\"upload\":\"u1\",\"offset\":0,\"data\":\"YmFja3Vw\"}");
        CHECK_STR(asked[2], "Drill {\"upload\":\"u1\",\"passphrase\":\"canary passphrase\"}");
        CHECK(strstr(out, "good     20 phones are in it.") && strstr(out, "can be restored"));
        stand_in_forget();
        stand_in_answers("{\"upload\":\"u2\"}");
        stand_in_answers(REPORT("false"));
        CHECK_EQ_INT(RUN_WITH("canary passphrase\n", "backup", "drill", "office.backup", "--stick", "/dev/sdb1"), CTL_FAILED);
        CHECK_STR(asked[0], "TakeFromStick {\"device\":\"/dev/sdb1\",\"name\":\"office.backup\"}");
        CHECK(strstr(out, "NOT GOOD") && strstr(err, "does not hold"));
}

TEST(a_restore_wants_its_word)
{
        stand_in_forget();
        CHECK_EQ_INT(RUN_WITH("restore\ncanary passphrase\nbackup", "backup", "restore", "-"), CTL_FAILED);
        CHECK(strstr(err, "Nothing was done"));
        CHECK_EQ_INT(RUN("backup", "restore", "-"), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 0);
        stand_in_answers("{\"upload\":\"u1\"}");
        stand_in_answers("{\"offset\":6}");
        stand_in_answers(REPORT("true"));
        CHECK_EQ_INT(RUN_WITH("RESTORE\ncanary passphrase\nbackup", "backup", "restore", "-"), CTL_OK);
        CHECK_STR(asked[2], "Restore {\"upload\":\"u1\",\"passphrase\":\"canary passphrase\"}");
        CHECK(strstr(out, "restarts"));
}

TEST(the_scheduled_backup_is_made_now_and_sticks_are_listed)
{
        stand_in_forget();
        stand_in_answers("{}");
        stand_in_answers("{\"files\":[{\"device\":\"/dev/sdb1\",\"name\":\"office.backup\",\"size\":7,\"made_at\":1}]}");
        CHECK_EQ_INT(RUN("backup", "run"), CTL_OK);
        CHECK_EQ_INT(RUN("backup", "sticks"), CTL_OK);
        CHECK(strstr(out, "office.backup"));
}

/* --- disks and the reset ------------------------------------------------------------------------ */

#define DISKS "{\"disks\":[{\"device\":\"/dev/sda\",\"model\":\"A disk\",\"size\":1000,\"removable\":false,\"holds\":\"ext4 \\\"old\\\"\",\"running\":false}," \
              "{\"device\":\"/dev/sdb\",\"model\":\"A stick\",\"size\":1000,\"removable\":true,\"holds\":\"Provost\",\"running\":true},"                      \
              "{\"device\":\"/dev/sdc\",\"model\":\"New\",\"size\":1000,\"removable\":false,\"holds\":\"\",\"running\":false}]}"

TEST(a_disk_that_holds_something_is_erased_only_for_who_types_its_name)
{
        stand_in_forget();
        stand_in_answers(DISKS);
        CHECK_EQ_INT(RUN("disk", "list"), CTL_OK);
        CHECK(strstr(out, "runs from it") && strstr(out, "removable"));
        stand_in_forget();
        for (int i = 0; i < 3; i++)
                stand_in_answers(DISKS);
        CHECK_EQ_INT(RUN_WITH("yes\n", "disk", "install", "/dev/sda"), CTL_FAILED);
        CHECK(strstr(err, "Nothing was done") && strstr(err, "/dev/sda"));
        CHECK_EQ_INT(RUN("disk", "install", "/dev/sda"), CTL_FAILED);
        CHECK_EQ_INT(RUN("disk", "install", "/dev/sdz"), CTL_FAILED);
        CHECK(strstr(err, "There is no disk"));
        CHECK_EQ_INT(n_asked, 3);
        stand_in_forget();
        stand_in_answers(DISKS);
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN_WITH("/dev/sda\n", "disk", "install", "/dev/sda"), CTL_OK);
        CHECK_STR(asked[1], "InstallOn {\"device\":\"/dev/sda\",\"erase\":true}");
        stand_in_forget();
        stand_in_answers(DISKS);
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN("disk", "install", "/dev/sdc"), CTL_OK);
        CHECK_STR(asked[1], "InstallOn {\"device\":\"/dev/sdc\",\"erase\":false}");
}

TEST(data_says_where_it_is_and_its_recovery_key_once)
{
        stand_in_forget();
        stand_in_answers("{\"data\":{\"place\":\"disk\",\"encryption\":\"tpm\",\"recovery_key_waits\":true,\"size\":2097152,\"free\":1048576,\"text\":\"It is sealed.\"}}");
        stand_in_answers("{\"key\":\"abcd-efgh\"}");
        CHECK_EQ_INT(RUN("data", "status"), CTL_OK);
        CHECK(strstr(out, "It is sealed.") && strstr(out, "1 of 2 MiB") && strstr(out, "Nobody has read"));
        CHECK_EQ_INT(RUN("data", "recovery-key"), CTL_OK);
        CHECK(text_starts(out, "abcd-efgh\n"));
}

TEST(a_factory_reset_wants_the_sites_name)
{
        stand_in_forget();
        for (int i = 0; i < 4; i++)
                stand_in_answers(SITE);
        CHECK_EQ_INT(RUN("reset"), CTL_FAILED);
        CHECK_EQ_INT(RUN_WITH("office\n", "reset"), CTL_FAILED);
        CHECK_EQ_INT(RUN_WITH("yes\n", "reset"), CTL_FAILED);
        CHECK(!was_asked("FactoryReset"));
        stand_in_answers("{}");
        CHECK_EQ_INT(RUN_WITH("Office\n", "reset"), CTL_OK);
        CHECK(was_asked("FactoryReset"));
}

TEST(a_line_that_is_too_long_is_no_answer)
{
        char line[400];

        memset(line, 'x', sizeof line);
        memcpy(line + sizeof line - 2, "\n", 2);
        stand_in_forget();
        CHECK_EQ_INT(RUN_WITH(line, "backup", "drill", "x", "--stick", "/dev/sdb1"), CTL_FAILED);
        CHECK(strstr(err, "longer than"));
        CHECK_EQ_INT(n_asked, 0);
}

/* --- at a terminal ------------------------------------------------------------------------------- */

struct typist {
        int fd;
        const char *const *answers;     /* ended by NULL */
        char seen[2000];
};

/* Reads the screen; types the next answer at each question, which ends in ": ". */
static void *type(void *userdata)
{
        struct typist *typist = userdata;
        size_t used = 0;

        for (const char *const *answer = typist->answers; *answer;) {
                struct pollfd one = {.fd = typist->fd, .events = POLLIN};
                ssize_t n = poll(&one, 1, 10000) == 1 ? read(typist->fd, typist->seen + used, sizeof typist->seen - 1 - used) : -1;

                if (n <= 0)
                        break;
                used += (size_t)n;
                if (used > 2 && !memcmp(typist->seen + used - 2, ": ", 2)) {
                        CHECK(write(typist->fd, *answer, strlen(*answer)) > 0);
                        answer++;
                }
        }
        return NULL;
}

static int run_at_terminal(struct typist *typist, const char *const *words)
{
        struct ctl ctl = {.is_remote = true};
        char *name;
        pthread_t thread;
        size_t n = 0;
        int r;

        typist->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        CHECK(typist->fd >= 0 && grantpt(typist->fd) == 0 && unlockpt(typist->fd) == 0 && (name = ptsname(typist->fd)));
        ctl.in = fopen(name, "re");
        ctl.err = fopen(name, "we");
        CHECK(ctl.in && ctl.err);
        setvbuf(ctl.in, NULL, _IONBF, 0);
        free(out);
        ctl.out = open_memstream(&out, &out_size);
        CHECK(pthread_create(&thread, NULL, type, typist) == 0);
        while (words[n])
                n++;
        r = ctl_run(&ctl, n, words);
        pthread_join(thread, NULL);
        fclose(ctl.in);
        fclose(ctl.out);
        fclose(ctl.err);
        return r;
}

TEST(at_a_terminal_a_passphrase_is_asked_for_twice_and_not_shown)
{
        static const char *const words[] = {"backup", "schedule", "--passphrase", NULL};
        static const char *const same[] = {"canary passphrase\n", "canary passphrase\n", NULL}, *const other[] = {"canary passphrase\n", "canary other\n", NULL};
        struct typist typist = {.answers = same};

        stand_in_forget();
        stand_in_answers("{}");
        stand_in_answers("{\"state\":{\"step\":\"idle\",\"percent\":0,\"text\":\"\",\"last\":[],\"schedule\":{\"to\":\"off\",\"url\":\"\",\"user\":\"\",\"at\":\"03:00\","
                         "\"keep\":7,\"has_passphrase\":true,\"has_password\":false}}}");
        CHECK_EQ_INT(run_at_terminal(&typist, words), CTL_OK);
        CHECK_STR(asked[0], "SetSchedule {\"passphrase\":\"canary passphrase\"}");
        CHECK(strstr(typist.seen, "Once more: ") && !strstr(typist.seen, "canary"));
        stand_in_forget();
        typist = (struct typist){.answers = other};
        CHECK_EQ_INT(run_at_terminal(&typist, words), CTL_FAILED);
        CHECK_EQ_INT(n_asked, 0);
}

TEST(at_a_terminal_the_question_says_what_is_lost_and_which_word_is_meant)
{
        static const char *const words[] = {"reset", NULL}, *const answers[] = {"office\n", NULL};
        struct typist typist = {.answers = answers};

        stand_in_forget();
        stand_in_answers(SITE);
        CHECK_EQ_INT(run_at_terminal(&typist, words), CTL_FAILED);
        CHECK(strstr(typist.seen, "Every phone has to be let in anew.") && strstr(typist.seen, "Type Office to go on: "));
        CHECK_EQ_INT(n_asked, 1);
}
