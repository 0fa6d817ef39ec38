/*
 * provost-credentials: the keys of store and pki, made on the first boot.
 *
 * In:   nothing; the kernel's random numbers.
 * Out:  /data/credentials/{store,pki}.key: 32 random bytes each, encrypted by
 *       systemd-creds with this machine's own secret. A file that is there is
 *       never touched.
 * Not:  the bare key never reaches a disk or a command line: it goes through
 *       a pipe. The machine's secret is on the same data partition, so this
 *       keeps keys from other processes and out of backups, not from a thief
 *       of the whole disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/base/error.h"
#include "appliance/base/log.h"

#define FOLDER "/data/credentials"
#define KEY_SIZE 32
#define PROGRAM "/usr/bin/systemd-creds"

static const char *const names[] = {"store.key", "pki.key"};

/* Runs systemd-creds with its input from `in` and its output into `out`; its own words go to the journal. */
static int encrypt(const char *name, int in, int out)
{
        char name_argument[64];
        char *argv[] = {(char *)PROGRAM, (char *)"encrypt", (char *)"--with-key=host", name_argument, (char *)"-",
                        (char *)"-", NULL};
        char *envp[] = {(char *)"LC_ALL=C.UTF-8", NULL};
        posix_spawn_file_actions_t actions;
        int status = -1, r;
        pid_t pid;

        (void)snprintf(name_argument, sizeof name_argument, "--name=%s", name);
        if (posix_spawn_file_actions_init(&actions) != 0)
                return PV_ENOMEM;
        r = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
        if (r == 0)
                r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (r == 0)
                r = posix_spawn(&pid, PROGRAM, &actions, NULL, argv, envp);
        posix_spawn_file_actions_destroy(&actions);
        if (r != 0) {
                errno = r;
                return PV_ESYSTEM;
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return PV_ESYSTEM;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : PV_EREFUSED;
}

/* A pipe that holds a fresh key; it fits into the pipe, so nobody waits. */
static int key_pipe(int *ret_fd)
{
        uint8_t key[KEY_SIZE];
        int ends[2], r = 0;

        if (getrandom(key, sizeof key, 0) != sizeof key || pipe2(ends, O_CLOEXEC) < 0)
                return PV_ESYSTEM;
        if (write(ends[1], key, sizeof key) != sizeof key)
                r = PV_ESYSTEM;
        explicit_bzero(key, sizeof key);
        close(ends[1]);
        if (r < 0)
                close(ends[0]);
        else
                *ret_fd = ends[0];
        return r;
}

static int write_encrypted(int folder, const char *name, const char *fresh)
{
        int in = -1, out = -1, r = key_pipe(&in);
        struct stat st;

        if (r < 0)
                return r;
        out = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (out < 0)
                r = PV_ESYSTEM;
        if (r == 0)
                r = encrypt(name, in, out);
        /* An empty file would be a key that nobody can read. */
        if (r == 0 && (fstat(out, &st) < 0 || st.st_size < KEY_SIZE))
                r = PV_EREFUSED;
        if (r == 0 && fsync(out) < 0)
                r = PV_ESYSTEM;
        close(in);
        if (out >= 0)
                close(out);
        return r;
}

static int make(int folder, const char *name)
{
        char fresh[64];
        int r;

        if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        (void)snprintf(fresh, sizeof fresh, ".%s.new", name);
        if (unlinkat(folder, fresh, 0) < 0 && errno != ENOENT)
                return PV_ESYSTEM;
        r = write_encrypted(folder, name, fresh);
        /* RENAME_NOREPLACE: whoever was first, wins. */
        if (r == 0 && renameat2(folder, fresh, folder, name, RENAME_NOREPLACE) < 0 && errno != EEXIST)
                r = PV_ESYSTEM;
        if (r == 0 && fsync(folder) < 0)
                r = PV_ESYSTEM;
        if (r < 0)
                (void)unlinkat(folder, fresh, 0);
        else
                log_event(LOG_LEVEL_NOTICE, "key-made", "name", name, NULL);
        return r;
}

int main(void)
{
        int folder, r = 0;

        log_open("credentials");
        folder = open(FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) {
                log_reason(LOG_LEVEL_ERROR, "failed", "%s cannot be opened (%s): is the data partition mounted?", FOLDER,
                           strerror(errno));
                return EXIT_FAILURE;
        }
        for (size_t i = 0; i < sizeof names / sizeof *names && r == 0; i++) {
                r = make(folder, names[i]);
                if (r < 0)
                        log_reason(LOG_LEVEL_ERROR, "failed", "%s/%s could not be made (%s): is the data partition full?",
                                   FOLDER, names[i], r == PV_ESYSTEM ? strerror(errno) : pv_error_text(r));
        }
        close(folder);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
