/*
 * packet: UDP through lwIP on frames that a packet socket (or a test) carries.
 *
 * In:   frames; datagrams to send.
 * Out:  datagrams to port 67, and to a multicast group's port if there is one, with the Ethernet address they came from; frames.
 * Not:  never answers for the kernel: no ARP request reaches lwIP, ICMP and TCP are not compiled in.
 */
#include "appliance/packet/packet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/etharp.h"
#include "lwip/igmp.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/udp.h"
#include "netif/ethernet.h"

#include "appliance/base/log.h"
#include "appliance/base/text.h"
#include "appliance/packet/packet_frame.h"
#include "appliance/packet/packet_socket.h"

enum { SERVED_PORT = 67, CLIENT_PORT = 68, ARP_REPLY_OPERATION = 2, IGMP_TICKS = 1000 / IGMP_TMR_INTERVAL };

struct packet {
        struct netif netif;
        struct udp_pcb *pcb, *group_pcb;        /* group_pcb: NULL without a group */
        uint32_t group;
        uint16_t group_port;
        bool is_member;
        struct packet_handlers handlers;
        struct packet_statistics statistics;
        struct packet_socket *socket;           /* NULL with a fake */
        packet_send_frame send;
        void *send_userdata;
        bool is_up;
        const struct packet_frame *current;     /* the frame inside lwIP right now */
        const struct mac *straight_to;          /* of the datagram being sent */
        uint8_t out[PACKET_FRAME_MAX];
};

static bool in_use;                             /* lwIP's own state is global */

void packet_lwip_assert(const char *what, const char *file, int line)
{
        log_reason(LOG_LEVEL_ERROR, "packet-broken", "lwIP assumes %s at %s:%d; this process ends and is started anew", what,
                   file, line);
        abort();
}

/* --- frames out --- */

static int send_bytes(struct packet *p, const uint8_t *frame, size_t size)
{
        int r = 0;

        if (p->socket)
                r = packet_socket_send(p->socket, frame, size);
        else
                p->send(frame, size, p->send_userdata);
        if (r < 0)
                p->statistics.unsent++;
        else
                p->statistics.sent++;
        return r;
}

static err_t link_output(struct netif *netif, struct pbuf *buffer)
{
        struct packet *p = netif->state;
        u16_t size = buffer->tot_len;

        if (size > sizeof p->out || pbuf_copy_partial(buffer, p->out, size, 0) != size)
                return ERR_BUF;
        return send_bytes(p, p->out, size) < 0 ? ERR_IF : ERR_OK;
}

static err_t output_ip(struct netif *netif, struct pbuf *buffer, const ip4_addr_t *to)
{
        struct packet *p = netif->state;
        struct eth_addr destination;

        if (!p->straight_to)
                return etharp_output(netif, buffer, to);
        memcpy(destination.addr, p->straight_to->bytes, sizeof destination.addr);
        return ethernet_output(netif, buffer, (const struct eth_addr *)netif->hwaddr, &destination, ETHTYPE_IP);
}

static int error_of(err_t e)
{
        switch (e) {
        case ERR_OK:
                return 0;
        case ERR_MEM:
        case ERR_BUF:
                return PV_ENOMEM;
        case ERR_IF:
                return PV_EBUSY;
        default:
                return PV_EREFUSED;
        }
}

static struct udp_pcb *pcb_of(const struct packet *p, uint16_t port)
{
        if (port == SERVED_PORT)
                return p->pcb;
        return p->group_pcb && port == p->group_port ? p->group_pcb : NULL;
}

