/*
 * firewall_text: the appliance's packet filter.
 *
 * In:   a checked struct box_model.
 * Out:  one nft batch.
 * Not:  no loading (see firewall).
 *
 * Phone LAN and tunnel are not tracked: each service there is open or closed
 * by destination alone, so a flood of forged packets cannot fill the table of
 * connections. Only what the appliance itself asks over the uplink is tracked.
 * "blocked" stands before everything that accepts. The SIP port of station
 * settings sends into the tunnel and nowhere else.
 */
#include "appliance/box/firewall_text.h"

#include "appliance/base/text.h"

static const char skeleton[] =
        "add table inet provost\n"
        "add set inet provost blocked4 { type ipv4_addr; flags timeout; }\n"
        "add chain inet provost early { type filter hook prerouting priority raw; policy accept; }\n"
        "add chain inet provost early_out { type filter hook output priority raw; policy accept; }\n"
        "add chain inet provost input { type filter hook input priority filter; policy drop; }\n"
        "add chain inet provost forward { type filter hook forward priority filter; policy drop; }\n"
        "add chain inet provost output { type filter hook output priority filter; policy accept; }\n"
        "add chain inet provost from_lan\n"
        "add chain inet provost from_phone\n"
        "add chain inet provost from_uplink\n"
        "add chain inet provost echo_only\n"
        "flush chain inet provost early\n"
        "flush chain inet provost early_out\n"
        "flush chain inet provost input\n"
        "flush chain inet provost forward\n"
        "flush chain inet provost output\n"
        "flush chain inet provost from_lan\n"
        "flush chain inet provost from_phone\n"
        "flush chain inet provost from_uplink\n"
        "flush chain inet provost echo_only\n";

static void early(struct writer *w, const struct box_model *m, const char *lan, const char *tunnel_net)
{
        writer_text(w, "\tchain early {\n");
        writer_format(w, "\t\tiifname \"tun-phones\" ip saddr @blocked4 counter drop\n"
                      "\t\tiifname \"tun-phones\" ip saddr != %s counter drop\n"
                      "\t\tiifname \"tun-phones\" meta nfproto ipv6 counter drop\n"
                      "\t\tiifname != { \"tun-phones\", \"lo\" } ip saddr %s counter drop\n",
                      tunnel_net, tunnel_net);
        writer_format(w, "\t\tiifname != \"lo\" ip saddr %s counter drop\n", lan);
        writer_format(w, "\t\tiifname { \"%s\", \"tun-phones\" } notrack\n", m->lan_interface);
        if (m->uplink != BOX_MODEL_UPLINK_NONE)
                writer_format(w, "\t\tiifname \"%s\" udp dport %u notrack\n", m->uplink_interface, m->vpn_port);
        writer_text(w, "\t}\n\tchain early_out {\n");
        writer_format(w, "\t\toifname { \"%s\", \"tun-phones\" } notrack\n", m->lan_interface);
        if (m->uplink != BOX_MODEL_UPLINK_NONE)
                writer_format(w, "\t\toifname \"%s\" udp sport %u notrack\n", m->uplink_interface, m->vpn_port);
        writer_text(w, "\t}\n");
}

static void input(struct writer *w, const struct box_model *m)
{
        writer_format(w, "\tchain input {\n"
                      "\t\tiifname \"lo\" accept\n"
                      "\t\tiifname \"tun-phones\" jump from_phone\n"
                      "\t\tiifname \"%s\" jump from_lan\n", m->lan_interface);
        if (m->uplink != BOX_MODEL_UPLINK_NONE)
                writer_format(w, "\t\tiifname \"%s\" jump from_uplink\n", m->uplink_interface);
        writer_text(w, "\t\tcounter drop\n\t}\n"
                    "\tchain echo_only {\n"
                    "\t\ticmp type echo-request limit rate 50/second burst 50 packets accept\n"
                    "\t\ticmp type { destination-unreachable, time-exceeded } limit rate 50/second accept\n"
                    "\t\tcounter drop\n\t}\n");
}

static void from_lan(struct writer *w, const struct box_model *m, const char *lan)
{
        /* udp 67 is not here: responder reads the card itself, before this filter. */
        writer_format(w, "\tchain from_lan {\n"
                      "\t\tip daddr != %s counter drop\n"
                      "\t\ttcp dport 443 accept\n"
                      "\t\tudp dport { 123, %u } accept\n"
                      "\t\tmeta l4proto icmp jump echo_only\n"
                      "\t\tcounter drop\n\t}\n", lan, m->vpn_port);
}

static void from_phone(struct writer *w, const char *gateway)
{
        writer_format(w, "\tchain from_phone {\n"
                      "\t\tip daddr != %s counter drop\n"
                      "\t\ttcp dport 443 accept\n"
                      "\t\tudp dport { 123, 5060 } accept\n"
                      "\t\tmeta l4proto icmp jump echo_only\n"
                      "\t\tcounter drop\n\t}\n", gateway);
}

/* What settings knows could leave through its one descriptor, were it not for this. */
static void output(struct writer *w, const char *tunnel_net)
{
        writer_format(w, "\tchain output {\n"
                      "\t\tudp sport 5060 oifname != \"tun-phones\" counter drop\n"
                      "\t\tudp sport 5060 ip daddr != %s counter drop\n\t}\n", tunnel_net);
}

static void from_uplink(struct writer *w, const struct box_model *m, const char *lan, const char *gateway)
{
        if (m->uplink == BOX_MODEL_UPLINK_NONE)
                return;
        writer_format(w, "\tchain from_uplink {\n"
                      "\t\tip daddr { %s, %s } counter drop\n"
                      "\t\tudp dport %u accept\n"
                      "\t\tct state established,related accept\n", lan, gateway, m->vpn_port);
        if (m->uplink == BOX_MODEL_UPLINK_DHCP)
                writer_text(w, "\t\tudp sport 67 udp dport 68 accept\n");
        writer_text(w, "\t\tmeta l4proto icmp jump echo_only\n\t\tcounter drop\n\t}\n");
}

void firewall_text(struct writer *w, const struct box_model *m)
{
        char lan[TEXT_IPV4_SIZE], gateway[TEXT_IPV4_SIZE], network[TEXT_IPV4_SIZE], tunnel_net[TEXT_IPV4_SIZE + 4];
        struct writer t = writer_of(tunnel_net, sizeof tunnel_net);

        text_from_ipv4(m->lan_address, lan);
        text_from_ipv4(m->tunnel_address, gateway);
        writer_format(&t, "%s/%u", text_from_ipv4(m->tunnel_address & text_ipv4_mask(m->tunnel_prefix), network),
                      m->tunnel_prefix);
        if (writer_finish_text(&t) < 0)
                w->error = t.error;
        writer_text(w, "# Written by provost-box from the site's values.\n");
        writer_text(w, skeleton);
        writer_text(w, "table inet provost {\n");
        early(w, m, lan, tunnel_net);
        input(w, m);
        from_lan(w, m, lan);
        from_phone(w, gateway);
        from_uplink(w, m, lan, gateway);
        output(w, tunnel_net);
        writer_text(w, "\tchain forward {\n\t\tcounter drop\n\t}\n}\n");
}
