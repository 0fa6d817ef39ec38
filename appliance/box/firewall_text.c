/*
 * firewall_text: the appliance's packet filter.
 *
 * In:   a checked struct box_model.
 * Out:  one nft batch.
 * Not:  no loading (see firewall); no element of a set: those are session's.
 *
 * What is for the appliance itself is not tracked on phone LAN and in the
 * tunnels: each service there is open or closed by destination alone, so a
 * flood of forged packets cannot fill the table of connections. Only what is
 * forwarded is tracked, and what the appliance itself asks over the uplink.
 * "blocked" stands before everything that accepts. The SIP port of station
 * settings sends into the tunnels and nowhere else.
 *
 * Reach: both directions of a flow are looked up in the rules, the answers
 * with source and destination changed, so a rule that is removed ends at once
 * also what runs. mark 0 is no group.
 */
#include "appliance/box/firewall_text.h"

#include "appliance/base/text.h"

static const char skeleton[] =
        "add table inet provost\n"
        "add set inet provost blocked4 { type ipv4_addr; flags timeout; }\n"
        "add map inet provost phone_group4 { type ipv4_addr : mark; }\n"
        "add set inet provost reach4 { type mark . ipv4_addr . inet_proto . inet_service; flags interval; }\n"
        "add set inet provost reach_icmp4 { type mark . ipv4_addr; flags interval; }\n"
        "add set inet provost reach_flows4 { type ipv4_addr; size 65535; flags dynamic; }\n"
        "add chain inet provost early { type filter hook prerouting priority raw; policy accept; }\n"
        "add chain inet provost early_out { type filter hook output priority raw; policy accept; }\n"
        "add chain inet provost nat_in { type nat hook prerouting priority dstnat; policy accept; }\n"
        "add chain inet provost nat_out { type nat hook postrouting priority srcnat; policy accept; }\n"
        "add chain inet provost input { type filter hook input priority filter; policy drop; }\n"
        "add chain inet provost forward { type filter hook forward priority filter; policy drop; }\n"
        "add chain inet provost output { type filter hook output priority filter; policy accept; }\n"
        "add chain inet provost from_lan\n"
        "add chain inet provost from_phone\n"
        "add chain inet provost from_uplink\n"
        "add chain inet provost from_card\n"
        "add chain inet provost reach_out\n"
        "add chain inet provost reach_new\n"
        "add chain inet provost reach_back\n"
        "add chain inet provost echo_only\n"
        "flush chain inet provost early\n"
        "flush chain inet provost early_out\n"
        "flush chain inet provost nat_in\n"
        "flush chain inet provost nat_out\n"
        "flush chain inet provost input\n"
        "flush chain inet provost forward\n"
        "flush chain inet provost output\n"
        "flush chain inet provost from_lan\n"
        "flush chain inet provost from_phone\n"
        "flush chain inet provost from_uplink\n"
        "flush chain inet provost from_card\n"
        "flush chain inet provost reach_out\n"
        "flush chain inet provost reach_new\n"
        "flush chain inet provost reach_back\n"
        "flush chain inet provost echo_only\n";

/* One tunnel: the device, the network its phones have, our address in it. */
struct tunnel {
        const char *device;
        char gateway[TEXT_IPV4_SIZE];
        char network[TEXT_IPV4_SIZE + 4];
};

/* The texts of a model that its chains share. */
struct names {
        const struct box_model *m;
        char lan[TEXT_IPV4_SIZE];
        struct tunnel tunnels[2];
        size_t n_tunnels;
        const char *devices;            /* of the tunnels, as nft writes a set or a single one */
        char networks[2 * (TEXT_IPV4_SIZE + 4) + 8];
};

#define PHONES "\"tun-phones\""
#define BOTH "{ \"tun-phones\", \"tun-legacy\" }"