int packet_send(struct packet *p, uint16_t source_port, uint32_t destination, uint16_t port, const struct mac *mac,
                const void *payload, size_t size)
{
        if (size > PACKET_PAYLOAD_MAX)
                return PV_ETOOLARGE;
        if (!p->is_up)
                return PV_EBUSY;
        struct udp_pcb *pcb = pcb_of(p, source_port);
        if (!pcb)
                return PV_EREFUSED;

        struct pbuf *buffer = pbuf_alloc(PBUF_TRANSPORT, (u16_t)size, PBUF_RAM);
        if (!buffer)
                return PV_ENOMEM;
        ip_addr_t to = IPADDR4_INIT(lwip_htonl(destination));
        err_t e = pbuf_take(buffer, payload, (u16_t)size);
        p->straight_to = mac;
        if (e == ERR_OK)
                e = udp_sendto_if_src(pcb, buffer, &to, port, &p->netif, netif_ip_addr4(&p->netif));
        p->straight_to = NULL;
        pbuf_free(buffer);
        return error_of(e);
}

int packet_probe(struct packet *p, uint32_t address)
{
        uint8_t frame[PACKET_FRAME_ARP_SIZE];
        struct mac mac;

        if (!p->is_up)
                return PV_EBUSY;
        memcpy(mac.bytes, p->netif.hwaddr, sizeof mac.bytes);
        packet_frame_build_probe(&mac, address, frame);
        return send_bytes(p, frame, sizeof frame);
}

int packet_send_as_client(struct packet *p, const void *payload, size_t size)
{
        uint8_t frame[PACKET_FRAME_MAX];
        struct mac mac;
        size_t n;

        if (!p->is_up)
                return PV_EBUSY;
        memcpy(mac.bytes, p->netif.hwaddr, sizeof mac.bytes);
        int r = size > PACKET_PAYLOAD_MAX ? PV_ETOOLARGE : packet_frame_build_client(&mac, payload, size, frame, &n);
        return r < 0 ? r : send_bytes(p, frame, n);
}

/* --- frames in --- */

static void on_datagram(void *userdata, struct udp_pcb *pcb, struct pbuf *buffer, const ip_addr_t *from, u16_t from_port)
{
        struct packet *p = userdata;
        const struct packet_frame *frame = p->current;

        (void)pcb;
        assert(frame);                                  /* only packet_input() feeds lwIP */
        if (buffer->len == buffer->tot_len && frame->udp_size <= buffer->len) {
                struct packet_datagram datagram = {
                        .source = lwip_ntohl(ip4_addr_get_u32(ip_2_ip4(from))),
                        .destination = frame->to,
                        .source_port = from_port,
                        .port = frame->to_port,
                        .source_mac = frame->source,
                        .payload = buffer->payload,
                        .size = frame->udp_size,
                };
                p->statistics.datagrams++;
                p->handlers.received(&datagram, p->handlers.userdata);
        }
        pbuf_free(buffer);
}

static bool is_our_mac(const struct packet *p, const struct mac *mac)
{
        return !memcmp(mac->bytes, p->netif.hwaddr, MAC_SIZE);
}

static uint32_t our_address(const struct packet *p)
{
        return lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(&p->netif)));
}

static void to_lwip(struct packet *p, const struct packet_frame *frame, const void *data, size_t size,
                    bool checksum_ready)
{
        struct pbuf *buffer = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);

        if (!buffer)
                return;
        pbuf_take(buffer, data, (u16_t)size);
        NETIF_SET_CHECKSUM_CTRL(&p->netif, NETIF_CHECKSUM_ENABLE_ALL & (checksum_ready ? 0xffff : ~NETIF_CHECKSUM_CHECK_UDP));
        p->current = frame;
        if (p->netif.input(buffer, &p->netif) != ERR_OK)
                pbuf_free(buffer);
        p->current = NULL;
}

static void input_arp(struct packet *p, const struct packet_frame *frame, const void *data, size_t size)
{
        if (is_our_mac(p, &frame->arp_sender) || frame->arp_sender.bytes[0] & 1)
                return;
        if (p->handlers.arp_seen && frame->from != 0)
                p->handlers.arp_seen(frame->from, &frame->arp_sender, p->handlers.userdata);
        /* lwIP learns only from answers to its own questions; it sees no request that it could answer. */
        if (frame->arp_operation == ARP_REPLY_OPERATION && frame->to == our_address(p) &&
            is_our_mac(p, &frame->arp_target))
                to_lwip(p, frame, data, size, true);
}

