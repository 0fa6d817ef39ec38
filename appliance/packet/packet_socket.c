/*
 * packet_socket: frames of one interface through AF_PACKET.
 *
 * In:   an interface name; it may not exist yet, lose its link, go and come back under another index.
 * Out:  frames that the kernel's filter let through, each with the word whether
 *       its checksum is finished; frames sent.
 * Not:  no look inside a frame (packet_frame), no protocol (packet.c).
 */
#include "appliance/packet/packet_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/packet/packet.h"
#include "appliance/packet/packet_frame.h"

enum {
        BATCH = 32,
        BATCHES_PER_WAKE = 8,           /* then others in the event loop get their turn */
        FRAME_ROOM = 2048,
        LOOK_AGAIN_MS = 100,            /* while the interface is away */
        TICK_MS = 1000,
        RECEIVE_BUFFER = 4 << 20,
};

struct packet_socket {
        int fd;
        char interface[IF_NAMESIZE];
        int index;                      /* 0 while not bound */
        uint32_t group;                 /* 0 none */
        bool is_up;
        struct mac mac;
        struct packet_socket_handlers handlers;
        sd_event_source *io, *timer;
        uint64_t next_tick_us;
        uint8_t frames[BATCH][FRAME_ROOM];
        struct sockaddr_ll from[BATCH];
        struct iovec vectors[BATCH];
        union {
                struct cmsghdr align;
                uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
        } controls[BATCH];
        struct mmsghdr messages[BATCH];
};

/*
 * Lets through: UDP to ports 67, 68 and 5060, unfragmented; IGMP; ARP replies, and ARP
 * announcements (sender and target are the same address). Not what this machine sends itself.
 */
static const struct sock_filter FILTER[] = {
        /*  0 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        /*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 21, 0),
        /*  2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        /*  3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 11, 0),
        /*  4 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 18),
        /*  5 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
        /*  6 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_IGMP, 17, 0),
        /*  7 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 15),
        /*  8 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
        /*  9 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 13, 0),
        /* 10 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
        /* 11 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
        /* 12 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 67, 11, 0),
        /* 13 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 10, 0),
        /* 14 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_GROUP_PORT, 9, 8),
        /* 15 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
        /* 16 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 7, 0),
        /* 17 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 5),
        /* 18 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 28),
        /* 19 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
        /* 20 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
        /* 21 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 38),
        /* 22 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
        /* 23 */ BPF_STMT(BPF_RET | BPF_K, 0),
        /* 24 */ BPF_STMT(BPF_RET | BPF_K, FRAME_ROOM),
};

static int open_socket(int *ret_fd)
{
        static const struct sock_fprog program = {
                .len = sizeof FILTER / sizeof *FILTER,
                .filter = (struct sock_filter *)FILTER,
        };
        int one = 1, size = RECEIVE_BUFFER;

        /* Protocol 0: nothing arrives before the filter stands and the socket is bound. */
        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return PV_ESYSTEM;
        if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof one) < 0 ||
            setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0) {
                close(fd);
                return PV_ESYSTEM;
        }
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        *ret_fd = fd;
        return 0;
}

/* The interface as it is now: index 0 when there is none that is up. */
static int look_up(const struct packet_socket *s, struct mac *ret_mac)
{
        struct ifreq request = {0};

        memcpy(request.ifr_name, s->interface, sizeof request.ifr_name);
        if (ioctl(s->fd, SIOCGIFFLAGS, &request) < 0 || !(request.ifr_flags & IFF_UP))
                return 0;
        if (ioctl(s->fd, SIOCGIFHWADDR, &request) < 0)
                return 0;
        memcpy(ret_mac->bytes, request.ifr_hwaddr.sa_data, sizeof ret_mac->bytes);
        if (ioctl(s->fd, SIOCGIFINDEX, &request) < 0)
                return 0;
        return request.ifr_ifindex;
}

static void lose(struct packet_socket *s)
{
        if (!s->is_up)
                return;
        s->is_up = false;
        log_event(LOG_LEVEL_WARNING, "link-lost", "interface", s->interface, NULL);
        s->handlers.link(NULL, s->handlers.userdata);
}

/* The interface passes frames of the group's Ethernet address (RFC 1112 6.4) from now on. */
static int change_group(struct packet_socket *s, int option)
{
        struct packet_mreq request = {
                .mr_ifindex = s->index,
                .mr_type = PACKET_MR_MULTICAST,
                .mr_alen = ETH_ALEN,
                .mr_address = {0x01, 0x00, 0x5e, s->group >> 16 & 0x7f, s->group >> 8 & 0xff, s->group & 0xff},
        };

        return setsockopt(s->fd, SOL_PACKET, option, &request, sizeof request);
}

static void join_group(struct packet_socket *s)
{
        if (s->group && change_group(s, PACKET_ADD_MEMBERSHIP) < 0)
                log_reason(LOG_LEVEL_WARNING, "group-refused", "%s does not take the multicast group; phones are not heard there",
                           s->interface);
}

static void leave_group(struct packet_socket *s)
{
        if (s->group && s->index)
                (void)change_group(s, PACKET_DROP_MEMBERSHIP);
}

