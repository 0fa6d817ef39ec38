/*
 * dhcp_policy: what to answer, and whether a source is named.
 *
 * In:   a parsed request and the facts about its client.
 * Out:  one answer with its reason; where it goes.
 * Not:  no clock, no tables, no bytes (dhcp_answer), nothing is changed.
 */
#include "provisioning/responder/dhcp_policy.h"

enum { HOPS_MAX = 16, PORT_SERVER = 67, PORT_CLIENT = 68, LEASE_MIN_S = 60 };

static struct dhcp_policy_answer silent(const char *reason)
{
        return (struct dhcp_policy_answer){.action = DHCP_POLICY_SILENT, .reason = reason};
}

static struct dhcp_policy_answer refuse(const char *reason)
{
        return (struct dhcp_policy_answer){.action = DHCP_POLICY_NAK, .reason = reason};
}

static bool is_on_lan(const struct site *site, uint32_t address)
{
        uint32_t mask = site->lan_prefix == 0 ? 0 : UINT32_MAX << (32 - site->lan_prefix);

        return (address & mask) == (site->lan_address & mask);
}

/* RFC 2131 3.1.1: a client may ask for a shorter lease; it gets no longer one than the site's. */
static uint32_t lease_for(const struct dhcp_message *m, const struct site *site)
{
        uint32_t wish;

        if (dhcp_message_u32(m, DHCP_CODE_LEASE_TIME, &wish) < 0 || wish >= site->lease_s)
                return site->lease_s;
        return wish < LEASE_MIN_S ? LEASE_MIN_S : wish;
}

/* Promise 2: a source goes to phones that are trusted now, whatever they ask for, and to nobody else. */
static struct dhcp_policy_answer give(const struct dhcp_message *m, const struct dhcp_policy_facts *f, enum dhcp_policy_action action,
                     uint32_t address)
{
        const char *source = f->is_trusted ? f->source : NULL;

        return (struct dhcp_policy_answer){
                .action = action,
                .address = address,
                .lease_s = action == DHCP_POLICY_INFORM ? 0 : lease_for(m, f->site),
                .source = source,
                .reason = !source ? f->plain_reason : f->is_approved ? "phone approved" : "phone expected",
        };
}

uint32_t dhcp_policy_wanted(const struct dhcp_message *m)
{
        uint32_t wanted;

        if (dhcp_message_u32(m, DHCP_CODE_REQUESTED_ADDRESS, &wanted) == 0)
                return wanted;
        return m->header.ciaddr;
}

static struct dhcp_policy_answer discover(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        if (f->choice == 0) {
                if (dhcp_message_has(m, DHCP_CODE_AUTO_CONFIGURE))
                        return (struct dhcp_policy_answer){.action = DHCP_POLICY_OFFER_NOTHING, .reason = "no address left"};
                return silent("no address left");
        }
        if (!f->is_choice_familiar)
                return (struct dhcp_policy_answer){.action = DHCP_POLICY_PROBE, .address = f->choice, .reason = "address not used before"};
        return give(m, f, DHCP_POLICY_OFFER, f->choice);
}

/* The three ways to say yes or no to an address have the first questions in common. */
static struct dhcp_policy_answer judge_wanted(const struct dhcp_message *m, const struct dhcp_policy_facts *f, uint32_t wanted)
{
        if (!is_on_lan(f->site, wanted))
                return refuse("address belongs to another network");            /* RFC 2131 4.3.2 */
        if (f->reserved && f->is_reserved_usable && wanted != f->reserved)
                return refuse("another address is reserved for it");
        if (f->wanted == DHCP_LEASE_VIEW_MINE)
                return give(m, f, DHCP_POLICY_ACK, wanted);
        if (f->wanted == DHCP_LEASE_VIEW_TAKEN)
                return refuse("address is not for this client");
        if (f->wanted == DHCP_LEASE_VIEW_QUARANTINED)
                return refuse("address is in quarantine after a conflict");
        return silent("");                                                      /* the caller's to judge */
}

static struct dhcp_policy_answer selecting(const struct dhcp_message *m, const struct dhcp_policy_facts *f, uint32_t server)
{
        uint32_t wanted;

        if (server != f->site->lan_address)
                return (struct dhcp_policy_answer){.action = DHCP_POLICY_OTHER_SERVER, .reason = "client chose another server"};
        if (dhcp_message_u32(m, DHCP_CODE_REQUESTED_ADDRESS, &wanted) < 0)
                return silent("no requested address where there must be one");  /* RFC 2131 4.3.2 */
        struct dhcp_policy_answer answer = judge_wanted(m, f, wanted);
        if (answer.action != DHCP_POLICY_SILENT)
                return answer;
        if (f->wanted == DHCP_LEASE_VIEW_FREE)
                return give(m, f, DHCP_POLICY_ACK, wanted);
        return refuse("address was not offered");
}

static struct dhcp_policy_answer init_reboot(const struct dhcp_message *m, const struct dhcp_policy_facts *f, uint32_t wanted)
{
        if (is_on_lan(f->site, wanted) && f->held == 0 && !f->reserved)
                return silent("no record of this client");                      /* RFC 2131 4.3.2: MUST remain silent */
        struct dhcp_policy_answer answer = judge_wanted(m, f, wanted);
        if (answer.action != DHCP_POLICY_SILENT)
                return answer;
        return refuse("another address is on record for it");
}

