#ifndef PROVOST_PACKET_LWIP_LWIPOPTS_H
#define PROVOST_PACKET_LWIP_LWIPOPTS_H

/*
 * lwIP as we use it: one interface, IPv4, ARP and UDP, in one thread. The
 * kernel owns the same address, so whatever would answer in its place (ICMP,
 * TCP) is left out.
 */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0                   /* packet.c calls etharp_tmr() itself */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ICMP 0
#define LWIP_RAW 0
#define LWIP_TCP 0
#define LWIP_UDP 1
#define LWIP_DHCP 0
#define LWIP_AUTOIP 0
#define LWIP_ACD 0
#define LWIP_DNS 0
#define LWIP_IGMP 1                     /* multicast UDP needs it */
#define IP_FORWARD 0
#define IP_REASSEMBLY 0                 /* the filter lets no fragment through */
#define IP_FRAG 0

/* Clients without an address send from 0.0.0.0: lwIP drops that unless the port is named here. */
#define LWIP_IP_ACCEPT_UDP_PORT(port) ((port) == PP_NTOHS(67))
/* Frames from the same machine come without a finished checksum: the check is switched off for that frame. */
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1

#define LWIP_ARP 1
#define ARP_TABLE_SIZE 64
#define ARP_QUEUEING 0                  /* one waiting packet per unresolved address */
#define ETHARP_SUPPORT_VLAN 1
#define ETHARP_TABLE_MATCH_NETIF 1

/* Fixed pools: nothing a frame does makes the process grow. */
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 8
#define MEM_SIZE (192 * 1024)           /* outgoing packets, those that wait for ARP among them */
#define MEMP_NUM_UDP_PCB 4
#define MEMP_NUM_IGMP_GROUP 4
#define MEMP_NUM_PBUF 16
#define PBUF_POOL_SIZE 32
#define PBUF_POOL_BUFSIZE 1664          /* a whole frame in one piece */
#define LWIP_NETIF_TX_SINGLE_PBUF 1
#define LWIP_NETIF_HOSTNAME 0

#endif
