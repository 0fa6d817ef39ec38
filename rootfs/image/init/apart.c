/*
 * apart: programs of the verified root, run before it is the root.
 *
 * In:   NEW_ROOT, mounted; a command.
 * Out:  its success, its last line.
 * Not:  no shell, no environment but what is here. An ordinary start without a TPM runs nothing at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rootfs/image/init/apart.h"
#include "rootfs/image/init/say.h"

/* libdevmapper must not wait for udev, which does not run yet; the TPM without a plug-in of libcryptsetup, which is not in the root. 1 %: what the
 * file system keeps for root. */
static const char *const environment[] = {
        "PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8", "SYSTEMD_LOG_TARGET=console", "SYSTEMD_LOG_LEVEL=notice", "SYSTEMD_COLORS=0",
        "DM_DISABLE_UDEV=1", "SYSTEMD_CRYPTSETUP_USE_TOKEN_MODULE=0", "SYSTEMD_REPART_MKFS_OPTIONS_EXT4=-b 4096 -m 1", NULL,
};

static void bind_in(const char *path)
{
        char target[64];

        snprintf(target, sizeof(target), NEW_ROOT "%s", path);
        if (mount(path, target, NULL, MS_BIND | MS_REC, NULL) < 0)
                _exit(125);
}

static void __attribute__((noreturn)) become(char *const argv[], int output, int complaints)
{
        int nothing = open("/dev/null", O_RDONLY);

        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
                _exit(125);
        bind_in("/dev");
        bind_in("/proc");
        bind_in("/sys");
        if (mount("tmpfs", NEW_ROOT "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 || chroot(NEW_ROOT) < 0 ||
            chdir("/") < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(complaints < 0 ? nothing : complaints, STDERR_FILENO) < 0)
                _exit(125);
        execve(argv[0], argv, (char *const *)(uintptr_t)environment);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
        _exit(126);
}

static void listen_to(int input, const char *name, char *ret_last, size_t size)
{
        char line[512];
        FILE *stream = fdopen(input, "r");

        if (!stream) {
                close(input);
                return;
        }
        while (fgets(line, sizeof(line), stream)) {
                line[strcspn(line, "\r\n")] = '\0';
                if (!*line)
                        continue;
                say(LEVEL_INFO, "%s: %s", name, line);
                snprintf(ret_last, size, "%s", line);
        }
        fclose(stream);
}

/* is_secret: what it complains of goes nowhere. */
static pid_t start(char *const argv[], bool is_secret, int *ret_input)
{
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -1;
        pid_t child = fork();
        if (child == 0)
                become(argv, ends[1], is_secret ? -1 : ends[1]);
        close(ends[1]);
        if (child < 0)
                close(ends[0]);
        *ret_input = ends[0];
        return child;
}

static int end_of(pid_t child)
{
        int status;

        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return -1;
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int apart_run(char *const argv[], char *ret_last, size_t size)
{
        const char *name = strrchr(argv[0], '/') + 1;
        int input;
        pid_t child = start(argv, false, &input);

        snprintf(ret_last, size, "it said nothing");
        if (child < 0)
                return -1;
        listen_to(input, name, ret_last, size);
        return end_of(child);
}

int apart_read(char *const argv[], char *ret_text, size_t size)
{
        size_t used = 0;
        int input;
        pid_t child = start(argv, true, &input);

        ret_text[0] = '\0';
        if (child < 0)
                return -1;
        for (ssize_t n; used < size - 1 && ((n = read(input, ret_text + used, size - 1 - used)) > 0 || (n < 0 && errno == EINTR));)
                used += n > 0 ? (size_t)n : 0;
        close(input);
        ret_text[used] = '\0';
        return end_of(child);
}
