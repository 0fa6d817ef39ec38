/*
 * tool: a program of systemd's, run to its end.
 *
 * In:   its path and its words, what it says.
 * Out:  its lines, whether it did what it should.
 * Not:  no shell; it gets no environment but the one it needs.
 */
#include "appliance/update/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_SIZE 1024

static void read_lines(int fd, tool_line line, void *userdata)
{
        char text[LINE_MAX_SIZE], c;
        size_t used = 0;
        ssize_t n;

        while ((n = read(fd, &c, 1)) > 0 || (n < 0 && errno == EINTR)) {
                if (n < 0)
                        continue;
                if (c != '\n' && c != '\r' && used < sizeof text - 1) {
                        text[used++] = c;
                } else if (c == '\n' || c == '\r') {
                        text[used] = 0;
                        if (used && line)
                                line(text, userdata);
                        used = 0;
                }
        }
        explicit_bzero(text, sizeof text);
}

static int start(const char *const *words, int output, pid_t *ret_pid)
{
        static const char *const environment[] = {"PATH=/usr/bin:/usr/sbin", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=cat", "TMPDIR=/tmp", "LC_ALL=C.UTF-8", NULL};
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions) == 0 ? 0 : PV_ENOMEM;

        if (r < 0)
                return r;
        if (posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) != 0 ||
            posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO) != 0 ||
            posix_spawn(ret_pid, words[0], &actions, NULL, (char *const *)words, (char *const *)environment) != 0)
                r = PV_ESYSTEM;
        posix_spawn_file_actions_destroy(&actions);
        return r;
}

int tool_run(const char *const *words, tool_line line, void *userdata)
{
        int ends[2], status = -1, r;
        pid_t pid = -1;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return PV_ESYSTEM;
        r = start(words, ends[1], &pid);
        close(ends[1]);
        if (r == 0)
                read_lines(ends[0], line, userdata);
        close(ends[0]);
        if (r < 0)
                return r;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return PV_ESYSTEM;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : PV_EREFUSED;
}
