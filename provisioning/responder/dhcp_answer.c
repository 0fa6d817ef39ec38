/*
 * dhcp_answer: which options an answer carries, with which values.
 *
 * In:   the request, what dhcp_policy decided, the site.
 * Out:  the bytes of the reply.
 * Not:  no decision: the source named is the one in the answer, or none.
 */
#include "provisioning/responder/dhcp_answer.h"

#include <assert.h>
#include <string.h>

#include "appliance/base/text.h"
#include "appliance/base/writer.h"
#include "provisioning/model/source.h"

enum {
        OP_REPLY = 2,
        IP_AND_UDP = 28,
        MAX_SIZE_MIN = 576,             /* RFC 2132 9.10, and the default of RFC 2131 2 */
        MAX_SIZE_MAX = 1500,
        SIP_ENCODING_ADDRESS = 1,       /* RFC 3361 3.2 */
};

/* Ranks: what is left out first when the client takes only short messages. */
enum { RANK_NEEDED = 0, RANK_SOURCE = 1, RANK_NETWORK = 2, RANK_EXTRA = 3 };

struct draft {
        const struct dhcp_message *request;
        const uint8_t *wishes;
        size_t n_wishes;
        struct dhcp_option options[32];
        size_t n;
        struct writer values;           /* storage of the values */
        uint8_t store[2048];
};

static void add_bytes(struct draft *d, uint8_t code, const void *data, size_t size, uint8_t rank)
{
        assert(d->n < sizeof d->options / sizeof *d->options);
        const uint8_t *at = d->values.at;
        writer_bytes(&d->values, data, size);
        d->options[d->n++] = (struct dhcp_option){.code = code, .data = at, .size = size, .rank = rank};
}

static void add_u8(struct draft *d, uint8_t code, uint8_t value)
{
        add_bytes(d, code, &value, sizeof value, RANK_NEEDED);
}

static void add_addresses(struct draft *d, uint8_t code, const uint32_t *addresses, size_t n, uint8_t rank)
{
        uint8_t bytes[4 * SITE_SERVERS_MAX];
        struct writer w = writer_of(bytes, sizeof bytes);

        for (size_t i = 0; i < n; i++)
                writer_u32(&w, addresses[i]);
        if (n > 0 && !w.error)
                add_bytes(d, code, bytes, writer_used(&w), rank);
}

static void add_u32(struct draft *d, uint8_t code, uint32_t value)
{
        add_addresses(d, code, &value, 1, RANK_NEEDED);
}

static void add_text(struct draft *d, uint8_t code, const char *text, uint8_t rank)
{
        if (*text)
                add_bytes(d, code, text, strlen(text), rank);
}

/* No list at all: the client takes what there is. */
static bool is_wished(const struct draft *d, uint8_t code)
{
        return d->n_wishes == 0 || memchr(d->wishes, code, d->n_wishes);
}

/* --- the source: options 66, 67, 43 --- */

/* "https://host:port" and "/path" of a URL. The path keeps its slash: joined with or without another one it is found. */
static size_t server_size(const char *url)
{
        const char *host = strstr(url, "://");

        return host ? strcspn(host + 3, "/") + (size_t)(host + 3 - url) : strlen(url);
}

/* Encapsulated, each with the NUL that the vendor's examples count (reference: options 66 and 67 inside 43). */
static void add_encapsulated(struct draft *d, const char *server, size_t size, const char *path)
{
        uint8_t bytes[2 * SITE_URL_MAX + 8];
        struct writer w = writer_of(bytes, sizeof bytes);
        size_t path_size = strlen(path);

        if (size + 1 > UINT8_MAX || path_size + 1 > UINT8_MAX)
                return;
        writer_u8(&w, DHCP_CODE_SOURCE_SERVER);
        writer_u8(&w, (uint8_t)(size + 1));
        writer_bytes(&w, server, size);
        writer_u8(&w, 0);
        writer_u8(&w, DHCP_CODE_SOURCE_FILE);
        writer_u8(&w, (uint8_t)(path_size + 1));
        writer_bytes(&w, path, path_size);
        writer_u8(&w, 0);
        if (!w.error)
                add_bytes(d, DHCP_CODE_VENDOR, bytes, writer_used(&w), RANK_SOURCE);
}

static void add_source(struct draft *d, enum site_option_form form, const char *url)
{
        size_t size = server_size(url);

        if (form == SITE_OPTION_FORM_URL) {
                add_text(d, DHCP_CODE_SOURCE_SERVER, url, RANK_SOURCE);
                return;
        }
        add_bytes(d, DHCP_CODE_SOURCE_SERVER, url, size, RANK_SOURCE);
        add_text(d, DHCP_CODE_SOURCE_FILE, url + size, RANK_SOURCE);
        if (form == SITE_OPTION_FORM_BOTH)
                add_encapsulated(d, url, size, url + size);
}

/* --- the rest --- */

static void add_lease(struct draft *d, uint32_t lease_s)
{
        if (lease_s == 0)
                return;                                 /* INFORM: RFC 2131 4.3.5 */
        add_u32(d, DHCP_CODE_LEASE_TIME, lease_s);
        add_u32(d, DHCP_CODE_RENEWAL, lease_s / 2);
        add_u32(d, DHCP_CODE_REBINDING, (uint32_t)((uint64_t)lease_s * 7 / 8));
}