static bool is_for_us(const struct packet *p, const struct packet_frame *frame)
{
        uint32_t mask = lwip_ntohl(ip4_addr_get_u32(netif_ip4_netmask(&p->netif)));
        uint32_t everybody = our_address(p) | ~mask;

        if (frame->to_port == SERVED_PORT)
                return frame->to == our_address(p) || frame->to == UINT32_MAX || frame->to == everybody;
        return p->group_pcb && frame->to_port == p->group_port && (frame->to == our_address(p) || frame->to == p->group);
}

/* Straight from the frame: lwIP has no port 68, and nothing is answered. */
static void overhear(struct packet *p, const struct packet_frame *frame, const void *data)
{
        const struct packet_datagram datagram = {
                .source = frame->from,
                .destination = frame->to,
                .source_port = frame->from_port,
                .port = frame->to_port,
                .source_mac = frame->source,
                .payload = (const uint8_t *)data + frame->udp_at,
                .size = frame->udp_size,
        };

        p->handlers.overheard(&datagram, p->handlers.userdata);
}

static void input_udp(struct packet *p, const struct packet_frame *frame, const void *data, size_t size,
                      bool checksum_ready)
{
        if (frame->to_port == CLIENT_PORT && p->handlers.overheard) {
                overhear(p, frame, data);
                return;
        }
        if (!is_for_us(p, frame)) {
                p->statistics.not_ours++;
                return;
        }
        uint64_t before = p->statistics.datagrams;
        to_lwip(p, frame, data, size, checksum_ready);
        p->statistics.bad_checksum += before == p->statistics.datagrams;
}

/* A switch or router asks who belongs to a group: without an answer it stops sending us the group's frames. */
static void input_igmp(struct packet *p, const void *data, size_t size)
{
        if (p->group_pcb)
                to_lwip(p, NULL, data, size, true);
        else
                p->statistics.not_ours++;
}

void packet_input(struct packet *p, const void *data, size_t size, bool checksum_ready)
{
        struct packet_frame frame;

        p->statistics.frames++;
        int r = size > PACKET_FRAME_MAX ? PV_EMALFORMED : packet_frame_parse(data, size, &frame);
        if (r == PV_EREFUSED || (r == 0 && (frame.vlan || (!frame.is_group && !is_our_mac(p, &frame.destination)))))
                p->statistics.not_ours++;
        else if (r < 0)
                p->statistics.malformed++;
        else if (frame.kind == PACKET_FRAME_ARP)
                input_arp(p, &frame, data, size);
        else if (frame.kind == PACKET_FRAME_IGMP)
                input_igmp(p, data, size);
        else
                input_udp(p, &frame, data, size, checksum_ready);
}

void packet_tick(struct packet *p)
{
        etharp_tmr();
        for (int i = 0; i < IGMP_TICKS && p->is_member; i++)
                igmp_tmr();
}

/* --- the interface --- */

static err_t prepare_netif(struct netif *netif)
{
        netif->name[0] = 'p';
        netif->name[1] = 'v';
        netif->mtu = 1500;
        netif->hwaddr_len = ETH_HWADDR_LEN;
        netif->output = output_ip;
        netif->linkoutput = link_output;
        netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP;
        return ERR_OK;
}

/* Told at once, and again by the tick; after a new link to the switch that is there now. */
static void tell_membership(struct packet *p)
{
        ip4_addr_t group = {.addr = lwip_htonl(p->group)};

        if (p->is_member)
                igmp_report_groups(&p->netif);
        else if (p->group_pcb)
                p->is_member = igmp_joingroup_netif(&p->netif, &group) == ERR_OK;
}

static void leave(struct packet *p)
{
        ip4_addr_t group = {.addr = lwip_htonl(p->group)};

        if (p->is_member)
                igmp_leavegroup_netif(&p->netif, &group);
}

