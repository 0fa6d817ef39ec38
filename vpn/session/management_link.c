/*
 * management_link: bytes to and from OpenVPN.
 *
 * In:   the socket mgmt.sock, when it is there; commands.
 * Out:  notices, and the answers of each command in turn.
 * Not:  no meaning of either (see session_core).
 */
#include "vpn/session/management_link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "vpn/session/management_input.h"

#define OUTPUT_MAX (4u * 1024 * 1024)
#define COMMANDS_MAX 32768u
#define RETRY_FIRST_MS 10
#define RETRY_MAX_MS 1000
#define READ_SIZE 16384

struct command {
        management_link_reply reply;
        char tag[65];
};

struct management_link {
        sd_event *event;
        struct management_link_handlers handlers;
        struct sockaddr_un address;
        char name[32];
        int fd;                         /* -1: no connection */
        sd_event_source *io, *retry, *watch;
        unsigned retry_ms;
        struct management_input input;
        char *output;                   /* bytes [sent, used) are still to be written */
        size_t output_sent, output_used, output_room;
        struct command *commands;       /* ring of those without their whole answer */
        size_t first_command, n_commands, commands_room;
};

static void try_connect(struct management_link *link);

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source, (void)usec;
        try_connect(userdata);
        return 0;
}

static void retry_later(struct management_link *link)
{
        link->retry = sd_event_source_disable_unref(link->retry);
        if (sd_event_add_time_relative(link->event, &link->retry, CLOCK_MONOTONIC, (uint64_t)link->retry_ms * 1000, 1000,
                                       on_retry, link) < 0)
                log_event(LOG_LEVEL_ERROR, "management-retry-failed", NULL);
        link->retry_ms = link->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : link->retry_ms * 2;
}

static void disconnect(struct management_link *link)
{
        if (link->fd < 0)
                return;
        link->io = sd_event_source_disable_unref(link->io);
        close(link->fd);
        link->fd = -1;
        link->output_sent = link->output_used = 0;
        link->n_commands = link->first_command = 0;
        management_input_reset(&link->input);
        link->retry_ms = RETRY_FIRST_MS;
        retry_later(link);
        log_event(LOG_LEVEL_NOTICE, "openvpn-lost", NULL);
        link->handlers.lost(link->handlers.userdata);
}

/* --- answers ------------------------------------------------------------- */

static bool is_last(enum management_line_kind kind)
{
        return kind == MANAGEMENT_LINE_SUCCESS || kind == MANAGEMENT_LINE_ERROR || kind == MANAGEMENT_LINE_END;
}

static void on_answer(struct management_link *link, const struct management_line *line)
{
        struct command command;

        if (link->n_commands == 0)
                return;
        command = link->commands[link->first_command];
        if (is_last(line->kind)) {
                link->first_command = (link->first_command + 1) % link->commands_room;
                link->n_commands--;
        }
        if (command.reply)
                command.reply(line, command.tag, link->handlers.userdata);
}

static void on_line(const char *text, size_t size, void *userdata)
{
        struct management_link *link = userdata;
        struct management_line line;

        if (management_line_parse(text, size, &line) < 0) {
                log_event(LOG_LEVEL_WARNING, "management-line-malformed", NULL);
                return;
        }
        if (is_last(line.kind) || line.kind == MANAGEMENT_LINE_ROW || line.kind == MANAGEMENT_LINE_CHANNEL)
                on_answer(link, &line);
        else if (line.kind != MANAGEMENT_LINE_OTHER)
                link->handlers.notice(&line, link->handlers.userdata);
}

/* --- bytes --------------------------------------------------------------- */

static bool write_some(struct management_link *link)
{
        while (link->output_sent < link->output_used) {
                ssize_t n = send(link->fd, link->output + link->output_sent, link->output_used - link->output_sent,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return errno == EAGAIN;
                link->output_sent += (size_t)n;
        }
        link->output_sent = link->output_used = 0;
        return true;
}

static void want(struct management_link *link)
{
        uint32_t events = EPOLLIN | (link->output_used > 0 ? (uint32_t)EPOLLOUT : 0);

        if (sd_event_source_set_io_events(link->io, events) < 0)
                log_event(LOG_LEVEL_ERROR, "management-watch-failed", NULL);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct management_link *link = userdata;
        char data[READ_SIZE];
        ssize_t n;

        (void)source;
        if (events & EPOLLOUT && !write_some(link)) {
                disconnect(link);
                return 0;
        }
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                n = recv(fd, data, sizeof data, MSG_DONTWAIT);
                if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
                        disconnect(link);
                        return 0;
                }
                if (n > 0)
                        management_input_add(&link->input, data, (size_t)n, on_line, link);
        }
        if (link->fd >= 0)
                want(link);
        return 0;
}

