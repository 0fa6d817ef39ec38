/*
 * trial: how a phone would be answered, tried on a station's HTTP socket.
 *
 * In:   what the edge would say of the phone; the first line of the answer.
 * Out:  a HEAD request; the status.
 * Not:  nothing of the answer but its status is read.
 */
#include "appliance/people/trial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/base/clock.h"
#include "appliance/base/cursor.h"
#include "appliance/base/text.h"
#include "appliance/base/writer.h"

#define REQUEST_SIZE 1024
#define STATUS_LINE_SIZE 64

static int build(const struct trial *trial, char *buffer, size_t size)
{
        const struct { const char *name, *value; } fields[] = {
                {"Host: ", "provost"}, {"\r\nConnection: ", "close"}, {"\r\nX-Provost-Listener: ", trial->listener},
                {"\r\nX-Provost-Address: ", trial->address}, {"\r\nX-Provost-Verify: ", trial->verify}, {"\r\nX-Provost-Subject: ", trial->subject},
        };
        struct writer w = writer_of(buffer, size);

        writer_text(&w, "HEAD ");
        writer_line_value(&w, trial->path);
        writer_text(&w, " HTTP/1.1\r\n");
        for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
                if (!*fields[i].value)
                        continue;
                writer_text(&w, fields[i].name);
                writer_line_value(&w, fields[i].value);
        }
        writer_text(&w, "\r\n\r\n");
        return writer_finish_text(&w);
}

/* "HTTP/1.1 403 Forbidden" */
static int status_of(const char *line, size_t size, unsigned *ret_status)
{
        struct cursor c = cursor_of(line, size), version = cursor_until(&c, ' ', 8), digits;
        char text[4];
        uint32_t status;

        if (c.error || (!cursor_equals(&version, "HTTP/1.1") && !cursor_equals(&version, "HTTP/1.0")))
                return PV_EMALFORMED;
        digits = cursor_sub(&c, 3);
        if (c.error || cursor_to_text(&digits, text, sizeof text) < 0 || text_to_u32(text, 599, &status) < 0 || status < 100)
                return PV_EMALFORMED;
        *ret_status = status;
        return 0;
}

/* Until the descriptor is ready. */
static int wait_for(int fd, short events, uint64_t until_ms)
{
        struct pollfd p = {.fd = fd, .events = events};
        uint64_t now_ms = clock_monotonic_ms();
        int r;

        if (now_ms >= until_ms)
                return PV_ETIMEOUT;
        r = poll(&p, 1, (int)(until_ms - now_ms));
        return r < 0 ? (errno == EINTR ? 0 : PV_ESYSTEM) : r == 0 ? PV_ETIMEOUT : 0;
}

/* A queue that is full is waited for as a slow answer is. */
static int dial(const char *path, uint64_t until_ms, int *ret_fd)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        struct timeval patience = {.tv_usec = 100000};
        int fd;

        if (text_copy(address.sun_path, sizeof address.sun_path, path) < 0)
                return PV_ETOOLARGE;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return PV_ESYSTEM;
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        while (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
                bool is_full = errno == EAGAIN || errno == EINTR;

                if (is_full && clock_monotonic_ms() < until_ms)
                        continue;
                close(fd);
                return is_full ? PV_ETIMEOUT : PV_ESYSTEM;
        }
        *ret_fd = fd;
        return 0;
}

static int hear_status(int fd, uint64_t until_ms, unsigned *ret_status)
{
        char line[STATUS_LINE_SIZE];
        size_t used = 0;
        ssize_t n;
        int r;

        while (used < sizeof line && !memchr(line, '\n', used)) {
                r = wait_for(fd, POLLIN, until_ms);
                if (r < 0)
                        return r;
                n = recv(fd, line + used, sizeof line - used, MSG_DONTWAIT);
                if (n < 0 && errno != EAGAIN && errno != EINTR)
                        return PV_ESYSTEM;
                if (n == 0)
                        break;
                used += n > 0 ? (size_t)n : 0;
        }
        return status_of(line, used, ret_status);
}

int trial_head(const char *socket_path, const struct trial *trial, uint64_t deadline_ms, unsigned *ret_status)
{
        uint64_t until_ms = clock_monotonic_ms() + deadline_ms;
        char request[REQUEST_SIZE];
        size_t size;
        int fd, r = build(trial, request, sizeof request);

        if (r < 0)
                return r;
        r = dial(socket_path, until_ms, &fd);
        if (r < 0)
                return r;
        size = strlen(request);
        if (send(fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
                r = PV_ESYSTEM;
        else
                r = hear_status(fd, until_ms, ret_status);
        close(fd);
        return r;
}