static int add_tunnel(struct names *n, const char *device, uint32_t address, unsigned prefix)
{
        struct tunnel *t = &n->tunnels[n->n_tunnels++];
        struct writer w = writer_of(t->network, sizeof t->network);
        char network[TEXT_IPV4_SIZE];

        t->device = device;
        text_from_ipv4(address, t->gateway);
        writer_format(&w, "%s/%u", text_from_ipv4(address & text_ipv4_mask(prefix), network), prefix);
        return writer_finish_text(&w);
}

static int names_of(const struct box_model *m, struct names *ret)
{
        struct writer w = writer_of(ret->networks, sizeof ret->networks);
        int r;

        ret->m = m;
        text_from_ipv4(m->lan_address, ret->lan);
        r = add_tunnel(ret, "tun-phones", m->tunnel_address, m->tunnel_prefix);
        if (r == 0 && m->is_legacy)
                r = add_tunnel(ret, "tun-legacy", m->legacy_address, m->legacy_prefix);
        ret->devices = m->is_legacy ? BOTH : PHONES;
        if (m->is_legacy)
                writer_format(&w, "{ %s, %s }", ret->tunnels[0].network, ret->tunnels[1].network);
        else
                writer_text(&w, ret->tunnels[0].network);
        return r < 0 ? r : writer_finish_text(&w);
}

static bool has_uplink(const struct box_model *m)
{
        return m->uplink != BOX_MODEL_UPLINK_NONE;
}

/* --- what is tracked ------------------------------------------------------- */

static void early_tunnel(struct writer *w, const struct tunnel *t)
{
        writer_format(w, "\t\tiifname \"%s\" ip saddr @blocked4 counter drop\n"
                      "\t\tiifname \"%s\" ip saddr != %s counter drop\n"
                      "\t\tiifname \"%s\" meta nfproto ipv6 counter drop\n"
                      "\t\tiifname != { \"%s\", \"lo\" } ip saddr %s counter drop\n",
                      t->device, t->device, t->network, t->device, t->device, t->network);
}

/* The ports of our own services on the phone LAN. */
static void lan_tcp(struct writer *w, const struct box_model *m)
{
        writer_text(w, "443");
        if (m->vpn_tcp_port)
                writer_format(w, ", %u", m->vpn_tcp_port);
        if (m->is_legacy)
                writer_format(w, ", %u", m->legacy_https_port);
}

static void lan_udp(struct writer *w, const struct box_model *m)
{
        writer_format(w, "123, %u", m->vpn_port);
        if (m->is_legacy)
                writer_format(w, ", %u", m->legacy_port);
}

/*
 * Without a rule nothing is forwarded and nothing tracked. With one, answers to what left with our address come to our
 * address; whatever is for our services is still not tracked, and the rest is kept in the table only when it was accepted.
 */
static void untracked(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;

        if (!m->has_reach) {
                writer_format(w, "\t\tiifname \"%s\" notrack\n\t\tiifname %s notrack\n", m->lan_interface, n->devices);
                return;
        }
        for (size_t i = 0; i < n->n_tunnels; i++)
                writer_format(w, "\t\tiifname \"%s\" ip daddr %s notrack\n", n->tunnels[i].device, n->tunnels[i].gateway);
        writer_format(w, "\t\tiifname \"%s\" ip daddr %s tcp dport { ", m->lan_interface, n->lan);
        lan_tcp(w, m);
        writer_format(w, " } notrack\n\t\tiifname \"%s\" ip daddr %s udp dport { 67, ", m->lan_interface, n->lan);
        lan_udp(w, m);
        writer_format(w, " } notrack\n\t\tiifname \"%s\" ip daddr %s icmp type echo-request notrack\n", m->lan_interface,
                      n->lan);
}

