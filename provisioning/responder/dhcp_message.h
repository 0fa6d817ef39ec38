#ifndef PROVOST_RESPONDER_DHCP_MESSAGE_H
#define PROVOST_RESPONDER_DHCP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/base/error.h"
#include "appliance/base/mac.h"

#define DHCP_MESSAGE_MAX 1472           /* one datagram */
#define DHCP_MESSAGE_FLAG_BROADCAST 0x8000

enum dhcp_type {
        DHCP_TYPE_DISCOVER = 1,
        DHCP_TYPE_OFFER,
        DHCP_TYPE_REQUEST,
        DHCP_TYPE_DECLINE,
        DHCP_TYPE_ACK,
        DHCP_TYPE_NAK,
        DHCP_TYPE_RELEASE,
        DHCP_TYPE_INFORM,
};

enum dhcp_code {
        DHCP_CODE_PAD = 0,
        DHCP_CODE_SUBNET_MASK = 1,
        DHCP_CODE_ROUTER = 3,
        DHCP_CODE_DNS = 6,
        DHCP_CODE_HOSTNAME = 12,
        DHCP_CODE_DOMAIN = 15,
        DHCP_CODE_NTP = 42,
        DHCP_CODE_VENDOR = 43,
        DHCP_CODE_REQUESTED_ADDRESS = 50,
        DHCP_CODE_LEASE_TIME = 51,
        DHCP_CODE_OVERLOAD = 52,
        DHCP_CODE_TYPE = 53,
        DHCP_CODE_SERVER = 54,
        DHCP_CODE_PARAMETERS = 55,
        DHCP_CODE_MAX_SIZE = 57,
        DHCP_CODE_RENEWAL = 58,
        DHCP_CODE_REBINDING = 59,
        DHCP_CODE_VENDOR_CLASS = 60,
        DHCP_CODE_CLIENT_ID = 61,
        DHCP_CODE_SOURCE_SERVER = 66,
        DHCP_CODE_SOURCE_FILE = 67,
        DHCP_CODE_RELAY = 82,
        DHCP_CODE_AUTO_CONFIGURE = 116,
        DHCP_CODE_SIP_SERVERS = 120,
        DHCP_CODE_VLAN = 132,
        DHCP_CODE_VLAN_PRIORITY = 133,
        DHCP_CODE_END = 255,
};

/* Parts of option 82 (RFC 3046 2). */
enum dhcp_relay { DHCP_RELAY_CIRCUIT_ID = 1, DHCP_RELAY_REMOTE_ID = 2 };

/* The fixed part, without the areas that only options use. Addresses in host order. */
struct dhcp_header {
        uint8_t op, hops;
        uint32_t xid;
        uint16_t secs, flags;
        uint32_t ciaddr, yiaddr, siaddr, giaddr;
        struct mac mac;                 /* chaddr */
};

/* A request or another server's reply, self-contained. Options sent in pieces are one again (RFC 3396). */
struct dhcp_message {
        struct dhcp_header header;
        enum dhcp_type type;
        struct {
                uint16_t at, size;
                bool is_there;
        } options[256];
        uint8_t bytes[DHCP_MESSAGE_MAX];
};

/*
 * Reads what a client or relay sent. PV_EMALFORMED: breaks the format.
 * PV_EREFUSED: sound, but not a request of an Ethernet client. PV_EUNSET: BOOTP
 * without a DHCP type.
 */
int dhcp_message_parse(const void *data, size_t size, struct dhcp_message *ret_message) PV_MUST_CHECK;

/* The same of what a server says to a client: OFFER, ACK or NAK. */
int dhcp_message_parse_reply(const void *data, size_t size, struct dhcp_message *ret_message) PV_MUST_CHECK;

bool dhcp_message_has(const struct dhcp_message *m, uint8_t code);
/* The value as it came; borrowed from m. PV_EUNSET when absent; an empty one is there with size 0. */
int dhcp_message_bytes(const struct dhcp_message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_size) PV_MUST_CHECK;
/* Values of fixed size. PV_EUNSET when absent, PV_EMALFORMED when of another size. */
int dhcp_message_u8(const struct dhcp_message *m, uint8_t code, uint8_t *ret_value) PV_MUST_CHECK;
int dhcp_message_u16(const struct dhcp_message *m, uint8_t code, uint16_t *ret_value) PV_MUST_CHECK;
int dhcp_message_u32(const struct dhcp_message *m, uint8_t code, uint32_t *ret_value) PV_MUST_CHECK;

/*
 * What a relay or a switch put into option 82, or a server gave back there; borrowed from m. PV_EUNSET when absent or empty,
 * PV_EMALFORMED when the option is none.
 */
int dhcp_message_relay(const struct dhcp_message *m, enum dhcp_relay part, const uint8_t **ret_data, size_t *ret_size) PV_MUST_CHECK;

/* One option of a reply. data is borrowed. */
struct dhcp_option {
        uint8_t code;
        const void *data;
        size_t size;
        uint8_t rank;                   /* when the client's maximum is too small the highest ranks are left out; 0 never is */
};

/*
 * Writes a reply: options as given, those of `order` (a parameter request list) in its order
 * after the leading ones, code 82 last. What does not fit into the options field goes into file and
 * sname (option 52). max: of the whole message. PV_ETOOLARGE when what must be there does not fit.
 */
int dhcp_message_build(const struct dhcp_header *header, const struct dhcp_option *options, size_t n_options,
                       const uint8_t *order, size_t n_order, size_t max, uint8_t ret[static DHCP_MESSAGE_MAX],
                       size_t *ret_size) PV_MUST_CHECK;

#endif