static void set_link(struct packet *p, const struct mac *mac)
{
        if (mac)
                memcpy(p->netif.hwaddr, mac->bytes, sizeof mac->bytes);
        else
                p->statistics.link_losses++;
        p->is_up = mac != NULL;
        etharp_cleanup_netif(&p->netif);
        if (p->is_up)
                tell_membership(p);
        if (p->handlers.link_changed)
                p->handlers.link_changed(p->is_up, p->handlers.userdata);
}

static struct udp_pcb *open_port(struct packet *p, uint16_t port)
{
        struct udp_pcb *pcb = udp_new();

        if (!pcb || udp_bind(pcb, IP4_ADDR_ANY, port) == ERR_OK) {
                if (pcb)
                        udp_recv(pcb, on_datagram, p);
                return pcb;
        }
        udp_remove(pcb);
        return NULL;
}

static int make(const struct packet_options *options, const struct packet_handlers *handlers, struct packet **ret_packet)
{
        static bool initialised;
        uint32_t mask = text_ipv4_mask(options->prefix);
        ip4_addr_t address = {.addr = lwip_htonl(options->address)};
        ip4_addr_t netmask = {.addr = lwip_htonl(mask)};
        ip4_addr_t gateway = {.addr = lwip_htonl(options->gateway)};

        if (in_use)
                return PV_EBUSY;
        struct packet *p = calloc(1, sizeof *p);
        if (!p)
                return PV_ENOMEM;
        if (!initialised)
                lwip_init();
        initialised = in_use = true;
        p->handlers = *handlers;
        p->group = options->group;
        p->group_port = options->group_port;
        p->pcb = open_port(p, SERVED_PORT);
        p->group_pcb = p->group ? open_port(p, p->group_port) : NULL;
        if (!p->pcb || (p->group && !p->group_pcb) ||
            !netif_add(&p->netif, &address, &netmask, &gateway, p, prepare_netif, ethernet_input)) {
                packet_free(p);
                return PV_ENOMEM;
        }
        /* Not through netif_set_link_up(): that would announce the kernel's address a second time. */
        p->netif.flags |= NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
        *ret_packet = p;
        return 0;
}

static void on_frame(const void *frame, size_t size, bool checksum_ready, void *userdata)
{
        packet_input(userdata, frame, size, checksum_ready);
}

static void on_link(const struct mac *mac, void *userdata)
{
        set_link(userdata, mac);
}

static void on_refused(void *userdata)
{
        struct packet *p = userdata;

        p->statistics.frames++;
        p->statistics.not_ours++;
}

static void on_tick(void *userdata)
{
        packet_tick(userdata);
}

int packet_new(sd_event *event, const struct packet_options *options, const struct packet_handlers *handlers,
               struct packet **ret_packet)
{
        struct packet *p;
        int r = make(options, handlers, &p);

        if (r < 0)
                return r;
        struct packet_socket_handlers socket_handlers = {
                .frame = on_frame,
                .link = on_link,
                .refused = on_refused,
                .tick = on_tick,
                .userdata = p,
        };
        r = packet_socket_new(event, options->interface, options->group, &socket_handlers, &p->socket);
        if (r < 0) {
                packet_free(p);
                return r;
        }
        *ret_packet = p;
        return 0;
}

int packet_new_fake(const struct packet_options *options, const struct mac *mac, const struct packet_handlers *handlers,
                    packet_send_frame send, void *send_userdata, struct packet **ret_packet)
{
        struct packet *p;
        int r = make(options, handlers, &p);

        if (r < 0)
                return r;
        p->send = send;
        p->send_userdata = send_userdata;
        set_link(p, mac);
        *ret_packet = p;
        return 0;
}

void packet_free(struct packet *p)
{
        if (!p)
                return;
        leave(p);
        packet_socket_free(p->socket);
        if (p->netif.linkoutput)
                netif_remove(&p->netif);
        if (p->group_pcb)
                udp_remove(p->group_pcb);
        if (p->pcb)
                udp_remove(p->pcb);
        free(p);
        in_use = false;
}

bool packet_is_up(const struct packet *p)
{
        return p->is_up;
}

void packet_statistics_read(const struct packet *p, struct packet_statistics *ret_statistics)
{
        *ret_statistics = p->statistics;
}
