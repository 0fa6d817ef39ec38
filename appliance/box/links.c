/*
 * links: forwarding of single cards, and the end of a device.
 *
 * In:   names of cards.
 * Out:  the kernel's settings, over rtnetlink.
 * Not:  no address is made (networkd does that), and of the devices those that networkd does not know. Not /proc/sys: it is read-only here, and
 *       net.ipv4.ip_forward would switch every card at once.
 */
#include "appliance/box/links.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A request for one link, with room for the attributes we use. */
struct request {
        struct nlmsghdr header;
        struct ifinfomsg link;
        uint8_t room[64];
};

static struct rtattr *attribute(struct request *q, unsigned short type, const void *data, size_t size)
{
        struct rtattr *a = (struct rtattr *)((uint8_t *)q + NLMSG_ALIGN(q->header.nlmsg_len));

        *a = (struct rtattr){.rta_type = type, .rta_len = (unsigned short)RTA_LENGTH(size)};
        if (size)
                memcpy(RTA_DATA(a), data, size);
        q->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->header.nlmsg_len) + RTA_ALIGN(a->rta_len));
        return a;
}

static void close_nest(const struct request *q, struct rtattr *nest)
{
        nest->rta_len = (unsigned short)((const uint8_t *)q + q->header.nlmsg_len - (const uint8_t *)nest);
}

/* The kernel's answer: 0 or a negative errno. */
static int talk(struct request *q)
{
        struct { struct nlmsghdr header; struct nlmsgerr error; uint8_t more[256]; } answer = {0};
        struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
        int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), r = -EIO;
        ssize_t n;

        if (fd < 0)
                return -errno;
        if (sendto(fd, q, q->header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) {
                r = -errno;
        } else {
                n = recv(fd, &answer, sizeof answer, 0);
                if (n >= (ssize_t)NLMSG_LENGTH(sizeof answer.error) && answer.header.nlmsg_type == NLMSG_ERROR)
                        r = answer.error.error;
        }
        close(fd);
        return r;
}

static struct request request_of(unsigned short type, int index)
{
        return (struct request){
                .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), .nlmsg_type = type,
                           .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
                .link = {.ifi_family = AF_UNSPEC, .ifi_index = index},
        };
}

static int failed(int error)
{
        errno = -error;
        return PV_ESYSTEM;
}

bool links_forward(const char *interface)
{
        char path[96], value = '0';
        int fd;

        if (snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/forwarding", interface) >= (int)sizeof path)
                return false;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        if (read(fd, &value, 1) != 1)
                value = '0';
        close(fd);
        return value == '1';
}

int links_set_forward(const char *interface, bool on)
{
        unsigned index = if_nametoindex(interface);
        struct request q = request_of(RTM_SETLINK, (int)index);
        struct rtattr *families, *family, *values;
        uint32_t value = on;
        int r;

        if (!index)
                return PV_EUNSET;
        families = attribute(&q, IFLA_AF_SPEC, NULL, 0);
        family = attribute(&q, AF_INET, NULL, 0);
        values = attribute(&q, IFLA_INET_CONF, NULL, 0);
        (void)attribute(&q, IPV4_DEVCONF_FORWARDING, &value, sizeof value);
        close_nest(&q, values);
        close_nest(&q, family);
        close_nest(&q, families);
        r = talk(&q);
        return r == 0 ? 0 : r == -ENODEV ? PV_EUNSET : failed(r);
}

bool links_exist(const char *interface)
{
        return if_nametoindex(interface) != 0;
}

int links_remove(const char *interface)
{
        unsigned index = if_nametoindex(interface);
        struct request q = request_of(RTM_DELLINK, (int)index);
        int r = index ? talk(&q) : 0;

        return r == 0 || r == -ENODEV ? 0 : failed(r);
}