static void add_network(struct draft *d, const struct site *site)
{
        add_u32(d, DHCP_CODE_SUBNET_MASK, text_ipv4_mask(site->lan_prefix));
        if (site->router && is_wished(d, DHCP_CODE_ROUTER))
                add_addresses(d, DHCP_CODE_ROUTER, &site->router, 1, RANK_NETWORK);
        if (is_wished(d, DHCP_CODE_DNS))
                add_addresses(d, DHCP_CODE_DNS, site->dns, site->n_dns, RANK_NETWORK);
        if (is_wished(d, DHCP_CODE_DOMAIN))
                add_text(d, DHCP_CODE_DOMAIN, site->domain, RANK_EXTRA);
        if (is_wished(d, DHCP_CODE_NTP))
                add_addresses(d, DHCP_CODE_NTP, site->ntp, site->n_ntp, RANK_NETWORK);
        if (is_wished(d, DHCP_CODE_VLAN))
                add_text(d, DHCP_CODE_VLAN, site->option_132, RANK_EXTRA);
        if (is_wished(d, DHCP_CODE_VLAN_PRIORITY))
                add_text(d, DHCP_CODE_VLAN_PRIORITY, site->option_133, RANK_EXTRA);
        if (site->option_120 && is_wished(d, DHCP_CODE_SIP_SERVERS)) {
                uint8_t bytes[5];
                struct writer w = writer_of(bytes, sizeof bytes);
                writer_u8(&w, SIP_ENCODING_ADDRESS);
                writer_u32(&w, site->option_120);
                add_bytes(d, DHCP_CODE_SIP_SERVERS, bytes, sizeof bytes, RANK_EXTRA);
        }
}

/* What goes back as it came: the client identifier (RFC 6842 3), the relay's information (RFC 3046 2.2). */
static void add_echo(struct draft *d, uint8_t code)
{
        const uint8_t *data;
        size_t size;

        if (dhcp_message_bytes(d->request, code, &data, &size) == 0 && size <= 512)
                add_bytes(d, code, data, size, RANK_NEEDED);
}

static int reply_type(enum dhcp_policy_action action)
{
        switch (action) {
        case DHCP_POLICY_OFFER:
        case DHCP_POLICY_OFFER_NOTHING:
                return DHCP_TYPE_OFFER;
        case DHCP_POLICY_ACK:
        case DHCP_POLICY_INFORM:
                return DHCP_TYPE_ACK;
        case DHCP_POLICY_NAK:
                return DHCP_TYPE_NAK;
        default:
                return PV_EUNSET;
        }
}

static void fill(struct draft *d, const struct dhcp_policy_answer *answer, const struct site *site, uint8_t type)
{
        add_u8(d, DHCP_CODE_TYPE, type);
        add_u32(d, DHCP_CODE_SERVER, site->lan_address);
        if (answer->action == DHCP_POLICY_NAK)
                add_text(d, 56, answer->reason, RANK_EXTRA);    /* RFC 2132 9.9: why, for the client's log */
        else if (answer->action == DHCP_POLICY_OFFER_NOTHING)
                add_u8(d, DHCP_CODE_AUTO_CONFIGURE, 0);         /* RFC 2563 2.2 */
        else {
                add_lease(d, answer->lease_s);
                add_network(d, site);
                if (answer->source)
                        add_source(d, site->option_form, answer->source);
        }
        add_echo(d, DHCP_CODE_CLIENT_ID);
        add_echo(d, DHCP_CODE_RELAY);
}

static size_t room_of(const struct dhcp_message *request)
{
        uint16_t max = MAX_SIZE_MIN;

        if (dhcp_message_u16(request, DHCP_CODE_MAX_SIZE, &max) < 0 || max < MAX_SIZE_MIN)
                max = MAX_SIZE_MIN;
        if (max > MAX_SIZE_MAX)
                max = MAX_SIZE_MAX;
        return max - IP_AND_UDP;
}

/* RFC 2131 table 3. */
static struct dhcp_header header_for(const struct dhcp_message *request, const struct dhcp_policy_answer *answer)
{
        const struct dhcp_header *q = &request->header;
        struct dhcp_header h = {
                .op = OP_REPLY,
                .xid = q->xid,
                .flags = q->flags,
                .giaddr = q->giaddr,
                .mac = q->mac,
        };

        if (answer->action == DHCP_POLICY_ACK || answer->action == DHCP_POLICY_INFORM)
                h.ciaddr = q->ciaddr;
        if (answer->action == DHCP_POLICY_OFFER || answer->action == DHCP_POLICY_ACK)
                h.yiaddr = answer->address;
        /* RFC 2131 4.3.2: the relay must broadcast a NAK, the client may not have a proper address. */
        if (answer->action == DHCP_POLICY_NAK && q->giaddr)
                h.flags |= DHCP_MESSAGE_FLAG_BROADCAST;
        return h;
}

int dhcp_answer_build(const struct dhcp_message *request, const struct dhcp_policy_answer *answer, const struct site *site,
                      uint8_t ret[static DHCP_MESSAGE_MAX], size_t *ret_size)
{
        struct draft d = {.request = request};
        int type = reply_type(answer->action);

        if (type < 0)
                return type;
        d.values = writer_of(d.store, sizeof d.store);
        if (dhcp_message_bytes(request, DHCP_CODE_PARAMETERS, &d.wishes, &d.n_wishes) < 0)
                d.n_wishes = 0;
        fill(&d, answer, site, (uint8_t)type);
        if (d.values.error)
                return d.values.error;
        struct dhcp_header h = header_for(request, answer);
        return dhcp_message_build(&h, d.options, d.n, d.wishes, d.n_wishes, room_of(request), ret, ret_size);
}
