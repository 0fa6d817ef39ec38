/*
 * test_pki_cut: the power fails at each single access to the disk; the CA is found as before or as after.
 *
 * The calls of libc that write are caught here, in a child process that ends at one of them. What was written and not yet
 * synced is then cut in half, as a disk may leave it.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/unit/vpn/pki/pki_scratch.h"
#include "vpn/pki/pki_leaf.h"
#include "vpn/pki/pki_station.h"

#define BUILD INT64_C(1780000000)
#define CUT 77

static struct pki_scratch scratch;
static struct pki_station station;
static int64_t now;

/* --- the disk --------------------------------------------------------------- */

static int cut_at, n_accesses, unsynced = -1;

static void access_comes(void)
{
        struct stat status;

        if (!cut_at || ++n_accesses != cut_at)
                return;
        if (unsynced >= 0 && fstat(unsynced, &status) == 0 && ftruncate(unsynced, status.st_size / 2) < 0)
                _exit(1);
        _exit(CUT);
}

ssize_t write(int fd, const void *data, size_t size)
{
        ssize_t n;

        if (fd <= STDERR_FILENO)
                return syscall(SYS_write, fd, data, size);
        access_comes();
        n = syscall(SYS_write, fd, data, size);
        if (cut_at && unsynced < 0)
                unsynced = dup(fd);
        return n;
}

int fsync(int fd)
{
        access_comes();
        if (unsynced >= 0)
                close(unsynced);
        unsynced = -1;
        return (int)syscall(SYS_fsync, fd);
}

int renameat(int old_directory, const char *old_name, int new_directory, const char *new_name)
{
        access_comes();
        return (int)syscall(SYS_renameat, old_directory, old_name, new_directory, new_name);
}

/* --- the CA ----------------------------------------------------------------- */

static void open_station(void)
{
        const struct pki_station_paths paths = {
                .state = scratch.state, .credentials = scratch.credentials, .tls = scratch.tls};

        pki_station_open(&paths, BUILD, now, &station);
}

/* What one operation is seen by: state, generations, authorities. */
static char *picture(void)
{
        char *chain = pki_authority_chain(&station.authority), *legacy = pki_authority_legacy(&station.authority), *text;

        CHECK(asprintf(&text, "%d %lld %lld %d %lld\n%s%s", (int)station.authority.rollover,
                       (long long)station.authority.newest.number, (long long)station.authority.former.number,
                       station.authority.is_used, (long long)pki_station_times(&station, now).floor, chain, legacy) > 0);
        free(chain);
        free(legacy);
        return text;
}

static void copy(const char *from, const char *to)
{
        char *output;

        CHECK_EQ_INT(pki_scratch_run(&output, "rm -rf '%s/%s' && cp -a '%s/%s' '%s/%s'", scratch.path, to, scratch.path, from,
                                     scratch.path, to), 0);
        free(output);
}

/* What is at least as new: keys are made anew on each try, so "after" is known by its first line and by being whole. */
static void check_whole(const char *before, const char *after_line)
{
        char *found;

        open_station();
        CHECK_STR(station.trouble, "");
        found = picture();
        if (strcmp(found, before) != 0)
                CHECK(!strncmp(found, after_line, strlen(after_line)));
        free(found);
        pki_station_close(&station);
}

static int run_child(int (*operation)(void), int moment)
{
        int status = 0;
        pid_t child = fork();

        if (child == 0) {
                open_station();
                cut_at = moment;
                n_accesses = 0;
                _exit(!*station.trouble && operation() == 0 ? 0 : 1);
        }
        CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
        return WEXITSTATUS(status);
}

