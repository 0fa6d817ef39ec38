/*
 * address_watch: which addresses the machine has.
 *
 * In:   the kernel's route messages, as a wake-up only.
 * Out:  a call on each change; a question answered from getifaddrs().
 * Not:  nothing is set here, networkd does that.
 */
#include "appliance/box/address_watch.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct address_watch {
        sd_event_source *source;
        address_watch_changed changed;
        void *userdata;
        int fd;
};

static int on_message(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct address_watch *watch = userdata;
        char dropped[8192];

        (void)source;
        (void)revents;
        /* The content does not matter, also when the kernel had to drop some (ENOBUFS): getifaddrs() knows all. */
        while (recv(fd, dropped, sizeof dropped, MSG_DONTWAIT) > 0)
                ;
        watch->changed(watch->userdata);
        return 0;
}

int address_watch_new(sd_event *event, address_watch_changed changed, void *userdata,
                      struct address_watch **ret_watch)
{
        struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR};
        struct address_watch *watch = calloc(1, sizeof *watch);

        if (!watch)
                return PV_ENOMEM;
        watch->changed = changed;
        watch->userdata = userdata;
        watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
        if (watch->fd < 0 || bind(watch->fd, (struct sockaddr *)&local, sizeof local) < 0 ||
            sd_event_add_io(event, &watch->source, watch->fd, EPOLLIN, on_message, watch) < 0) {
                address_watch_free(watch);
                return PV_ESYSTEM;
        }
        *ret_watch = watch;
        return 0;
}

void address_watch_free(struct address_watch *watch)
{
        if (!watch)
                return;
        sd_event_source_disable_unref(watch->source);
        if (watch->fd >= 0)
                close(watch->fd);
        free(watch);
}

bool address_watch_has(const char *interface, uint32_t address)
{
        struct ifaddrs *list = NULL;
        bool has = false;

        if (getifaddrs(&list) < 0)
                return false;
        for (struct ifaddrs *i = list; i && !has; i = i->ifa_next) {
                struct sockaddr_in in;

                if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || strcmp(i->ifa_name, interface) != 0)
                        continue;
                memcpy(&in, i->ifa_addr, sizeof in);
                has = ntohl(in.sin_addr.s_addr) == address;
        }
        freeifaddrs(list);
        return has;
}
