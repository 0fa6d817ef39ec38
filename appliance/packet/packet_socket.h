#ifndef PROVOST_PACKET_PACKET_SOCKET_H
#define PROVOST_PACKET_PACKET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

/* The packet socket of one interface: frames in batches, the interface found and found again. */

struct packet_socket;

struct packet_socket_handlers {
        void (*frame)(const void *frame, size_t size, bool checksum_ready, void *userdata);
        /* mac: of the interface, NULL when it went away. */
        void (*link)(const struct mac *mac, void *userdata);
        /* Frames not handed over: of another VLAN, or longer than any Ethernet frame. */
        void (*refused)(void *userdata);
        void (*tick)(void *userdata);           /* about once a second */
        void *userdata;
};

/* group: a multicast group whose frames are wanted too, host order; 0 none. */
int packet_socket_new(sd_event *event, const char *interface, uint32_t group,
                      const struct packet_socket_handlers *handlers, struct packet_socket **ret_socket) PV_MUST_CHECK;
void packet_socket_free(struct packet_socket *s);
/* PV_EBUSY while the interface is away or its queue is full. */
int packet_socket_send(struct packet_socket *s, const void *frame, size_t size) PV_MUST_CHECK;

#endif
