/*
 * backup_machine: secrets sealed for this machine, and opened by it.
 *
 * In:   a name, a file of systemd-creds; or bytes.
 * Out:  the bytes; or a new file.
 * Not:  at most what fits into a pipe (64 KiB).
 */
#include "appliance/backup/backup_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "/usr/bin/systemd-creds"
#define PIPE_MAX 65536

static int run(char *const argv[], int in, int out)
{
        char *envp[] = {(char *)"LC_ALL=C.UTF-8", NULL};
        posix_spawn_file_actions_t actions;
        int status = -1, r;
        pid_t pid;

        if (posix_spawn_file_actions_init(&actions) != 0)
                return PV_ENOMEM;
        r = in >= 0 ? posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO) : 0;
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

static int take(int fd, void *ret_data, size_t size, size_t *ret_size)
{
        uint8_t *bytes = ret_data, more;
        size_t have = 0;
        ssize_t n = 1;

        while (have < size && (n = read(fd, bytes + have, size - have)) > 0)
                have += (size_t)n;
        if (n < 0)
                return PV_ESYSTEM;
        if (have == size && read(fd, &more, 1) > 0)
                return PV_ETOOLARGE;
        *ret_size = have;
        return 0;
}

int backup_machine_open(const char *name, const char *path, void *ret_data, size_t size, size_t *ret_size)
{
        char name_argument[80], path_argument[256];
        char *argv[] = {(char *)PROGRAM, (char *)"decrypt", name_argument, path_argument, (char *)"-", NULL};
        int ends[2], r;

        (void)snprintf(name_argument, sizeof name_argument, "--name=%s", name);
        if ((size_t)snprintf(path_argument, sizeof path_argument, "%s", path) >= sizeof path_argument || size > PIPE_MAX)
                return PV_ETOOLARGE;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return PV_ESYSTEM;
        r = run(argv, -1, ends[1]);
        close(ends[1]);
        if (r == 0)
                r = take(ends[0], ret_data, size, ret_size);
        close(ends[0]);
        return r;
}

static int seal_into(const char *name, const void *data, size_t size, int out)
{
        char name_argument[80];
        char *argv[] = {(char *)PROGRAM, (char *)"encrypt", (char *)"--with-key=host", name_argument, (char *)"-", (char *)"-", NULL};
        struct stat status;
        int ends[2], r = 0;

        (void)snprintf(name_argument, sizeof name_argument, "--name=%s", name);
        if (size > PIPE_MAX)
                return PV_ETOOLARGE;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return PV_ESYSTEM;
        if (write(ends[1], data, size) != (ssize_t)size)
                r = PV_ESYSTEM;
        close(ends[1]);
        if (r == 0)
                r = run(argv, ends[0], out);
        close(ends[0]);
        /* Nothing would be a secret that nobody can read. */
        if (r == 0 && (fstat(out, &status) < 0 || status.st_size <= (off_t)size))
                r = PV_EREFUSED;
        return r == 0 && fsync(out) < 0 ? PV_ESYSTEM : r;
}

int backup_machine_seal(const char *name, const void *data, size_t size, const char *path)
{
        int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), r;

        if (out < 0)
                return PV_ESYSTEM;
        r = seal_into(name, data, size, out);
        close(out);
        if (r < 0)
                (void)unlink(path);
        return r;
}