static bool has_output_room(struct management_link *link, size_t size)
{
        size_t room = link->output_room ? link->output_room : 4096;
        char *output;

        if (link->output_used + size > OUTPUT_MAX)
                return false;
        while (room < link->output_used + size)
                room *= 2;
        if (room == link->output_room)
                return true;
        output = realloc(link->output, room);
        if (!output)
                return false;
        link->output = output;
        link->output_room = room;
        return true;
}

static bool has_command_room(struct management_link *link)
{
        size_t room = link->commands_room ? link->commands_room * 2 : 64;
        struct command *commands;

        if (link->n_commands < link->commands_room)
                return true;
        commands = room <= COMMANDS_MAX ? calloc(room, sizeof *commands) : NULL;
        if (!commands)
                return false;
        for (size_t i = 0; i < link->n_commands; i++)
                commands[i] = link->commands[(link->first_command + i) % link->commands_room];
        free(link->commands);
        link->commands = commands;
        link->commands_room = room;
        link->first_command = 0;
        return true;
}

/* An OpenVPN that no longer reads is left when the queue is full, by its next event: the socket is shut here. */
void management_link_send(struct management_link *link, const char *text, management_link_reply reply, const char *tag)
{
        size_t size = strlen(text);
        struct command *command;

        if (link->fd < 0)
                return;
        if (!has_output_room(link, size) || !has_command_room(link)) {
                log_event(LOG_LEVEL_ERROR, "management-queue-full", NULL);
                shutdown(link->fd, SHUT_RDWR);
                return;
        }
        command = &link->commands[(link->first_command + link->n_commands++) % link->commands_room];
        *command = (struct command){.reply = reply};
        snprintf(command->tag, sizeof command->tag, "%s", tag);
        memcpy(link->output + link->output_used, text, size);
        link->output_used += size;
        if (!write_some(link))
                shutdown(link->fd, SHUT_RDWR);
        want(link);
}

/* --- connecting ---------------------------------------------------------- */

static void try_connect(struct management_link *link)
{
        int fd;

        link->retry = sd_event_source_disable_unref(link->retry);
        if (link->fd >= 0)
                return;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&link->address, sizeof link->address) == 0 &&
            sd_event_add_io(link->event, &link->io, fd, EPOLLIN, on_io, link) >= 0) {
                link->fd = fd;
                link->retry_ms = RETRY_FIRST_MS;
                log_event(LOG_LEVEL_NOTICE, "openvpn-attached", NULL);
                link->handlers.attached(link->handlers.userdata);
                return;
        }
        if (fd >= 0)
                close(fd);
        retry_later(link);
}

static int on_inotify(sd_event_source *source, const struct inotify_event *event, void *userdata)
{
        struct management_link *link = userdata;

        (void)source;
        if (link->fd < 0 && event->len > 0 && !strcmp(event->name, link->name)) {
                link->retry_ms = RETRY_FIRST_MS;
                try_connect(link);
        }
        return 0;
}

int management_link_new(sd_event *event, const char *directory, const char *name,
                        const struct management_link_handlers *handlers, struct management_link **ret_link)
{
        struct management_link *link = calloc(1, sizeof *link);

        if (!link)
                return PV_ENOMEM;
        *link = (struct management_link){.event = sd_event_ref(event), .handlers = *handlers, .fd = -1,
                .address = {.sun_family = AF_UNIX}, .retry_ms = RETRY_FIRST_MS};
        snprintf(link->address.sun_path, sizeof link->address.sun_path, "%s/%s", directory, name);
        snprintf(link->name, sizeof link->name, "%s", name);
        if (sd_event_add_inotify(event, &link->watch, directory, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR, on_inotify, link) < 0) {
                management_link_free(link);
                return PV_ESYSTEM;
        }
        retry_later(link);
        *ret_link = link;
        return 0;
}

void management_link_free(struct management_link *link)
{
        if (!link)
                return;
        sd_event_source_disable_unref(link->io);
        sd_event_source_disable_unref(link->retry);
        sd_event_source_disable_unref(link->watch);
        if (link->fd >= 0)
                close(link->fd);
        sd_event_unref(link->event);
        free(link->output);
        free(link->commands);
        free(link);
}