static void early(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;

        writer_text(w, "\tchain early {\n");
        for (size_t i = 0; i < n->n_tunnels; i++)
                early_tunnel(w, &n->tunnels[i]);
        writer_format(w, "\t\tiifname != \"lo\" ip saddr %s counter drop\n", n->lan);
        untracked(w, n);
        if (has_uplink(m))
                writer_format(w, "\t\tiifname \"%s\" udp dport %u notrack\n", m->uplink_interface, m->vpn_port);
        writer_format(w, "\t}\n\tchain early_out {\n\t\toifname \"%s\" notrack\n\t\toifname %s notrack\n", m->lan_interface,
                      n->devices);
        if (has_uplink(m))
                writer_format(w, "\t\toifname \"%s\" udp sport %u notrack\n", m->uplink_interface, m->vpn_port);
        writer_text(w, "\t}\n");
}

/* --- what is for the appliance --------------------------------------------- */

static void input(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;

        writer_format(w, "\tchain input {\n"
                      "\t\tiifname \"lo\" accept\n"
                      "\t\tiifname %s jump from_phone\n"
                      "\t\tiifname \"%s\" jump from_lan\n", n->devices, m->lan_interface);
        if (has_uplink(m))
                writer_format(w, "\t\tiifname \"%s\" jump from_uplink\n", m->uplink_interface);
        writer_text(w, "\t\tcounter drop\n\t}\n");
}

static void echo_only(struct writer *w)
{
        writer_text(w, "\tchain echo_only {\n"
                    "\t\ticmp type echo-request limit rate 50/second burst 50 packets accept\n"
                    "\t\ticmp type { destination-unreachable, time-exceeded } limit rate 50/second accept\n"
                    "\t\tcounter drop\n\t}\n");
}

/* The page, its name and its second address on the phone LAN, for who comes with a cable and without an address. */
#define LINK_LOCAL "169.254.0.0/16"
#define PAGE_NAME "\t\tip daddr 224.0.0.251 udp dport 5353 limit rate 50/second burst 50 packets accept\n"
#define PAGE_ON_UPLINK "\t\ttcp dport %u ct state new limit rate 50/second burst 200 packets accept\n"

static void from_lan(struct writer *w, const struct names *n)
{
        /* udp 67 is not here: responder reads the card itself, before this filter. */
        writer_text(w, "\tchain from_lan {\n");
        if (n->m->is_page_on_lan)
                writer_format(w, "\t\tip daddr { %s, " LINK_LOCAL " } tcp dport %u accept\n" PAGE_NAME, n->lan, n->m->admin_port);
        writer_format(w, "\t\tip daddr != %s counter drop\n"
                      "\t\ttcp dport { ", n->lan);
        lan_tcp(w, n->m);
        writer_text(w, " } accept\n\t\tudp dport { ");
        lan_udp(w, n->m);
        writer_text(w, " } accept\n"
                    "\t\tmeta l4proto icmp jump echo_only\n"
                    "\t\tcounter drop\n\t}\n");
}

static void from_phone(struct writer *w, const struct names *n)
{
        writer_text(w, "\tchain from_phone {\n");
        for (size_t i = 0; i < n->n_tunnels; i++)
                writer_format(w, "\t\tiifname \"%s\" ip daddr != %s counter drop\n", n->tunnels[i].device,
                              n->tunnels[i].gateway);
        writer_text(w, "\t\ttcp dport 443 accept\n"
                    "\t\tudp dport { 123, 5060 } accept\n"
                    "\t\tmeta l4proto icmp jump echo_only\n"
                    "\t\tcounter drop\n\t}\n");
}