/* Brings our view in line with the interface. */
static void follow(struct packet_socket *s)
{
        struct mac mac = s->mac;
        int index = look_up(s, &mac);

        if (index == 0) {
                lose(s);
                return;
        }
        if (s->is_up && index == s->index && mac_equal(&mac, &s->mac))
                return;
        lose(s);

        leave_group(s);
        struct sockaddr_ll address = {
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ALL),       /* with less, the kernel hides VLAN tags */
                .sll_ifindex = index,
        };
        if (bind(s->fd, (const struct sockaddr *)&address, sizeof address) < 0)
                return;
        s->index = index;
        s->mac = mac;
        s->is_up = true;
        join_group(s);
        char text[MAC_TEXT_SIZE];
        log_event(LOG_LEVEL_INFO, "link-found", "interface", s->interface, "mac", mac_format(&mac, text), NULL);
        s->handlers.link(&s->mac, s->handlers.userdata);
}

/* False: the frame is not for us. */
static bool read_auxiliary(struct msghdr *message, bool *ret_checksum_ready)
{
        *ret_checksum_ready = true;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                struct tpacket_auxdata auxiliary;
                if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
                        continue;
                memcpy(&auxiliary, CMSG_DATA(c), sizeof auxiliary);
                if (auxiliary.tp_status & TP_STATUS_CSUMNOTREADY)
                        *ret_checksum_ready = false;
                /* VLAN 0 is a priority mark; any other is another network than this interface's. */
                if (auxiliary.tp_status & TP_STATUS_VLAN_VALID && auxiliary.tp_vlan_tci & 0x0fff)
                        return false;
        }
        return true;
}

static void prepare(struct packet_socket *s)
{
        for (size_t i = 0; i < BATCH; i++) {
                s->vectors[i] = (struct iovec){.iov_base = s->frames[i], .iov_len = sizeof s->frames[i]};
                s->messages[i].msg_hdr = (struct msghdr){
                        .msg_name = &s->from[i],
                        .msg_namelen = sizeof s->from[i],
                        .msg_iov = &s->vectors[i],
                        .msg_iovlen = 1,
                        .msg_control = &s->controls[i],
                        .msg_controllen = sizeof s->controls[i],
                };
        }
}

static void hand_over(struct packet_socket *s, size_t i)
{
        struct msghdr *message = &s->messages[i].msg_hdr;
        uint8_t type = s->from[i].sll_pkttype;
        bool checksum_ready;

        if (type == PACKET_OUTGOING || type == PACKET_OTHERHOST)
                return;
        if (!read_auxiliary(message, &checksum_ready) || message->msg_flags & MSG_TRUNC) {
                s->handlers.refused(s->handlers.userdata);
                return;
        }
        s->handlers.frame(s->frames[i], s->messages[i].msg_len, checksum_ready, s->handlers.userdata);
}

static int on_frames(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct packet_socket *s = userdata;

        (void)source;
        (void)events;
        for (unsigned round = 0; round < BATCHES_PER_WAKE; round++) {
                prepare(s);
                int n = recvmmsg(fd, s->messages, BATCH, MSG_DONTWAIT, NULL);
                if (n < 0) {
                        if (errno != EAGAIN && errno != EINTR)
                                follow(s);      /* ENETDOWN: said once, the socket stays */
                        break;
                }
                for (int i = 0; i < n; i++)
                        hand_over(s, (size_t)i);
                if (n < BATCH)
                        break;
        }
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t now_us, void *userdata)
{
        struct packet_socket *s = userdata;

        follow(s);
        if (now_us >= s->next_tick_us) {
                s->next_tick_us = now_us + TICK_MS * 1000;
                s->handlers.tick(s->handlers.userdata);
        }
        sd_event_source_set_time(source, now_us + (s->is_up ? TICK_MS : LOOK_AGAIN_MS) * 1000);
        sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

int packet_socket_new(sd_event *event, const char *interface, uint32_t group,
                      const struct packet_socket_handlers *handlers, struct packet_socket **ret_socket)
{
        struct packet_socket *s = calloc(1, sizeof *s);
        int r = PV_ENOMEM;

        if (!s)
                return r;
        s->fd = -1;
        s->handlers = *handlers;
        s->group = group;
        r = text_copy(s->interface, sizeof s->interface, interface);
        if (r < 0)
                goto out;
        r = open_socket(&s->fd);
        if (r < 0)
                goto out;
        r = PV_ESYSTEM;
        if (sd_event_add_io(event, &s->io, s->fd, EPOLLIN, on_frames, s) < 0 ||
            sd_event_add_time_relative(event, &s->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, s) < 0)
                goto out;
        *ret_socket = s;
        s = NULL;
        r = 0;
out:
        packet_socket_free(s);
        return r;
}

void packet_socket_free(struct packet_socket *s)
{
        if (!s)
                return;
        sd_event_source_disable_unref(s->io);
        sd_event_source_disable_unref(s->timer);
        if (s->fd >= 0)
                close(s->fd);
        free(s);
}

int packet_socket_send(struct packet_socket *s, const void *frame, size_t size)
{
        if (!s->is_up)
                return PV_EBUSY;
        if (send(s->fd, frame, size, MSG_DONTWAIT) == (ssize_t)size)
                return 0;
        if (errno == ENETDOWN || errno == ENXIO || errno == ENODEV)
                follow(s);
        return PV_EBUSY;
}