/* RENEWING and REBINDING differ in how they came, not in what is right. */
static struct dhcp_policy_answer extend(const struct dhcp_message *m, const struct dhcp_policy_facts *f, uint32_t ciaddr)
{
        struct dhcp_policy_answer answer = judge_wanted(m, f, ciaddr);

        if (answer.action != DHCP_POLICY_SILENT)
                return answer;
        if (f->wanted == DHCP_LEASE_VIEW_FREE)
                return give(m, f, DHCP_POLICY_ACK, ciaddr);     /* RFC 2131 4.3.2: the client is believed */
        return silent("address is not one of ours");
}

static struct dhcp_policy_answer request(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        uint32_t server, wanted;

        if (dhcp_message_u32(m, DHCP_CODE_SERVER, &server) == 0)
                return selecting(m, f, server);
        if (dhcp_message_has(m, DHCP_CODE_SERVER))
                return silent("malformed server identifier");
        if (m->header.ciaddr)
                return extend(m, f, m->header.ciaddr);
        if (dhcp_message_u32(m, DHCP_CODE_REQUESTED_ADDRESS, &wanted) == 0)
                return init_reboot(m, f, wanted);
        return silent("no address asked for");
}

/* RFC 2131 4.3.5: only the parameters, no lease. */
static struct dhcp_policy_answer inform(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        if (m->header.ciaddr == 0 || !is_on_lan(f->site, m->header.ciaddr))
                return silent("asks for parameters from outside this network");
        return give(m, f, DHCP_POLICY_INFORM, m->header.ciaddr);
}

/* RELEASE and DECLINE take something away: they must fit the record in every point. */
static const char *why_not_holder(const struct dhcp_message *m, const struct dhcp_policy_facts *f, uint32_t address)
{
        uint32_t server;

        if (!f->is_from_itself)
                return "ignored: sent by another station than it names";
        if (dhcp_message_u32(m, DHCP_CODE_SERVER, &server) < 0 || server != f->site->lan_address)
                return "ignored: not meant for this server";
        if (address == 0 || address != f->held || !f->is_held_live)
                return "ignored: not the holder of this address";
        if (!f->is_same_id)
                return "ignored: client identifier is not that of the lease";
        return NULL;
}

static struct dhcp_policy_answer release(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        const char *why_not = why_not_holder(m, f, m->header.ciaddr);

        if (why_not)
                return silent(why_not);
        return (struct dhcp_policy_answer){.action = DHCP_POLICY_RELEASE, .address = m->header.ciaddr, .reason = "released by its holder"};
}

static struct dhcp_policy_answer decline(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        uint32_t address = 0;

        if (dhcp_message_u32(m, DHCP_CODE_REQUESTED_ADDRESS, &address) < 0)
                return silent("ignored: names no address");
        const char *why_not = why_not_holder(m, f, address);
        if (why_not)
                return silent(why_not);
        return (struct dhcp_policy_answer){.action = DHCP_POLICY_DECLINE, .address = address, .reason = "its holder found somebody else using it"};
}

struct dhcp_policy_answer dhcp_policy_decide(const struct dhcp_message *m, const struct dhcp_policy_facts *f)
{
        const struct dhcp_header *h = &m->header;

        if (!f->is_serving)
                return silent("not serving");
        if (h->hops > HOPS_MAX)
                return silent("too many relays");                               /* RFC 1542 4.1.1 */
        if (h->giaddr && (!is_on_lan(f->site, h->giaddr) || h->giaddr == f->site->lan_address))
                return silent("relayed from a network without addresses here");
        if (!f->is_trusted && f->site->unknown_clients == SITE_UNKNOWN_SILENT)
                return silent(f->plain_reason);

        switch (m->type) {
        case DHCP_TYPE_DISCOVER:
                return discover(m, f);
        case DHCP_TYPE_REQUEST:
                return request(m, f);
        case DHCP_TYPE_INFORM:
                return inform(m, f);
        case DHCP_TYPE_RELEASE:
                return release(m, f);
        case DHCP_TYPE_DECLINE:
                return decline(m, f);
        case DHCP_TYPE_OFFER:
        case DHCP_TYPE_ACK:
        case DHCP_TYPE_NAK:
                break;
        }
        return silent("a server's message");
}

struct dhcp_policy_way dhcp_policy_way(const struct dhcp_message *m, const struct dhcp_policy_answer *answer)
{
        const struct dhcp_header *h = &m->header;
        bool is_nak = answer->action == DHCP_POLICY_NAK;

        if (h->giaddr)
                return (struct dhcp_policy_way){.address = h->giaddr, .port = PORT_SERVER};
        if (is_nak || answer->action == DHCP_POLICY_OFFER_NOTHING)
                return (struct dhcp_policy_way){.address = UINT32_MAX, .port = PORT_CLIENT};
        if (h->ciaddr)
                return (struct dhcp_policy_way){.address = h->ciaddr, .port = PORT_CLIENT, .is_to_mac = true};
        if (h->flags & DHCP_MESSAGE_FLAG_BROADCAST)
                return (struct dhcp_policy_way){.address = UINT32_MAX, .port = PORT_CLIENT};
        return (struct dhcp_policy_way){.address = answer->address, .port = PORT_CLIENT, .is_to_mac = true};
}