/* TCP there is tracked, because 443 leads to another port; so a flood of first packets has a limit of its own. */
static void from_uplink(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;

        if (!has_uplink(m))
                return;
        writer_format(w, "\tchain from_uplink {\n\t\tip daddr { %s", n->lan);
        for (size_t i = 0; i < n->n_tunnels; i++)
                writer_format(w, ", %s", n->tunnels[i].gateway);
        writer_format(w, " } counter drop\n"
                      "\t\tudp dport %u accept\n"
                      "\t\tct state established,related accept\n", m->vpn_port);
        if (m->vpn_tcp_port)
                writer_format(w, "\t\ttcp dport %u ct state new limit rate 50/second burst 200 packets accept\n",
                              m->vpn_tcp_port);
        if (m->is_page_on_uplink)
                writer_format(w, PAGE_ON_UPLINK PAGE_NAME, m->admin_port);
        if (m->uplink == BOX_MODEL_UPLINK_DHCP)
                writer_text(w, "\t\tudp sport 67 udp dport 68 accept\n");
        writer_text(w, "\t\tmeta l4proto icmp jump echo_only\n\t\tcounter drop\n\t}\n");
}

/* What settings knows could leave through its one descriptor, were it not for this. */
static void output(struct writer *w, const struct names *n)
{
        writer_format(w, "\tchain output {\n\t\tudp sport 5060 oifname != %s counter drop\n", n->devices);
        for (size_t i = 0; i < n->n_tunnels; i++)
                writer_format(w, "\t\tudp sport 5060 oifname \"%s\" ip daddr != %s counter drop\n", n->tunnels[i].device,
                              n->tunnels[i].network);
        writer_text(w, "\t}\n");
}

/* --- what passes through ---------------------------------------------------- */

/* A phone's word: to whom its group may speak. Phone to phone, the other one must be in its tunnel as well. */
static void reach_out(struct writer *w, const struct names *n)
{
        writer_format(w, "\tchain reach_out {\n"
                      "\t\tmeta mark set 0\n"
                      "\t\toifname %s meta mark set ip daddr map @phone_group4\n"
                      "\t\toifname %s meta mark 0 counter drop\n"
                      "\t\tmeta mark set 0\n"
                      "\t\tmeta mark set ip saddr map @phone_group4\n"
                      "\t\tmeta mark 0 counter drop\n"
                      "\t\tct direction original meta mark . ip daddr . meta l4proto . th dport @reach4 jump reach_new\n"
                      "\t\tct direction original icmp type echo-request meta mark . ip daddr @reach_icmp4 jump reach_new\n"
                      "\t\tct state related icmp type { destination-unreachable, time-exceeded, parameter-problem } accept\n"
                      "\t\toifname %s jump reach_back\n"
                      "\t\tcounter drop\n\t}\n", n->devices, n->devices, n->devices);
        /* One phone cannot fill the table of connections for all. */
        writer_text(w, "\tchain reach_new {\n"
                    "\t\tct state new add @reach_flows4 { ip saddr ct count over 256 } counter drop\n"
                    "\t\taccept\n\t}\n");
}

/* An answer to a phone: of a flow the phone began, and that a rule allows still. */
static void reach_back(struct writer *w)
{
        writer_text(w, "\tchain reach_back {\n"
                    "\t\tmeta mark set 0\n"
                    "\t\tmeta mark set ip daddr map @phone_group4\n"
                    "\t\tmeta mark 0 counter drop\n"
                    "\t\tct state related icmp type { destination-unreachable, time-exceeded, parameter-problem } accept\n"
                    "\t\tct direction != reply counter drop\n"
                    "\t\tct state != established counter drop\n"
                    "\t\tmeta mark . ip saddr . meta l4proto . th sport @reach4 accept\n"
                    "\t\ticmp type echo-reply meta mark . ip saddr @reach_icmp4 accept\n"
                    "\t\tcounter drop\n\t}\n");
}

static void forward(struct writer *w, const struct names *n)
{
        if (!n->m->has_reach) {
                writer_text(w, "\tchain forward {\n\t\tcounter drop\n\t}\n");
                return;
        }
        reach_back(w);
        reach_out(w, n);
        writer_format(w, "\tchain forward {\n"
                      "\t\tip saddr @blocked4 counter drop\n"
                      "\t\tip daddr @blocked4 counter drop\n"
                      "\t\tmeta nfproto != ipv4 counter drop\n"
                      "\t\tct state invalid counter drop\n"
                      "\t\tiifname %s jump reach_out\n"
                      "\t\toifname %s jump reach_back\n"
                      "\t\tcounter drop\n\t}\n", n->devices, n->devices);
}

