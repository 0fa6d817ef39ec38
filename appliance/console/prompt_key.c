/*
 * prompt_key: Enter on a terminal opens a program there.
 *
 * In:   keys of a terminal, until Enter; they are read and forgotten.
 * Out:  the program, with the terminal as its input and output.
 * Not:  nothing typed is understood here.
 */
#include "appliance/console/prompt_key.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/base/log.h"

struct prompt_key {
        sd_event *event;
        sd_event_source *keys, *program;
        int terminal;
        const char *const *argv;
        void (*closed)(void *userdata);
        void *userdata;
        pid_t pid;                      /* 0: nobody is at it */
};

static int on_end(sd_event_source *source, const siginfo_t *info, void *userdata)
{
        struct prompt_key *key = userdata;

        (void)source;
        (void)info;
        key->pid = 0;
        key->program = sd_event_source_disable_unref(key->program);
        (void)sd_event_source_set_enabled(key->keys, SD_EVENT_ON);
        key->closed(key->userdata);
        return 0;
}

static int start(struct prompt_key *key)
{
        static char term[] = "TERM=vt220", path[] = "PATH=/usr/bin", *const environment[] = {term, path, NULL};
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        sigset_t none;
        int r = posix_spawn_file_actions_init(&files);

        if (r != 0)
                return PV_ENOMEM;
        r = posix_spawnattr_init(&attributes);
        if (r != 0) {
                posix_spawn_file_actions_destroy(&files);
                return PV_ENOMEM;
        }
        (void)sigemptyset(&none);
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        for (int fd = 0; fd <= 2 && r == 0; fd++)
                r = posix_spawn_file_actions_adddup2(&files, key->terminal, fd);
        if (r == 0)
                r = posix_spawn(&key->pid, key->argv[0], &files, &attributes, (char *const *)key->argv, environment);
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
        if (r == 0 && sd_event_add_child(key->event, &key->program, key->pid, WEXITED, on_end, key) >= 0)
                return 0;
        if (r == 0) {
                (void)kill(key->pid, SIGTERM);
                (void)waitpid(key->pid, NULL, 0);
        }
        key->pid = 0;
        return PV_ESYSTEM;
}

static int on_keys(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct prompt_key *key = userdata;
        char typed[256];
        ssize_t n = read(fd, typed, sizeof typed);

        (void)events;
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return 0;
        if (n <= 0) {
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
                return 0;               /* the line is gone */
        }
        if (!memchr(typed, '\n', (size_t)n))
                return 0;
        if (start(key) < 0)
                log_event(LOG_LEVEL_WARNING, "prompt-failed", "reason", "the console's prompt could not be started", NULL);
        else
                (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
}

int prompt_key_new(sd_event *event, int terminal, const char *const *argv, void (*closed)(void *userdata), void *userdata,
                   struct prompt_key **ret_key)
{
        struct prompt_key *key;
        sigset_t child;

        if (!isatty(terminal))
                return PV_EREFUSED;
        /* sd-event asks for it of those who watch children. */
        (void)sigemptyset(&child);
        (void)sigaddset(&child, SIGCHLD);
        (void)sigprocmask(SIG_BLOCK, &child, NULL);
        key = calloc(1, sizeof *key);
        if (!key)
                return PV_ENOMEM;
        *key = (struct prompt_key){.event = event, .terminal = terminal, .argv = argv, .closed = closed, .userdata = userdata};
        if (sd_event_add_io(event, &key->keys, terminal, EPOLLIN, on_keys, key) < 0) {
                free(key);
                return PV_ESYSTEM;
        }
        *ret_key = key;
        return 0;
}

void prompt_key_free(struct prompt_key *key)
{
        if (!key)
                return;
        sd_event_source_disable_unref(key->program);
        sd_event_source_disable_unref(key->keys);
        if (key->pid) {
                (void)kill(key->pid, SIGTERM);
                (void)waitpid(key->pid, NULL, 0);
        }
        free(key);
}

bool prompt_key_is_open(const struct prompt_key *key)
{
        return key && key->pid;
}
