/*
 * chore: one process for one thing to do, asked over a socket.
 *
 * In:   packets of JSON, the first one with descriptors.
 * Out:  the same, on the other side.
 * Not:  no knowledge of what is asked; who may connect is the socket's mode.
 */
#include "appliance/chore/chore.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "appliance/base/text.h"

union room {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(CHORE_FDS_MAX * sizeof(int))];
};

/* --- packets -------------------------------------------------------------- */

static int send_packet(int connection, sd_json_variant *packet, const int *fds, size_t n_fds)
{
        union room room = {0};
        struct iovec part = {0};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        char *text = NULL;
        ssize_t n;

        if (n_fds > CHORE_FDS_MAX)
                return PV_ETOOLARGE;
        if (sd_json_variant_format(packet, 0, &text) < 0)
                return PV_ENOMEM;
        part = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
        if (n_fds) {
                message.msg_control = room.bytes;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof *fds);
                *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
                        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(n_fds * sizeof *fds)};
                memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), fds, n_fds * sizeof *fds);
        }
        do
                n = part.iov_len > CHORE_PACKET_MAX ? -1 : sendmsg(connection, &message, MSG_NOSIGNAL);
        while (n < 0 && part.iov_len <= CHORE_PACKET_MAX && errno == EINTR);
        /* Requests may hold a password. */
        explicit_bzero(text, part.iov_len);
        free(text);
        if (part.iov_len > CHORE_PACKET_MAX)
                return PV_ETOOLARGE;
        return n >= 0 ? 0 : errno == EPIPE || errno == ECONNRESET ? PV_EUNSET : PV_ESYSTEM;
}

static size_t take_fds(struct msghdr *message, int ret_fds[static CHORE_FDS_MAX])
{
        size_t n = 0;

        for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header))
                if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
                        n = (header->cmsg_len - CMSG_LEN(0)) / sizeof *ret_fds;
                        memcpy(ret_fds, CMSG_DATA(header), n * sizeof *ret_fds);
                }
        return n;
}

static int parse(char *text, size_t size, sd_json_variant **ret_packet)
{
        sd_json_variant *packet = NULL;
        int r;

        text[size] = 0;
        if (memchr(text, 0, size))
                return PV_EMALFORMED;
        r = sd_json_parse(text, SD_JSON_PARSE_SENSITIVE, &packet, NULL, NULL);
        if (r < 0 || !sd_json_variant_is_object(packet)) {
                sd_json_variant_unref(packet);
                return r == -ENOMEM ? PV_ENOMEM : PV_EMALFORMED;
        }
        *ret_packet = packet;
        return 0;
}

static int receive(int connection, sd_json_variant **ret_packet, int ret_fds[static CHORE_FDS_MAX], size_t *ret_n)
{
        union room room;
        char *text = malloc(CHORE_PACKET_MAX + 1);
        struct iovec part = {.iov_base = text, .iov_len = CHORE_PACKET_MAX};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
        ssize_t n;
        int r;

        if (!text)
                return PV_ENOMEM;
        do
                n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        *ret_n = n > 0 ? take_fds(&message, ret_fds) : 0;
        if (n <= 0)
                r = n == 0 || errno == ECONNRESET ? PV_EUNSET : PV_ESYSTEM;
        else if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
                r = PV_ETOOLARGE;
        else
                r = parse(text, (size_t)n, ret_packet);
        if (n > 0)
                explicit_bzero(text, (size_t)n);
        free(text);
        return r;
}

static void close_all(const int *fds, size_t n)
{
        for (size_t i = 0; i < n; i++)
                close(fds[i]);
}

/* --- who asks ------------------------------------------------------------- */

int chore_ask(const char *path, sd_json_variant *request, const int *fds, size_t n_fds, int *ret_connection)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int connection, r = 0;

        if (text_copy(address.sun_path, sizeof address.sun_path, path) < 0)
                return PV_ETOOLARGE;
        connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (connection < 0)
                return PV_ESYSTEM;
        if (connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
                r = PV_ESYSTEM;
        if (r == 0)
                r = send_packet(connection, request, fds, n_fds);
        if (r < 0) {
                int kept = errno;

                close(connection);
                errno = kept;
                return r;
        }
        *ret_connection = connection;
        return 0;
}

int chore_next(int connection, int timeout_ms, sd_json_variant **ret_packet)
{
        struct pollfd poll_fd = {.fd = connection, .events = POLLIN};
        int fds[CHORE_FDS_MAX], r;
        size_t n = 0;

        do
                r = poll(&poll_fd, 1, timeout_ms);
        while (r < 0 && errno == EINTR);
        if (r <= 0)
                return r == 0 ? PV_ETIMEOUT : PV_ESYSTEM;
        r = receive(connection, ret_packet, fds, &n);
        /* Programs answer with words alone. */
        close_all(fds, n);
        return r;
}

/* --- who does it ------------------------------------------------------------ */

int chore_take(int connection, size_t n_fds, sd_json_variant **ret_request, int *ret_fds)
{
        sd_json_variant *request = NULL;
        int fds[CHORE_FDS_MAX];
        size_t n = 0;
        int r = receive(connection, &request, fds, &n);

        if (r == 0 && n > n_fds)
                r = PV_EMALFORMED;
        if (r < 0) {
                close_all(fds, n);
                sd_json_variant_unref(request);
                return r;
        }
        for (size_t i = 0; i < n_fds; i++)
                ret_fds[i] = i < n ? fds[i] : -1;
        *ret_request = request;
        return 0;
}

int chore_say(int connection, sd_json_variant *packet)
{
        return send_packet(connection, packet, NULL, 0);
}