#define NAT_FIRST 15000
#define NAT_STEP 8000
#define NAT_LAST 55000

static bool is_ours(const struct box_model *m, unsigned first)
{
        const uint16_t ours[] = {m->vpn_port, m->vpn_tcp_port, m->legacy_port, m->legacy_https_port, m->admin_port};

        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
                if (ours[i] >= first && ours[i] < first + NAT_STEP)
                        return true;
        return false;
}

/* The first port of a range that no service of ours listens in; of six ranges at most five have one. */
static unsigned nat_ports(const struct box_model *m)
{
        unsigned first = NAT_FIRST;

        while (is_ours(m, first) && first < NAT_LAST)
                first += NAT_STEP;
        return first;
}

/* A port range, so that no answer to a phone comes to a port of ours (443, 5060, 1194) and no service of ours is shadowed. */
static void masquerade(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;
        const char *cards[] = {m->lan_interface, has_uplink(m) ? m->uplink_interface : NULL};

        for (size_t i = 0; i < sizeof cards / sizeof *cards && cards[i]; i++)
                writer_format(w, "\t\tip saddr %s oifname \"%s\" meta l4proto { tcp, udp } masquerade to :%u-%u\n"
                              "\t\tip saddr %s oifname \"%s\" masquerade\n", n->networks, cards[i], nat_ports(m),
                              nat_ports(m) + NAT_STEP - 1, n->networks, cards[i]);
}

static void nat(struct writer *w, const struct names *n)
{
        const struct box_model *m = n->m;

        if (has_uplink(m) && m->vpn_tcp_port)
                writer_format(w, "\tchain nat_in {\n"
                              "\t\tiifname \"%s\" meta nfproto ipv4 tcp dport 443 redirect to :%u\n\t}\n",
                              m->uplink_interface, m->vpn_tcp_port);
        if (m->has_reach && m->is_nat) {
                writer_text(w, "\tchain nat_out {\n");
                masquerade(w, n);
                writer_text(w, "\t}\n");
        }
}

/* No site yet: the page, its name, an address by DHCP, ping. Nothing for phones, nothing forwarded. */
static void setup(struct writer *w, const struct box_model *m)
{
        writer_text(w, "\tchain input {\n"
                    "\t\tiifname \"lo\" accept\n"
                    "\t\tiiftype ether jump from_card\n"
                    "\t\tcounter drop\n\t}\n");
        echo_only(w);
        writer_text(w, "\tchain from_card {\n"
                    "\t\tct state established,related accept\n");
        writer_format(w, PAGE_ON_UPLINK PAGE_NAME, m->admin_port);
        writer_text(w, "\t\tudp sport 67 udp dport 68 accept\n"
                    "\t\tmeta l4proto icmp jump echo_only\n\t\tcounter drop\n\t}\n"
                    "\tchain output {\n\t\tudp sport 5060 counter drop\n\t}\n"
                    "\tchain forward {\n\t\tcounter drop\n\t}\n");
}

static void site(struct writer *w, const struct box_model *m)
{
        struct names n = {0};

        if (names_of(m, &n) < 0)
                w->error = PV_ETOOLARGE;
        early(w, &n);
        input(w, &n);
        echo_only(w);
        from_lan(w, &n);
        from_phone(w, &n);
        from_uplink(w, &n);
        output(w, &n);
        forward(w, &n);
        nat(w, &n);
}

void firewall_text(struct writer *w, const struct box_model *m)
{
        writer_text(w, "# Written by provost-box from the site's values.\n");
        writer_text(w, skeleton);
        writer_text(w, "table inet provost {\n");
        (m->is_setup ? setup : site)(w, m);
        writer_text(w, "}\n");
}