/* Does the operation again and again on the same state, cut at each of its accesses; then once whole, which stays. */
static void cut_everywhere(int (*operation)(void), const char *after_line)
{
        char *before;
        int moment = 1, status;

        open_station();
        before = picture();
        pki_station_close(&station);
        copy("state", "kept");
        while ((status = run_child(operation, moment)) == CUT) {
                check_whole(before, after_line);
                copy("kept", "state");
                moment++;
        }
        CHECK_EQ_INT(status, 0);
        CHECK(moment > 4);      /* write, sync, rename, sync */
        open_station();
        CHECK_STR(station.trouble, "");
        pki_station_close(&station);
        free(before);
}

static int step(enum pki_authority_step what)
{
        struct pki_times times = pki_station_times(&station, now);

        return pki_authority_step(&station.authority, &station.vault, &times, what);
}

static int do_start(void)
{
        return step(PKI_AUTHORITY_START);
}

static int do_switch(void)
{
        return step(PKI_AUTHORITY_SWITCH);
}

static int do_finish(void)
{
        return step(PKI_AUTHORITY_FINISH);
}

static int do_back(void)
{
        return step(PKI_AUTHORITY_BACK);
}

static int do_mark(void)
{
        return pki_authority_mark_used(&station.authority, &station.vault);
}

static int do_legacy(void)
{
        struct pki_times times = pki_station_times(&station, now);
        bool changed;

        return pki_authority_need_legacy(&station.authority, &station.vault, &times, &changed);
}

static int do_tell(void)
{
        return pki_station_tell(&station, BUILD + PKI_TIMES_YEAR, false);
}

static int do_renew(void)
{
        return pki_station_renew(&station, now);
}

static void begin(void)
{
        now = BUILD;
        pki_scratch_make(&scratch);
        open_station();
        CHECK_STR(station.trouble, "");
        pki_station_close(&station);
}

TEST(every_step_of_a_rollover_survives_a_cut_at_each_access)
{
        begin();
        cut_everywhere(do_start, "1 2 1 0 1780000000\n");
        cut_everywhere(do_mark, "1 2 1 1 1780000000\n");
        cut_everywhere(do_switch, "2 2 1 1 1780000000\n");
        cut_everywhere(do_finish, "0 2 0 0 1780000000\n");
        pki_scratch_remove(&scratch);
}

TEST(the_way_back_survives_a_cut_at_each_access)
{
        begin();
        cut_everywhere(do_start, "1 2 1 0 1780000000\n");
        cut_everywhere(do_back, "0 1 0 0 1780000000\n");
        cut_everywhere(do_start, "1 2 1 0 1780000000\n");
        cut_everywhere(do_mark, "1 2 1 1 1780000000\n");
        cut_everywhere(do_back, "2 3 2 0 1780000000\n");
        pki_scratch_remove(&scratch);
}

TEST(renewal_the_old_phones_authority_and_the_floor_survive_a_cut_at_each_access)
{
        begin();
        cut_everywhere(do_legacy, "0 1 0 0 1780000000\n");
        cut_everywhere(do_tell, "0 1 0 0 1811536000\n");
        now = BUILD + 12 * PKI_TIMES_YEAR;
        cut_everywhere(do_renew, "0 1 0 0 1811536000\n");
        pki_scratch_remove(&scratch);
}

/* The first start: nobody has a certificate yet, so a CA made anew is whole too. */
TEST(the_first_start_survives_a_cut_at_each_access)
{
        int moment = 1, status = CUT;

        now = BUILD;
        pki_scratch_make(&scratch);
        copy("state", "kept");
        for (; status == CUT; moment++) {
                pid_t child = fork();

                if (child == 0) {
                        cut_at = moment;
                        open_station();
                        _exit(*station.trouble ? 1 : 0);
                }
                CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
                status = WEXITSTATUS(status);
                open_station();
                CHECK_STR(station.trouble, "");
                pki_station_close(&station);
                if (status == CUT)
                        copy("kept", "state");
        }
        CHECK_EQ_INT(status, 0);
        CHECK(moment > 12);     /* authority, floor, tls-auth */
        pki_scratch_remove(&scratch);
}
